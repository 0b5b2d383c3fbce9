"""The expected content of each company after any number of units of work: a copy of its first state, with the work repeated."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from hctui.demo import fingerprint, workload
from hctui.demo.companies import Company
from hctui.demo.fingerprint import Contents
from hctui.demo.server import DemoServer
from hctui.errors import DemoFailed
from hctui.messages import N_, message


class Replica:
    """A copy of the first state of every company, for one walkthrough."""

    def __init__(self, server: DemoServer, folder: Path) -> None:
        """Copy the companies of `server` into `folder`, before the first unit of work."""
        self._folder = folder
        shutil.copytree(server.companies, folder)

    def expected(self, company: Company, unpacked: Path) -> tuple[int, Contents]:
        """Return the number of units of work in a database from a backup, and the contents it must have."""
        location = self._folder / company.folder / company.file
        if company.file:
            units = workload.units_done(unpacked)
            with closing(workload.open_company(location)) as connection:
                connection.execute("PRAGMA synchronous = OFF")
                for number in range(workload.units_done(location) + 1, units + 1):
                    workload.do_unit(connection, number)
        else:
            units = workload.units_logged(unpacked)
            for number in range(workload.units_logged(location) + 1, units + 1):
                workload.log_unit(location, number)
        return units, fingerprint.of_location(location)


def require_same(alias: str, found: Contents, expected: Contents, *, only: Iterable[str] | None = None) -> int:
    """Return the number of compared rows. Raises `DemoFailed`, which names the tables that differ."""
    if only is not None:
        names = set(only)
        found = {name: content for name, content in found.items() if name in names}
        expected = {name: content for name, content in expected.items() if name in names}
    differing = fingerprint.differing_tables(found, expected)
    if differing:
        reason = message(N_("{alias} is not what it was in: {tables}."), alias=alias, tables=", ".join(differing))
        raise DemoFailed(reason=reason)
    return sum(content.rows for name, content in found.items() if name != "schema")
