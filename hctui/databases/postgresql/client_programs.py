"""PostgreSQL's client programs: found in the version that the server needs, and run without exposing the password.

A password is never in a program's arguments or environment, which other programs of the same user can read: the program gets it
in a private password file, removed once it has ended.
"""

from __future__ import annotations

import glob
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from functools import cache
from pathlib import Path
from typing import IO

from hctui.child_process import clean_environment
from hctui.databases.postgresql.address import Address
from hctui.databases.postgresql.connection import Advance
from hctui.databases.postgresql.pgpass import escaped
from hctui.disk.errors import writing
from hctui.errors import DatabaseError, ProgramMissing
from hctui.messages import N_, Message, message

PROGRAM_FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/lib64/pgsql/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/opt/homebrew/opt/libpq/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/usr/local/opt/libpq/bin",
    "/usr/local/pgsql/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)
"""Folders of the programs in packages of each version; searched after PATH."""
_POLL_SECONDS = 0.2
_PASSWORD_VARIABLES = ("PGPASSWORD",)


def find_program(alias: str, server: int, program: str = "pg_dump") -> tuple[str, str]:
    """Return (path, version) of the oldest program not older than the server's major version. Raises `ProgramMissing`."""
    known = {path: version for path in _candidates(program, os.environ.get("PATH", "")) if (version := _version(path))}
    fitting = sorted(
        (int(version.split(".")[0]), path) for path, version in known.items() if int(version.split(".")[0]) >= server
    )
    if fitting:
        return fitting[0][1], known[fitting[0][1]]
    found: str | Message = N_("none is installed here")
    if known:
        found = message(N_("only {versions} is installed here"), versions=", ".join(sorted(set(known.values()))))
    raise ProgramMissing(alias=alias, program=program, version=str(server), found=found)


def _candidates(program: str, path: str) -> Iterator[str]:
    folders = [*path.split(os.pathsep), *(folder for place in PROGRAM_FOLDERS for folder in sorted(glob.glob(place)))]
    for folder in folders:
        found = shutil.which(program, path=folder) if folder else None
        if found:
            yield found


@cache
def _version(path: str) -> str:
    try:
        output = subprocess.run(
            [path, "--version"], capture_output=True, text=True, timeout=10, check=True, env=clean_environment()
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return ""
    found = re.search(r"(\d+)(\.\d+|devel|beta\d+|rc\d+)?\b", output)
    return found.group() if found else ""


class PgDump:
    """pg_dump, running in the background; `result` waits for it."""

    def __init__(self, program: str, address: Address, arguments: Sequence[str]) -> None:
        self._address = address
        self._output: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (closed by `close`)
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        self._password = password_file(address)
        self._process = subprocess.Popen(
            [program, "--no-password", f"--dbname={address.conninfo()}", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=self._errors,
            env=environment(self._password),
        )

    def result(self, advance: Advance) -> bytes:
        """Return its output. Raises `DatabaseError` with its error message, and what `advance` raises."""
        while True:
            try:
                self._process.wait(_POLL_SECONDS)
                break
            except subprocess.TimeoutExpired:
                advance(0)
        if self._process.returncode:
            raise DatabaseError(alias=self._address.alias, reason=self._failure())
        self._output.seek(0)
        return self._output.read()

    def close(self) -> None:
        """Kill it if it is still running, and remove its password file."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._output.close()
        self._errors.close()
        if self._password:
            Path(self._password).unlink(missing_ok=True)

    def _failure(self) -> Message:
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").splitlines()
        reported = [
            line.removeprefix("pg_dump: ").removeprefix("error: ") for line in lines if "error" in line.lower()
        ] or lines
        return message(N_("pg_dump failed: {reason}"), reason=" ".join(" ".join(reported[:2]).split()).rstrip(".") + ".")


def dump_schema(program: str, address: Address, options: Sequence[str], advance: Advance) -> tuple[bytes, bytes]:
    """Return the scripts of the schema before and after the rows, which two runs of pg_dump write at the same time."""
    with ExitStack() as running:
        with writing(program):
            arguments = ((f"--section={section}", *options) for section in ("pre-data", "post-data"))
            dumps = [running.enter_context(closing(PgDump(program, address, each))) for each in arguments]
        before, after = (dump.result(advance) for dump in dumps)
        return before, after


def password_file(address: Address) -> str:
    """Write the password of the location into a private password file; return its path, "" without a password."""
    if not address.password:
        return ""
    descriptor, path = tempfile.mkstemp(prefix="hctui-", suffix=".pgpass")  # made 0600
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(f"*:*:*:*:{escaped(address.password)}\n")
    return path


def environment(passfile: str) -> dict[str, str]:
    """Return the environment for a client program; `passfile` is the path of its own password file, or ""."""
    kept = clean_environment()
    if passfile:
        for name in _PASSWORD_VARIABLES:
            kept.pop(name, None)
        kept["PGPASSFILE"] = passfile
    kept["PGAPPNAME"] = "hctui"
    kept["LC_MESSAGES"] = "C"
    return kept
