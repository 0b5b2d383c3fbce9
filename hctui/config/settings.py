"""The settings that the configuration file holds, and the parser that reads and checks every key."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from hctui.config.aliases import same_alias, validate_alias
from hctui.config.section import Section
from hctui.disk.paths import refuse_address
from hctui.engine_kinds import ENGINE_NAMES, FILE_ENGINES
from hctui.errors import InvalidAlias, InvalidConfiguration, UnknownDestination
from hctui.messages import N_, Message
from hctui.model import Database, Role, RolePattern, TableFormat
from hctui.plans import BackupPlan, DeclaredOption, options_of

THEMES = ("dark", "light")
LANGUAGES = ("pt_BR", "en")
DATABASE_TEXTS = ("format", "before", "after", "reindex")
"""Fields of `Database` that are plain optional texts."""
NO_ENCRYPTION = "none"
"""Means None in the file: TOML has no such value."""
_FORMAT_FIELDS = ("data", "blobs", "indexes", "other", "ignored")
NO_PLAN = BackupPlan((), Path(), "")
"""A plan with default options, without databases and destination."""


class Settings(Struct):
    """The settings of one file, with defaults."""

    databases: tuple[Database, ...] = ()
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


def parse(text: str, path: Path) -> Settings:
    """Return the settings in `text`, the content of `path`. Raises `InvalidConfiguration`."""
    try:
        root = Section(path, "", tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        reason = Message(N_("it is not valid TOML ({problem})."), {"problem": str(error)})
        raise InvalidConfiguration(path=str(path), reason=reason) from error
    root.allow_only(("current", "destination", "language", "theme", "staging", "nice", "backup", "databases", "formats"))
    formats = tuple(_format(name, section) for name, section in root.section("formats").sections())
    databases = tuple(_databases(root.section("databases"), formats))
    return Settings(
        databases=databases,
        current=_current(root, databases),
        destination=_folder(root, "destination"),
        language=root.choice("language", LANGUAGES, "") or None,
        theme=root.choice("theme", THEMES, "") or None,
        staging=_folder(root, "staging"),
        nice=root.number("nice", 0, 19, 0),
        backup=_backup(root.section("backup")),
        formats=formats,
    )


def resolve(location: str, folder: Path) -> str:
    """Return the path that `location` means in a file in `folder`: relative to the folder, `~` being the person's home."""
    return str(folder / Path(location).expanduser())


def _databases(section: Section, formats: tuple[TableFormat, ...]) -> Iterator[Database]:
    seen: list[str] = []
    for alias, values in section.sections():
        try:
            validate_alias(alias)
        except InvalidAlias as error:
            raise InvalidConfiguration(path=str(section.path), reason=error.message) from error
        if any(same_alias(alias, other) for other in seen):
            raise section.refuse(alias, N_("“{key}” is there twice; capitals make no difference."))
        seen.append(alias)
        yield _database(alias, values, formats)


def _database(alias: str, section: Section, formats: tuple[TableFormat, ...]) -> Database:
    section.allow_only(("engine", "location", *DATABASE_TEXTS, "roles"))
    section.text("engine")
    engine = section.choice("engine", ENGINE_NAMES, "")
    location = section.text("location")
    roles = section.section("roles")
    return Database(
        alias=alias,
        engine=engine,
        location=resolve(location, section.path.parent) if engine in FILE_ENGINES else location,
        roles=tuple(RolePattern(pattern, Role(roles.choice(pattern, Role, ""))) for pattern in roles.values),
        **{name: section.text(name, "") for name in DATABASE_TEXTS},
        formats=formats if engine == "folder" else (),
    )


def _format(name: str, section: Section) -> TableFormat:
    section.allow_only(_FORMAT_FIELDS)
    lists = {field: section.texts(field) for field in _FORMAT_FIELDS}
    if not lists["data"]:
        raise section.refuse("data", N_('“{key}” must be a list of texts, as in [".dat", ".idx"].'))
    extensions: Mapping[str, tuple[str, ...]] = {
        field: values if field == "ignored" else tuple(value.lower() for value in values) for field, values in lists.items()
    }
    for field in _FORMAT_FIELDS[:-1]:
        if not all(value.startswith(".") and len(value) > 1 for value in extensions[field]):
            raise section.refuse(field, N_('“{key}” must hold extensions, each with its dot, as in [".dat"].'))
    return TableFormat(name, **extensions)


def _current(root: Section, databases: tuple[Database, ...]) -> str | None:
    named = root.text("current", "")
    aliases = [database.alias for database in databases]
    if named:
        found = next((alias for alias in aliases if same_alias(alias, named)), None)
        if found is None:
            raise root.refuse("current", N_("“{key}” must be one of: {allowed}."), allowed=", ".join(aliases))
        return found
    return aliases[0] if aliases else None


def _folder(section: Section, key: str) -> Path | None:
    named = section.text(key, "")
    try:
        refuse_address(named, section.path.parent)
    except UnknownDestination as error:
        raise InvalidConfiguration(path=str(section.path), reason=error.message) from error
    return Path(resolve(named, section.path.parent)) if named else None


def _backup(section: Section) -> BackupPlan:
    options = options_of(BackupPlan)
    section.allow_only([option.name for option in options])
    given = {option.name: _option(section, option) for option in options if option.name in section.values}
    return replace(NO_PLAN, **given)


def _option(section: Section, option: DeclaredOption) -> bool | StrEnum | None:
    """Return the value of an option, converted to the type of its field."""
    if option.kinds == (bool,):
        return section.flag(option.name, False)
    values = {
        choice.value: choice for kind in option.kinds if isinstance(kind, type) and issubclass(kind, StrEnum) for choice in kind
    }
    optional: dict[str, StrEnum | None] = {NO_ENCRYPTION: None} if option.optional else {}
    choices = {**optional, **values}
    return choices[section.choice(option.name, choices, "")]
