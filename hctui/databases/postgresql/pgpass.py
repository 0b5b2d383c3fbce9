"""The password file of libpq (~/.pgpass, or PGPASSFILE), in which a person can have a server's password stored.

Usually the location has no password: libpq reads it from this file by itself, and hctui never sees it. hctui writes no
password into its configuration; if a person wrote one there, hctui keeps it in memory and passes it to pg_dump and psql in a
private file (`client_programs.password_file`).
"""

from __future__ import annotations

from pathlib import Path

from hctui.databases.postgresql.connection import Connection
from hctui.disk import atomic_file
from hctui.disk.errors import writing


def store(connection: Connection, password: str) -> Path:
    """Store the password that `connection` was opened with, in place of an earlier one for the same server; return the path.

    The file is replaced as a whole, with mode 0600. Raises `NotWritable`, `WriteFailed`.
    """
    info, path = connection.driver.info, connection.address.passfile
    hosts = (info.host, "localhost") if info.host.startswith("/") else (info.host,)  # libpq looks a socket up under either name
    keys = [":".join(map(escaped, (host, str(info.port), "*", info.user))) for host in hosts]
    with writing(path):
        real = path.resolve()
        lines = real.read_text("utf-8", "surrogateescape").splitlines() if real.exists() else []
        kept = [line for line in lines if not any(line.startswith(f"{key}:") for key in keys)]
        text = "".join(f"{line}\n" for line in (*(f"{key}:{escaped(password)}" for key in keys), *kept))
        atomic_file.replace(real, text.encode(errors="surrogateescape"))
    return path


def escaped(text: str) -> str:
    """Return a field with the escapes of the file."""
    return text.replace("\\", "\\\\").replace(":", "\\:")
