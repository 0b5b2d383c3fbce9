"""What each company must look like at any number of units of work: its first state, kept aside, and the work done again."""

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
    """A copy of the first state of every company; valid for one run of the demo."""

    def __init__(self, server: DemoServer, folder: Path) -> None:
        """Copy the companies of `server` into `folder`, before anybody has worked on them."""
        self._folder = folder
        shutil.copytree(server.companies, folder)

    def at(self, company: Company, unpacked: Path) -> tuple[int, Contents]:
        """Return how many units a captured database has seen, and what it must hold then."""
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
    """Return how many rows were compared. Raises `DemoFailed` that names the tables that differ."""
    if only is not None:
        names = set(only)
        found = {name: content for name, content in found.items() if name in names}
        expected = {name: content for name, content in expected.items() if name in names}
    names_found = fingerprint.different(found, expected)
    if names_found:
        reason = message(N_("{alias} is not what it was in: {tables}."), alias=alias, tables=", ".join(names_found))
        raise DemoFailed(reason=reason)
    return sum(content.rows for name, content in found.items() if name != "schema")
