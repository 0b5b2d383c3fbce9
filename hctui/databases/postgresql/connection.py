"""Connections to a server, with settings that do not change what is read, and statements that can be cancelled as they run."""

from __future__ import annotations

import select
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import Self

import psycopg
from psycopg import pq
from psycopg.abc import Buffer
from psycopg.rows import TupleRow

from hctui.databases.postgresql.address import Address
from hctui.databases.postgresql.errors import mapped
from hctui.errors import DatabaseError, HctuiError
from hctui.messages import N_, message

Advance = Callable[[int], None]
"""Called several times a second with the bytes done since the last call; raises once the job is cancelled."""
OLDEST = 12
BLOCK = 1 << 20
_CONNECT_SECONDS = 10
_POLL_SECONDS = 0.2
_SETTINGS = """
SET statement_timeout = 0; SET client_encoding = 'UTF8'; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0;
SET default_transaction_read_only = off; SET default_transaction_isolation = 'read committed';
SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'postgres'; SET extra_float_digits = 3; SET bytea_output = 'hex';
SET xmloption = content; SET standard_conforming_strings = on; SET row_security = off; SET check_function_bodies = false;
SET synchronize_seqscans = off; SET client_min_messages = error; SELECT pg_catalog.set_config('search_path', '', false);
"""
"""Settings that a role or a database may have changed, set to the values that rows are written and read with."""


class Connection:
    """One connection in autocommit mode; a context manager that closes it."""

    def __init__(self, address: Address, database: str | None = None) -> None:
        """Connect. Raises `ServerUnreachable`, or `DatabaseError` for a server that is too old."""
        self.address = address
        self.database = database or address.name
        with mapped(address):
            self.driver: psycopg.Connection[TupleRow] = psycopg.connect(
                address.conninfo(database),
                autocommit=True,
                prepare_threshold=None,
                application_name="hctui",
                client_encoding="utf8",
                password=address.password,
                connect_timeout=None if "connect_timeout" in address.parameters else _CONNECT_SECONDS,
            )
            self.version = self.driver.info.server_version
            with ExitStack() as unfinished:
                unfinished.callback(self.driver.close)
                self.reset_settings()
                unfinished.pop_all()
        self.process = self.driver.info.backend_pid

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close it; an open transaction is rolled back."""
        self.driver.close()

    @property
    def major(self) -> int:
        """Return the server's major version."""
        return self.version // 10000

    @property
    def user(self) -> str:
        """Return the role that it connected as."""
        return self.driver.info.user

    def query(self, sql: str, parameters: Sequence[object] | Mapping[str, object] = ()) -> list[TupleRow]:
        """Return the rows of a query."""
        with mapped(self.address):
            return self.driver.execute(sql.encode(), parameters or None).fetchall()

    def run(self, statements: str | bytes, advance: Advance | None = None) -> None:
        """Run statements, as one transaction if none is open; `advance` is called as they run, and may cancel them."""
        with mapped(self.address):
            run(self.driver, statements.encode() if isinstance(statements, str) else statements, advance)

    def copy_out(self, statement: str) -> Iterator[bytes]:
        """Yield the rows of a `COPY … TO STDOUT` statement in blocks of about `BLOCK` bytes."""
        with mapped(self.address), self.unchecked_encoding(), self.driver.cursor().copy(statement.encode()) as copy:
            rows: list[Buffer] = []
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
        """Return the encoding of rows and definitions: UTF-8, or the bytes as they are if the database has no encoding."""
        return "SQL_ASCII" if self.driver.info.parameter_status("server_encoding") == "SQL_ASCII" else "UTF8"

    @contextmanager
    def unchecked_encoding(self) -> Iterator[None]:
        """Copy the bytes of rows unchecked if the database has no encoding."""
        if self.encoding == "UTF8":
            yield
            return
        self.run("SET client_encoding = 'SQL_ASCII'")
        yield
        self.run("SET client_encoding = 'UTF8'")

    def reset_settings(self) -> None:
        """Give the session hctui's settings, at first and after a script has changed them."""
        if self.major < OLDEST:
            reason = message(N_("its server is PostgreSQL {version}; {oldest} is the oldest that hctui can copy."),
                             version=str(self.major), oldest=str(OLDEST))  # fmt: skip
            raise DatabaseError(alias=self.address.alias, reason=reason)
        newer = "SET transaction_timeout = 0;" if self.major >= 17 else ""
        idle = "SET idle_session_timeout = 0;" if self.major >= 14 else ""
        self.run(_SETTINGS + newer + idle)


def run(connection: psycopg.Connection[TupleRow], statements: bytes, advance: Advance | None) -> None:
    """Run statements, calling `advance` five times a second. Raises `psycopg.Error`, and what `advance` raises."""
    raw = connection.pgconn
    raw.send_query(statements)
    failure: HctuiError | None = None
    failed: psycopg.Error | None = None
    while True:
        while (unsent := raw.flush()) or raw.is_busy():
            ready = any(select.select([raw.socket], [raw.socket] if unsent else [], [], _POLL_SECONDS))
            raw.consume_input()
            if not ready and advance is not None and failure is None:
                try:
                    advance(0)
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
