"""Translation of psycopg's errors into leaves of `hctui.errors`; no other module does it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg

from hctui.databases.postgresql.address import Address
from hctui.errors import (
    ConnectionLost,
    DatabaseDamaged,
    DatabaseError,
    DatabaseInUse,
    DatabaseMissing,
    ForeignKeysBroken,
    HctuiError,
    MissingRights,
    ServerFull,
    ServerPasswordNeeded,
    ServerUnreachable,
)
from hctui.messages import N_, Message, message

_LOST = ("57P01", "57P02", "57P03", "08000", "08003", "08006", "25P03", "25P04", "57P05")
"""SQLSTATEs of a server that stopped or ended the connection."""
_PASSWORD_WORDS = re.compile(r"(?i)passwor[dt]|senha|contraseña|mot de passe")
"""A server that refuses a password answers in its own language, and libpq does not keep the SQLSTATE."""


@contextmanager
def mapped(address: Address) -> Iterator[None]:
    """Raise errors of psycopg as leaves of `hctui.errors` that name the database."""
    try:
        yield
    except psycopg.Error as error:
        raise hctui_error(error, address) from error


def hctui_error(error: psycopg.Error, address: Address) -> HctuiError:
    """Return the leaf of `hctui.errors` for an error of psycopg."""
    alias, state = address.alias, error.sqlstate or ""
    reason = server_message(error)
    if not state:
        return _without_state(error, address)
    if state in _LOST:
        return ConnectionLost(alias=alias, reason=reason)
    if state == "42501":
        return MissingRights(alias=alias, user=address.user, reason=reason)
    if state.startswith("53"):
        return (
            ServerFull(alias=alias)
            if state == "53100"
            else ServerUnreachable(alias=alias, location=address.shown, reason=reason)
        )
    if state == "3D000":
        return DatabaseMissing(alias=alias, location=address.shown)
    if state in ("55006", "55P03", "40P01"):
        return DatabaseInUse(alias=alias, who=message(N_("others ({reason})"), reason=reason))
    if state == "57014":
        reason = N_("it was cancelled on the server, by a time limit or by somebody. Nothing half-made was left. Try again.")
        return DatabaseError(alias=alias, reason=reason)
    if state == "23503":
        return ForeignKeysBroken(alias=alias, tables=missing_reference(error))
    if state in ("XX001", "XX002"):
        return DatabaseDamaged(alias=alias, reason=reason)
    return DatabaseError(alias=alias, reason=reason)


def server_message(error: psycopg.Error) -> str:
    """Return the server's message as one sentence on one line."""
    text = error.diag.message_primary or str(error)
    where = f" ({error.diag.message_detail.strip()})" if error.diag.message_detail and error.sqlstate != "42501" else ""
    return " ".join(text.split()).rstrip(".") + where + "."


def missing_reference(error: psycopg.Error) -> str:
    """Return the key without a row that it refers to: `itens: Key (produto)=(7) is not present in table "produtos"`."""
    detail = (error.diag.message_detail or error.diag.message_primary or "").strip().rstrip(".")
    return f"{error.diag.table_name}: {detail}" if error.diag.table_name else detail


def _without_state(error: psycopg.Error, address: Address) -> HctuiError:
    """Return the leaf for an error without SQLSTATE, which libpq found itself: no connection was made, or it broke."""
    if isinstance(error, psycopg.OperationalError):
        reason = connection_failure(error)
        if (wanted := _password_wanted(error, address)) is not None:
            return wanted
        if "connection failed" in str(error) or "connection timeout" in str(error) or "connection is bad" in str(error):
            return ServerUnreachable(alias=address.alias, location=address.shown, reason=reason)
        return ConnectionLost(alias=address.alias, reason=reason)
    return DatabaseError(alias=address.alias, reason=server_message(error))


def _password_wanted(error: psycopg.OperationalError, address: Address) -> ServerPasswordNeeded | None:
    """Return the error of a server that wants a password and got none, or refused the one it got; None for other errors."""
    attempt = error.pgconn
    if attempt is None or not (attempt.needs_password or (attempt.used_password and _PASSWORD_WORDS.search(str(error)))):
        return None
    reason = message(N_("none is kept for it.")) if attempt.needs_password else connection_failure(error)
    with suppress(OSError):
        if attempt.needs_password and address.passfile.stat().st_mode & 0o077:
            reason = message(N_("others can read {file}, so that it is not used."), file=str(address.passfile))
    return ServerPasswordNeeded(
        alias=address.alias, location=address.shown, user=address.user, reason=reason, file=str(address.passfile)
    )


def connection_failure(error: psycopg.Error) -> str | Message:
    """Return why a connection failed: the first line of libpq's message."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = lines[0] if lines else ""
    for prefix in ("connection failed: ", "connection is bad: "):
        text = text.removeprefix(prefix)
    return f"{text.rstrip('.')}." if text else N_("it gave no reason.")
