"""The password file of libpq (~/.pgpass, or PGPASSFILE): a password that a person asked to have kept.

Ways of a password: hctui's own connections get one that stands in the location (which only a person's editor writes into the
configuration) in memory, and pg_dump and psql get it in a file of their own, 0600, removed with them: never in their arguments,
nor in their environment, which other programs of the same user can read. Where the location has none, which is the usual case,
libpq finds it in this file by itself, and hctui never sees it.
"""

from __future__ import annotations

from pathlib import Path

from hctui.databases.postgresql.connection import Link
from hctui.disk import atomic_file
from hctui.disk.errors import writing


def keep(link: Link, password: str) -> Path:
    """Put the password that `link` was opened with into the file, in place of another for the same; return its path.

    The file is written anew, 0600, and takes the old one's place whole. Raises `NotWritable`, `WriteFailed`.
    """
    info, path = link.connection.info, link.address.passfile
    hosts = (info.host, "localhost") if info.host.startswith("/") else (info.host,)  # by either, libpq finds a socket's
    keys = [":".join(map(escaped, (host, str(info.port), "*", info.user))) for host in hosts]
    with writing(path):
        real = path.resolve()
        lines = real.read_text("utf-8", "surrogateescape").splitlines() if real.exists() else []
        kept = [line for line in lines if not any(line.startswith(f"{key}:") for key in keys)]
        text = "".join(f"{line}\n" for line in (*(f"{key}:{escaped(password)}" for key in keys), *kept))
        atomic_file.replace(real, text.encode(errors="surrogateescape"))
    return path


def escaped(text: str) -> str:
    """Return a field as the file has it."""
    return text.replace("\\", "\\\\").replace(":", "\\:")
