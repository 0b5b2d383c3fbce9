"""Connections to a server: how they are opened, and statements that can be stopped while they run."""

from __future__ import annotations

import select
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import Any, Self

import psycopg
from psycopg import pq
from psycopg.rows import TupleRow

from hctui.databases.postgresql.address import Address
from hctui.databases.postgresql.errors import mapped
from hctui.errors import DatabaseError, HctuiError
from hctui.messages import N_, message

Look = Callable[[int], None]
"""Called now and then with bytes done; raises once the job is cancelled."""
OLDEST = 12
BLOCK = 1 << 20
_CONNECT_SECONDS = 10
_LOOK_SECONDS = 0.2
_SETTINGS = """
SET statement_timeout = 0; SET client_encoding = 'UTF8'; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0;
SET default_transaction_read_only = off; SET default_transaction_isolation = 'read committed';
SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'postgres'; SET extra_float_digits = 3; SET bytea_output = 'hex';
SET xmloption = content; SET standard_conforming_strings = on; SET row_security = off; SET check_function_bodies = false;
SET synchronize_seqscans = off; SET client_min_messages = error; SELECT pg_catalog.set_config('search_path', '', false);
"""
"""What a person, a role or a database may have set otherwise, and what rows are written and read with."""


class Link:
    """One connection, outside of transactions unless one is begun; a context manager that closes it."""

    def __init__(self, address: Address, database: str | None = None) -> None:
        """Connect. Raises `ServerUnreachable`, `DatabaseError` for a server that is too old."""
        self.address = address
        self.database = database or address.name
        more: dict[str, Any] = {"password": address.password} if address.password else {}
        if "connect_timeout" not in address.parameters:
            more["connect_timeout"] = _CONNECT_SECONDS
        with mapped(address):
            self.connection: psycopg.Connection[TupleRow] = psycopg.connect(
                address.conninfo(database),
                autocommit=True,
                prepare_threshold=None,
                application_name="hctui",
                client_encoding="utf8",
                **more,
            )
            self.version = self.connection.info.server_version
            with ExitStack() as unfinished:
                unfinished.callback(self.connection.close)
                self._settle()
                unfinished.pop_all()
        self.process = self.connection.info.backend_pid

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close it; a transaction under way is rolled back."""
        self.connection.close()

    @property
    def major(self) -> int:
        """Return the server's major version."""
        return self.version // 10000

    @property
    def user(self) -> str:
        """Return the role that is connected."""
        return self.connection.info.user

    def ask(self, question: str, parameters: Sequence[object] | Mapping[str, object] = ()) -> list[TupleRow]:
        """Return the answer to a query."""
        with mapped(self.address):
            return self.connection.execute(question.encode(), parameters or None).fetchall()

    def run(self, statements: str | bytes, look: Look | None = None) -> None:
        """Run one or more statements, as one transaction where none is begun; `look` may end them while they run."""
        with mapped(self.address):
            run(self.connection, statements.encode() if isinstance(statements, str) else statements, look)

    def copy_out(self, statement: str) -> Iterator[bytes]:
        """Yield what `COPY … TO STDOUT` gives in blocks of about `BLOCK` bytes."""
        with mapped(self.address), self.bytes_as_they_are(), self.connection.cursor().copy(statement.encode()) as copy:
            rows: list[Any] = []
            size = 0
            for row in copy:
                rows.append(row)
                size += len(row)
                if size >= BLOCK:
                    yield b"".join(rows)
                    rows, size = [], 0
            yield b"".join(rows)

    @property
    def encoding(self) -> str:
        """Return what rows and definitions are written in: UTF-8, but the very bytes where the database knows no encoding."""
        return "SQL_ASCII" if self.connection.info.parameter_status("server_encoding") == "SQL_ASCII" else "UTF8"

    @contextmanager
    def bytes_as_they_are(self) -> Iterator[None]:
        """Let rows through unchecked where the database knows no encoding."""
        if self.encoding == "UTF8":
            yield
            return
        self.run("SET client_encoding = 'SQL_ASCII'")
        yield
        self.run("SET client_encoding = 'UTF8'")

    def settle(self) -> None:
        """Make the settings of the session again what hctui needs."""
        with mapped(self.address):
            self._settle()

    def _settle(self) -> None:
        if self.major < OLDEST:
            reason = message(N_("its server is PostgreSQL {version}; {oldest} is the oldest that hctui can copy."),
                             version=str(self.major), oldest=str(OLDEST))  # fmt: skip
            raise DatabaseError(alias=self.address.alias, reason=reason)
        newer = "SET transaction_timeout = 0;" if self.major >= 17 else ""
        idle = "SET idle_session_timeout = 0;" if self.major >= 14 else ""
        run(self.connection, (_SETTINGS + newer + idle).encode(), None)


def run(connection: psycopg.Connection[TupleRow], statements: bytes, look: Look | None) -> None:
    """Send statements and wait, calling `look` a few times a second. Raises `psycopg.Error`, and what `look` raises."""
    raw = connection.pgconn
    raw.send_query(statements)
    failure: HctuiError | None = None
    failed: psycopg.Error | None = None
    while True:
        while (unsent := raw.flush()) or raw.is_busy():
            ready = any(select.select([raw.socket], [raw.socket] if unsent else [], [], _LOOK_SECONDS))
            raw.consume_input()
            if not ready and look is not None and failure is None:
                try:
                    look(0)
                except HctuiError as error:
                    failure = error
                    connection.cancel_safe(timeout=5)
        result = raw.get_result()
        if result is None:
            break
        if result.status == pq.ExecStatus.FATAL_ERROR and failed is None:
            failed = psycopg.errors.error_from_result(result, "utf-8")
    if failure is not None:
        raise failure
    if failed is not None:
        raise failed
