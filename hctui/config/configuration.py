"""The configuration as the rest of hctui uses it: the settings of the file, and changes that are saved at once.

A change locks the file, reads it again, edits its text (comments and order stay), checks the result and replaces the file. It
is refused if it makes something wrong that was not wrong before. The first change of a file of an older version keeps a copy.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from hctui.config import locked_file
from hctui.config.aliases import same_alias, validate_alias
from hctui.config.checked import Problem, problem
from hctui.config.paths import find_path
from hctui.config.settings import DATABASE_TEXTS, Settings, parse, resolve, stopping
from hctui.config.versions import VERSION, migrate
from hctui.disk.paths import refuse_address
from hctui.engine_kinds import find_kind
from hctui.errors import AliasTaken, InvalidConfiguration, RefusedDatabase, UnknownDatabase, UsageError
from hctui.messages import N_, message
from hctui.model import Database

if TYPE_CHECKING:
    from tomlkit import TOMLDocument
    from tomlkit.items import Table


class Configuration(Settings):
    """The settings of one configuration file; each method that changes them saves the file and updates this object."""

    path: Path = Path()

    @classmethod
    def load(cls, path: Path | None = None) -> Configuration:
        """Return the configuration at `path`, by default at `find_path()`; it is empty where there is no file.

        Raises `InvalidConfiguration`, `NewerConfiguration`, `ReadFailed`.
        """
        configuration = cls(path=find_path(path))
        configuration.reload()
        return configuration

    def reload(self) -> None:
        """Read the file again. Raises as `load`."""
        settings, problems = parse(locked_file.read(self.path), self.path)
        self._refuse(stopping(problems))
        self._assign(settings)

    def problems(self) -> tuple[Problem, ...]:
        """Return everything that is wrong in the file. Raises as `load` for what is no TOML, or of a newer version."""
        return tuple(parse(locked_file.read(self.path), self.path)[1])

    def _refuse(self, found: Problem | None) -> None:
        if found is not None:
            raise InvalidConfiguration(path=str(self.path), reason=found.reason)

    def _assign(self, settings: Settings) -> None:
        for name in Settings.__struct_fields__:
            setattr(self, name, getattr(settings, name))

    def database(self, alias: str) -> Database:
        """Return the database registered as `alias`, in upper or lower case. Raises `RefusedDatabase`, `UnknownDatabase`."""
        for database in self.databases:
            if same_alias(database.alias, alias):
                return database
        name = self.registered_name(alias)
        raise RefusedDatabase(alias=name, reason=self.refused[name], path=str(self.path))

    def registered_name(self, alias: str) -> str:
        """Return the alias as it is in the file, also of a database that can't be used. Raises `UnknownDatabase`."""
        found = [name for name in self.aliases if same_alias(name, alias)]
        if not found:
            raise UnknownDatabase(alias=alias, known=", ".join(self.aliases) or message(N_("none yet")))
        return alias if alias in found else found[0]

    def add(self, database: Database) -> None:
        """Register a database; a relative path starts at the current folder. Raises `InvalidAlias`, `AliasTaken`."""
        validate_alias(database.alias)
        _refuse_password(database)
        if database.kind.local:
            refuse_address(database.location)
        with self._change() as document:
            self._require_free(database.alias)
            table = _subtable(_subtable(document, "databases", only_tables=True), database.alias)
            _write_database(table, None, database)

    def remove(self, alias: str) -> None:
        """Remove a database from the configuration; its files stay. Raises `UnknownDatabase`."""
        with self._change() as document:
            known = self.registered_name(alias)
            _subtable(document, "databases").pop(known)
            if same_alias(str(document.get("current", "")), known):
                _set_key(document, "current", None)

    def replace(self, alias: str, database: Database) -> None:
        """Register `database` in place of `alias`, under its own alias. Raises as `add`, and `UnknownDatabase`."""
        validate_alias(database.alias)
        with self._change() as document:
            before = self.database(alias)
            if database.location != before.location:
                _refuse_password(database)
                if database.kind.local:
                    refuse_address(database.location)
            databases = _subtable(document, "databases")
            if database.alias != before.alias:
                if not same_alias(database.alias, before.alias):
                    self._require_free(database.alias)
                _rename(document, databases, before.alias, database.alias)
            _write_database(_subtable(databases, database.alias), before, database)

    def use(self, alias: str) -> None:
        """Make a database the current one. Raises `UnknownDatabase`."""
        with self._change() as document:
            _set_key(document, "current", self.database(alias).alias)

    def set_destination(self, folder: Path | None) -> None:
        """Set the default folder of backups. Raises `UnknownDestination`."""
        if folder:
            refuse_address(folder)
        self._set("destination", str(folder.expanduser().absolute()) if folder else None)

    def set_language(self, code: str | None) -> None:
        """Set the language, `pt_BR` or `en`; None means the language of the locale. Raises `InvalidConfiguration`."""
        self._set("language", code)

    def set_theme(self, theme: str | None) -> None:
        """Set the theme, `dark` or `light`. Raises `InvalidConfiguration`."""
        self._set("theme", theme)

    def set(self, key: str, text: str) -> object:
        """Set a key by its name from the root of the file, or remove it where `text` is empty; return the value as written.

        A file that can't be used is repaired with it. Raises `InvalidConfiguration` for a value that the key can't have,
        `UnknownDatabase`, `UsageError`.
        """
        refused: InvalidConfiguration | None = None
        for value in (text, *_toml_values(text)):
            try:
                with self._change(repairs=key) as document:
                    return self._write_key(document, key, value)
            except InvalidConfiguration as error:
                refused = refused or error
        assert refused is not None
        raise refused

    def _write_key(self, document: TOMLDocument, key: str, value: object) -> object:
        names = key.split(".", 3)  # a pattern of a role may have dots
        if names[0] == "databases" and len(names) > 2:
            names[1] = self.registered_name(names[1])
        table: TOMLDocument | Table = document
        for place, name in enumerate(names[:-1], start=1):
            table = _subtable(table, name)
            if not isinstance(table, dict):
                self._refuse(problem(".".join(names[:place]), N_("“{key}” must be a table, [{key}].")))
        if isinstance(table.get(names[-1]), dict):
            raise UsageError(reason=message(N_("“{key}” is a table. Name a key in it."), key=key))
        if isinstance(value, str) and value:
            kind = find_kind(str(table.get("engine")))
            local = names[-1] == "location" and kind is not None and kind.local
            if names[-1] == "location":
                _refuse_password(Database("", "", value))
            if local or key in ("destination", "staging"):
                refuse_address(value)
                value = resolve(value, Path.cwd())
        _set_key(table, names[-1], value)
        return value if value != "" else None

    def _set(self, key: str, value: str | None) -> None:
        with self._change() as document:
            _set_key(document, key, value)

    def _require_free(self, alias: str) -> None:
        if any(same_alias(name, alias) for name in self.aliases):
            raise AliasTaken(alias=alias)

    @contextmanager
    def _change(self, *, repairs: str = "") -> Iterator[TOMLDocument]:
        """Lock the file and yield it as a document to edit; check, save and load the result when the block ends.

        Only a change that repairs a key may be made to a file that can't be used. Raises `InvalidConfiguration` where the
        result has a problem that the file did not have, or one of that key.
        """
        import tomlkit

        with locked_file.lock(self.path):
            text = locked_file.read(self.path)
            settings, before = parse(text, self.path)
            if not repairs:
                self._refuse(stopping(before))
            self._assign(settings)
            document = tomlkit.parse(text)
            if "version" not in document:
                document = tomlkit.parse(f"version = 0\n\n{text}" if text else "version = 0\n")
            version = migrate(document, self.path)
            yield document
            changed = tomlkit.dumps(document)
            settings, after = parse(changed, self.path)
            self._refuse(next((each for each in after if each not in before or _concerns(each, repairs)), None))
            if text and version < VERSION:
                locked_file.keep_copy(self.path, f".v{version}")
            locked_file.write(self.path, changed)
            self._assign(settings)


def _toml_values(text: str) -> tuple[object, ...]:
    """Return the value that `text` is in TOML, such as a number or a list; none where it is no TOML."""
    try:
        return (tomllib.loads(f"value = {text}")["value"],)
    except tomllib.TOMLDecodeError:
        return ()


def _concerns(problem: Problem, key: str) -> bool:
    return bool(key) and f"{problem.key}.".casefold().startswith(f"{key}.".casefold())


def _refuse_password(database: Database) -> None:
    """Raise `UsageError` for a location with a password in it: hctui never writes a password into the file."""
    if database.shown_location != database.location:
        raise UsageError(
            reason=N_(
                "A password in a location would lie open in the configuration. Leave it out and put it into ~/.pgpass, or, if"
                " it must be, write it into the configuration with an editor."
            )
        )


def _write_database(table: Table, before: Database | None, after: Database) -> None:
    """Write the fields that differ, so that what a person wrote (a relative path, a comment) stays as they wrote it."""
    if before is None or after.engine != before.engine:
        _set_key(table, "engine", after.engine)
    if before is None or after.location != before.location:
        _set_key(table, "location", resolve(after.location, Path.cwd()) if after.kind.local else after.location)
    for name in DATABASE_TEXTS:
        if before is None or getattr(after, name) != getattr(before, name):
            _set_key(table, name, getattr(after, name))
    if before is None or after.roles != before.roles:
        _set_key(table, "roles", None)
        if after.roles:
            roles = _subtable(table, "roles")
            for each in after.roles:
                roles[each.pattern] = str(each.role)


def _rename(document: TOMLDocument, databases: Table, old: str, new: str) -> None:
    """Rename a table; it moves to the end of the file together with its comments."""
    databases[new] = databases.pop(old)
    if same_alias(str(document.get("current", "")), old):
        document["current"] = new


def _set_key(table: TOMLDocument | Table, key: str, value: object) -> None:
    """Write one key, or remove it where `value` is None, an empty text or an empty table."""
    if value is None or value == "" or value == {}:
        table.pop(key, None)
    elif table.get(key) != value:
        table[key] = value


def _subtable(table: TOMLDocument | Table, key: str, *, only_tables: bool = False) -> Table:
    """Return the table under `key`, added where it is missing; with `only_tables` it has no heading of its own."""
    import tomlkit

    if key not in table:
        table[key] = tomlkit.table(is_super_table=only_tables or None)
    found: Table = table[key]
    return found
