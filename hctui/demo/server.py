"""The folder of the demo: three companies, a configuration, a state folder and a folder for backups."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

from msgspec import Struct

from hctui.config import Configuration
from hctui.config.paths import CONFIG_VARIABLE, STATE_VARIABLE, private_folder
from hctui.demo import dbase_company, sqlite_company
from hctui.demo.companies import COMPANIES, Company, CompanyRows
from hctui.errors import NotADemo, WriteFailed
from hctui.model import Database

MARKER = "hctui-demo.json"
"""The file that marks a folder as a demo, which can be created again."""


class DemoServer(Struct, frozen=True):
    """The folders and files of a demo."""

    folder: Path
    scale: float = 1.0
    """The size of the data: 1 for the demo that a person sees; tests use less."""

    @property
    def configuration_path(self) -> Path:
        """The demo's own configuration."""
        return self.folder / "hctui.toml"

    @property
    def state(self) -> Path:
        """The demo's own state folder."""
        return self.folder / "state"

    @property
    def backups(self) -> Path:
        """The folder for backups of the demo."""
        return self.folder / "backups"

    @property
    def companies(self) -> Path:
        """The folder that holds a folder for each company."""
        return self.folder / "companies"

    def location(self, company: Company) -> Path:
        """Return the database file or folder of a company."""
        return self.companies / company.folder / company.file

    def rows(self, company: Company) -> CompanyRows:
        """Return the rows of the company's tables."""
        return CompanyRows(company, self.scale)

    def use(self) -> None:
        """Make this process, and those it starts, use the demo's configuration and state."""
        os.environ[CONFIG_VARIABLE] = str(self.configuration_path)
        os.environ[STATE_VARIABLE] = str(self.state)


def exists(folder: Path) -> bool:
    """Return whether `folder` is a demo."""
    return (folder / MARKER).is_file()


def create(folder: Path, *, scale: float = 1.0) -> DemoServer:
    """Create the demo, in place of an earlier one, whose backups stay. Raises `NotADemo`, `WriteFailed`."""
    server = DemoServer(folder.absolute(), scale)
    try:
        if folder.exists() and not exists(folder) and (not folder.is_dir() or any(folder.iterdir())):
            raise NotADemo(path=str(folder))
        _clear(server)
        _fill(server)
    except OSError as error:
        raise WriteFailed(path=str(error.filename or folder), reason=error.strerror or str(error)) from error
    _register(server)
    return server


def _clear(server: DemoServer) -> None:
    for old in (server.companies, server.state):
        if old.is_dir():
            shutil.rmtree(old)
    server.configuration_path.unlink(missing_ok=True)


def _fill(server: DemoServer) -> None:
    server.folder.mkdir(parents=True, exist_ok=True)
    (server.folder / MARKER).write_text(json.dumps({"demo": 1, "scale": server.scale}) + "\n", encoding="utf-8")
    private_folder(server.state)
    private_folder(server.backups)
    for company in COMPANIES:
        location = server.location(company)
        if company.file:
            location.parent.mkdir(parents=True)
            sqlite_company.create(location, server.rows(company))
        else:
            location.mkdir(parents=True)
            dbase_company.create(location, server.rows(company))


def _register(server: DemoServer) -> None:
    configuration = Configuration.load(server.configuration_path)
    for company in COMPANIES:
        engine = "sqlite" if company.file else "folder"
        configuration.add(Database(company.alias, engine, str(server.location(company))))
    configuration.use(COMPANIES[0].alias)
    configuration.set_destination(server.backups)
