"""pg_dump: found, old enough to be refused or not, and run on a snapshot with its password out of sight."""

from __future__ import annotations

import glob
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import IO

from hctui.databases.postgresql.address import Address
from hctui.databases.postgresql.connection import Look
from hctui.disk.errors import writing
from hctui.errors import DatabaseError, ProgramMissing
from hctui.messages import N_, Message, message

PLACES = (
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
"""Where packages put the programs of each version, beside what is in PATH."""
_LOOK_SECONDS = 0.2
_PASSWORD_VARIABLES = ("PGPASSWORD",)


def find(alias: str, server: int, program: str = "pg_dump") -> tuple[str, str]:
    """Return (path, version) of the program nearest to the server's major version, not below. Raises `ProgramMissing`."""
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
    folders = [*path.split(os.pathsep), *(folder for place in PLACES for folder in sorted(glob.glob(place)))]
    for folder in folders:
        found = shutil.which(program, path=folder) if folder else None
        if found:
            yield found


@cache
def _version(path: str) -> str:
    try:
        said = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=10, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return ""
    found = re.search(r"(\d+)(\.\d+|devel|beta\d+|rc\d+)?\b", said)
    return found.group() if found else ""


class Dump:
    """pg_dump at work in the background; `result` waits for it."""

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

    def result(self, look: Look) -> bytes:
        """Return what it wrote. Raises `DatabaseError` with what it said, and what `look` raises; it is ended then."""
        while True:
            try:
                self._process.wait(_LOOK_SECONDS)
                break
            except subprocess.TimeoutExpired:
                look(0)
        if self._process.returncode:
            raise DatabaseError(alias=self._address.alias, reason=self._complaint())
        self._output.seek(0)
        return self._output.read()

    def close(self) -> None:
        """End it where it runs still, and remove what it was given."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._output.close()
        self._errors.close()
        if self._password:
            Path(self._password).unlink(missing_ok=True)

    def _complaint(self) -> Message:
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").splitlines()
        told = [line.removeprefix("pg_dump: ").removeprefix("error: ") for line in lines if "error" in line.lower()] or lines
        return message(N_("pg_dump failed: {reason}"), reason=" ".join(" ".join(told[:2]).split()).rstrip(".") + ".")


@contextmanager
def dumping(program: str, address: Address, *each: Sequence[str]) -> Iterator[tuple[Dump, ...]]:
    """Run pg_dump once for each list of arguments, side by side; leaving ends what still runs."""
    started: list[Dump] = []
    try:
        with writing(program):
            for arguments in each:
                started.append(Dump(program, address, arguments))
        yield tuple(started)
    finally:
        for dump in started:
            dump.close()


def password_file(address: Address) -> str:
    """Write the password of the location, if any, into a private file; return its path."""
    if not address.password:
        return ""
    descriptor, path = tempfile.mkstemp(prefix="hctui-", suffix=".pgpass")  # made 0600
    escaped = address.password.replace("\\", "\\\\").replace(":", "\\:")
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(f"*:*:*:*:{escaped}\n")
    return path


def environment(secret: str) -> dict[str, str]:
    """Return what a program of PostgreSQL runs with; `secret` is the path of a password file of its own, if any."""
    kept = dict(os.environ)
    if secret:
        for name in _PASSWORD_VARIABLES:
            kept.pop(name, None)
        kept["PGPASSFILE"] = secret
    kept["PGAPPNAME"] = "hctui"
    kept["LC_MESSAGES"] = "C"
    return kept
