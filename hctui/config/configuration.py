"""The configuration as the rest of hctui sees it: what it says, and changes that are saved at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from hctui.config import storing
from hctui.config.aliases import same_alias, validate_alias
from hctui.config.parsing import DATABASE_TEXTS, Settings, parse, resolve
from hctui.config.places import find_path
from hctui.engine_kinds import FILE_ENGINES
from hctui.errors import AliasTaken, UnknownDatabase, UsageError
from hctui.messages import N_, message
from hctui.model import Database

if TYPE_CHECKING:
    from tomlkit import TOMLDocument
    from tomlkit.items import Table


class Configuration(Settings):
    """What the file says; every change rereads the file, saves it and is seen here at once."""

    path: Path = Path()

    @classmethod
    def load(cls, path: Path | None = None) -> Configuration:
        """Return the configuration at `path` (else where `find_path` says); no file is an empty one.

        Raises `InvalidConfiguration`, `ReadFailed`.
        """
        configuration = cls(path=find_path(path))
        configuration.reload()
        return configuration

    def reload(self) -> None:
        """See what others have written since."""
        self._see(parse(storing.read(self.path), self.path))

    def _see(self, settings: Settings) -> None:
        for name in Settings.__struct_fields__:
            setattr(self, name, getattr(settings, name))

    def database(self, alias: str) -> Database:
        """Return the database registered as `alias`; capitals make no difference. Raises `UnknownDatabase`."""
        for database in self.databases:
            if same_alias(database.alias, alias):
                return database
        known = ", ".join(database.alias for database in self.databases)
        raise UnknownDatabase(alias=alias, known=known or message(N_("none yet")))

    def add(self, database: Database) -> None:
        """Register a database; a relative path is taken from the current folder. Raises `InvalidAlias`, `AliasTaken`."""
        validate_alias(database.alias)
        _refuse_password(database)
        with self._change() as document:
            self._free(database.alias)
            table = storing.subtable(storing.subtable(document, "databases", only_tables=True), database.alias)
            _write_database(table, None, database)

    def remove(self, alias: str) -> None:
        """Forget a database; its files stay where they are. Raises `UnknownDatabase`."""
        with self._change() as document:
            known = self.database(alias).alias
            storing.subtable(document, "databases").pop(known)
            if same_alias(str(document.get("current", "")), known):
                storing.set_key(document, "current", None)

    def replace(self, alias: str, database: Database) -> None:
        """Register `database` in place of `alias`, under its own alias. Raises as `add`, and `UnknownDatabase`."""
        validate_alias(database.alias)
        with self._change() as document:
            before = self.database(alias)
            if database.location != before.location:
                _refuse_password(database)
            databases = storing.subtable(document, "databases")
            if database.alias != before.alias:
                if not same_alias(database.alias, before.alias):
                    self._free(database.alias)
                _rename(document, databases, before.alias, database.alias)
            _write_database(storing.subtable(databases, database.alias), before, database)

    def use(self, alias: str) -> None:
        """Make a database the current one. Raises `UnknownDatabase`."""
        with self._change() as document:
            storing.set_key(document, "current", self.database(alias).alias)

    def set_destination(self, folder: Path | None) -> None:
        """Set the folder that backups go to unless another is named."""
        self._set("destination", str(folder.expanduser().absolute()) if folder else None)

    def set_language(self, code: str | None) -> None:
        """Set the language, `pt_BR` or `en`; None leaves it to the locale. Raises `InvalidConfiguration`."""
        self._set("language", code)

    def set_theme(self, theme: str | None) -> None:
        """Set the theme, `dark` or `light`. Raises `InvalidConfiguration`."""
        self._set("theme", theme)

    def _set(self, key: str, value: str | None) -> None:
        with self._change() as document:
            storing.set_key(document, key, value)

    def _free(self, alias: str) -> None:
        if any(same_alias(database.alias, alias) for database in self.databases):
            raise AliasTaken(alias=alias)

    @contextmanager
    def _change(self) -> Iterator[TOMLDocument]:
        """Give the file as it is now, for a change that is checked and saved on leaving."""
        import tomlkit

        with storing.locked(self.path):
            self.reload()
            document = tomlkit.parse(storing.read(self.path))
            yield document
            text = tomlkit.dumps(document)
            settings = parse(text, self.path)
            storing.write(self.path, text)
            self._see(settings)


def _refuse_password(database: Database) -> None:
    """Raise `UsageError` for a location with a password in it: only a person's own hand writes one into the file."""
    if database.shown_location != database.location:
        raise UsageError(
            reason=N_(
                "A password in a location would lie open in the configuration. Leave it out and put it into ~/.pgpass, or, if"
                " it must be, write it into the configuration with an editor."
            )
        )


def _write_database(table: Table, before: Database | None, after: Database) -> None:
    """Write what differs, so that what a person wrote (a relative path, a comment) stays as they wrote it."""
    if before is None or after.engine != before.engine:
        storing.set_key(table, "engine", after.engine)
    if before is None or after.location != before.location:
        local = after.engine in FILE_ENGINES
        storing.set_key(table, "location", resolve(after.location, Path.cwd()) if local else after.location)
    for name in DATABASE_TEXTS:
        if before is None or getattr(after, name) != getattr(before, name):
            storing.set_key(table, name, getattr(after, name))
    if before is None or after.roles != before.roles:
        storing.set_key(table, "roles", None)
        if after.roles:
            roles = storing.subtable(table, "roles")
            for each in after.roles:
                roles[each.pattern] = str(each.role)


def _rename(document: TOMLDocument, databases: Table, old: str, new: str) -> None:
    """Give a table another name; it moves to the end, its comments with it."""
    databases[new] = databases.pop(old)
    if same_alias(str(document.get("current", "")), old):
        document["current"] = new
