"""The settings that the configuration file holds, and the parser that checks every key.

An unknown or wrong key at the top or in `[backup]` makes the whole file unusable. In the table of a database it makes that
database unusable, and in the table of a format the databases that may be of that format; the others are not affected.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal, get_type_hints

from msgspec import UNSET, Meta, Struct, UnsetType, defstruct
from msgspec.structs import asdict, replace

from hctui.config.aliases import same_alias, validate_alias
from hctui.config.checked import NO_VALUE, Problem, convert, problem
from hctui.config.versions import VERSION, migrate
from hctui.disk.paths import refuse_address
from hctui.engine_kinds import EngineKind, all_kinds, find_kind
from hctui.errors import InvalidAlias, InvalidConfiguration, UnknownDestination
from hctui.messages import N_, Message
from hctui.model import Database, Role, RolePattern, TableFormat
from hctui.plans import BackupPlan, options_of

HOOKS = ("before", "after")
"""Fields of `Database` that are commands which run beside a backup, whatever its engine."""
DATABASE_TEXTS = ("format", *HOOKS, "reindex")
"""Fields of `Database` that are plain optional texts; those that are no hooks are settings of some engines alone."""
NO_PLAN = BackupPlan((), Path(), "")
"""A plan with default options, without databases and destination."""
Extensions = tuple[Annotated[str, Meta(pattern=r"^\..")], ...]


class TopKeys(Struct, forbid_unknown_fields=True):
    """The keys at the top of the file."""

    version: Annotated[int, Meta(ge=0, le=VERSION)] = 0
    current: str = ""
    destination: str = ""
    language: Literal["pt_BR", "en"] | UnsetType = UNSET
    theme: Literal["dark", "light"] | UnsetType = UNSET
    staging: str = ""
    nice: Annotated[int, Meta(ge=0, le=19)] = 0
    backup: Mapping[str, object] = {}
    databases: Mapping[str, object] = {}
    formats: Mapping[str, object] = {}


class DatabaseKeys(Struct, forbid_unknown_fields=True):
    """The keys of a database."""

    engine: Annotated[str, Meta(min_length=1)]
    location: Annotated[str, Meta(min_length=1)]
    format: str = ""
    before: str = ""
    after: str = ""
    reindex: str = ""
    roles: Mapping[str, Role] = {}


class FormatKeys(Struct, forbid_unknown_fields=True):
    """The keys of a format of table files."""

    data: Annotated[Extensions, Meta(min_length=1)]
    blobs: Extensions = ()
    indexes: Extensions = ()
    other: Extensions = ()
    ignored: tuple[Annotated[str, Meta(min_length=1)], ...] = ()


_BackupKeys = defstruct(
    "BackupKeys",
    [(option.name, get_type_hints(BackupPlan)[option.name], option.default) for option in options_of(BackupPlan)],
    forbid_unknown_fields=True,
)
_MAY_BE_NONE = [option.name for option in options_of(BackupPlan) if option.optional]


class Settings(Struct):
    """The settings of one file, with defaults."""

    databases: tuple[Database, ...] = ()
    refused: Mapping[str, Message] = {}
    """The aliases of databases that can't be used because of a key of theirs, each with the reason."""
    current: str | None = None
    """The alias of the current database: the configured one, else the first."""
    destination: Path | None = None
    """The default folder of backups."""
    language: str | None = None
    """`pt_BR` or `en`; None means the language of the locale."""
    theme: str | None = None
    """`dark` or `light`; None means the default of the screens."""
    staging: Path | None = None
    """The folder where restores are staged, for engines that can stage anywhere; None means beside the target."""
    nice: int = 0
    """The niceness added to jobs, 0 to 19: the higher, the more processor time other programs get."""
    backup: BackupPlan = NO_PLAN
    """A plan whose options are the person's defaults; `structs.replace` adds databases and destination."""
    formats: tuple[TableFormat, ...] = ()
    """Formats of table files that the person defined."""

    @property
    def aliases(self) -> tuple[str, ...]:
        """The aliases of all registered databases, also of those that can't be used."""
        return (*(database.alias for database in self.databases), *self.refused)


def parse(text: str, path: Path) -> tuple[Settings, Sequence[Problem]]:
    """Return the settings in `text`, the content of `path`, and the problems in it; `stopping` finds the worst of them.

    Raises `InvalidConfiguration` for what is no TOML, `NewerConfiguration`.
    """
    values = _read_toml(text, path)
    problems: list[Problem] = []
    top = convert(values, TopKeys, "", problems)
    if top is None:
        wrong = {each.key for each in problems}
        top = convert({key: value for key, value in values.items() if key not in wrong}, TopKeys, "", []) or TopKeys()
    destination, staging = (_folder(key, getattr(top, key), path, problems) for key in ("destination", "staging"))
    backup = _backup(top.backup, problems)
    formats, formats_refused = _formats(top.formats)
    databases, refused = _databases(top.databases, formats, formats_refused, path)
    settings = Settings(
        databases, {alias: found[0].reason for alias, found in refused.items()}, None, destination, top.language or None,
        top.theme or None, staging, top.nice, backup, formats,
    )  # fmt: skip
    settings.current = _current(top.current, settings.aliases, problems)
    for found in (*formats_refused.values(), *refused.values()):
        problems += (each for each in found if each not in problems)
    return settings, problems


def stopping(problems: Sequence[Problem]) -> Problem | None:
    """Return the first problem that makes the whole file unusable, and not the table of one database or format alone."""
    return next((each for each in problems if not each.key.startswith(("databases.", "formats."))), None)


def resolve(location: str, folder: Path) -> str:
    """Return the path that `location` means in a file in `folder`: relative to the folder, `~` being the person's home."""
    return str(folder / Path(location).expanduser())


def _read_toml(text: str, path: Path) -> dict[str, object]:
    try:
        values: dict[str, object] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        reason = Message(N_("it is not valid TOML ({problem})."), {"problem": str(error)})
        raise InvalidConfiguration(path=str(path), reason=reason) from error
    migrate(values, path)
    return values


def _folder(key: str, named: str, path: Path, problems: list[Problem]) -> Path | None:
    try:
        refuse_address(named, path.parent)
    except UnknownDestination as error:
        problems.append(Problem(key, error.message))
    return Path(resolve(named, path.parent)) if named else None


def _backup(values: Mapping[str, object], problems: list[Problem]) -> BackupPlan:
    given = {name: None if value == NO_VALUE and name in _MAY_BE_NONE else value for name, value in values.items()}
    keys = convert(given, _BackupKeys, "backup", problems)
    return replace(NO_PLAN, **asdict(keys)) if keys else NO_PLAN


def _formats(tables: Mapping[str, object]) -> tuple[tuple[TableFormat, ...], dict[str, list[Problem]]]:
    """Return the formats that can be used, and the problems of the others by name."""
    formats: list[TableFormat] = []
    refused: dict[str, list[Problem]] = {}
    for name, values in tables.items():
        found: list[Problem] = []
        keys = convert(values, FormatKeys, f"formats.{name}", found)
        if keys is None:
            refused[name] = found
        else:
            lower = {field: tuple(map(str.lower, getattr(keys, field))) for field in ("data", "blobs", "indexes", "other")}
            formats.append(TableFormat(name, **lower, ignored=keys.ignored))
    return tuple(formats), refused


def _databases(
    tables: Mapping[str, object],
    formats: tuple[TableFormat, ...],
    formats_refused: Mapping[str, list[Problem]],
    path: Path,
) -> tuple[tuple[Database, ...], dict[str, list[Problem]]]:
    """Return the databases that can be used, and the problems of the others by alias."""
    databases: list[Database] = []
    refused: dict[str, list[Problem]] = {}
    for alias, values in tables.items():
        found = list(_alias_problems(alias, tables))
        keys = convert(values, DatabaseKeys, f"databases.{alias}", found)
        kind = find_kind(keys.engine) if keys else None
        if keys is not None and kind is None:
            allowed = ", ".join(each.name for each in all_kinds())
            found.append(problem(f"databases.{alias}.engine", N_("“{key}” must be one of: {allowed}."), allowed=allowed))
        if keys is not None and kind is not None:
            found += _settings_of_other_engines(alias, keys, kind)
        if keys is not None and kind is not None and "format" in kind.settings:
            # without a name the format is detected, among those that are refused too
            found += (each for name, those in formats_refused.items() if keys.format in ("", name) for each in those)
        if keys is None or kind is None or found:
            refused[alias] = found
        else:
            databases.append(_database(alias, keys, kind, formats, path))
    return tuple(databases), refused


def _settings_of_other_engines(alias: str, keys: DatabaseKeys, kind: EngineKind) -> Iterator[Problem]:
    for name in DATABASE_TEXTS:
        if getattr(keys, name) and name not in (*HOOKS, *kind.settings):
            yield problem(f"databases.{alias}.{name}", N_("“{key}” is no setting of the engine {engine}."), engine=kind.name)


def _alias_problems(alias: str, aliases: Mapping[str, object]) -> Iterator[Problem]:
    key = f"databases.{alias}"
    try:
        validate_alias(alias)
    except InvalidAlias as error:
        yield Problem(key, error.message)
    if any(same_alias(alias, other) for other in aliases if other != alias):
        yield problem(key, N_("“{key}” is there twice; capitals make no difference."))


def _database(alias: str, keys: DatabaseKeys, kind: EngineKind, formats: tuple[TableFormat, ...], path: Path) -> Database:
    return Database(
        alias=alias,
        engine=keys.engine,
        location=resolve(keys.location, path.parent) if kind.local else keys.location,
        roles=tuple(RolePattern(pattern, role) for pattern, role in keys.roles.items()),
        **{name: getattr(keys, name) for name in DATABASE_TEXTS},
        formats=formats if "format" in kind.settings else (),
    )


def _current(named: str, aliases: Sequence[str], problems: list[Problem]) -> str | None:
    found = next((alias for alias in aliases if same_alias(alias, named)), None)
    if named and found is None:
        problems.append(problem("current", N_("“{key}” must be one of: {allowed}."), allowed=", ".join(aliases)))
    return found or next(iter(aliases), None)
