"""The password file of libpq (~/.pgpass, or PGPASSFILE): a password that a person asked to have kept.

Ways of a password: hctui's own connections get one that stands in the location (which only a person's editor writes into the
configuration) in memory, and pg_dump and psql get it in a file of their own, 0600, removed with them: never in their arguments,
nor in their environment, which other programs of the same user can read. Where the location has none, which is the usual case,
libpq finds it in this file by itself, and hctui never sees it.
"""

from __future__ import annotations

import os
from pathlib import Path

from hctui.databases.postgresql.connection import Link
from hctui.databases.postgresql.errors import on_this_disk


def keep(link: Link, password: str) -> Path:
    """Put the password that `link` was opened with into the file, in place of another for the same; return its path.

    The file is written anew, 0600, and takes the old one's place whole. Raises `NotWritable`, `WriteFailed`.
    """
    info, path = link.connection.info, link.address.passfile
    hosts = (info.host, "localhost") if info.host.startswith("/") else (info.host,)  # by either, libpq finds a socket's
    keys = [":".join(map(escaped, (host, str(info.port), "*", info.user))) for host in hosts]
    with on_this_disk(str(path)):
        real = path.resolve()
        lines = real.read_text("utf-8", "surrogateescape").splitlines() if real.exists() else []
        kept = [line for line in lines if not any(line.startswith(f"{key}:") for key in keys)]
        text = "".join(f"{line}\n" for line in (*(f"{key}:{escaped(password)}" for key in keys), *kept))
        part = real.with_name(f".{real.name}.hctui-part")
        part.unlink(missing_ok=True)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, real)
    return path


def escaped(text: str) -> str:
    """Return a field as the file has it."""
    return text.replace("\\", "\\\\").replace(":", "\\:")
