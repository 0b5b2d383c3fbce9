"""Every setting as it is in force, under the key that it has in the file."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from hctui.config.checked import NO_VALUE
from hctui.config.settings import DATABASE_TEXTS, Settings
from hctui.plans import BackupPlan, options_of


class Setting(Struct, frozen=True):
    """A key with its value; a password in a location is masked."""

    key: str
    value: object


def all_settings(configuration: Settings) -> Iterator[Setting]:
    """Yield the settings, those of refused databases left out."""
    for name in ("current", "destination", "language", "theme", "staging", "nice"):
        yield Setting(name, getattr(configuration, name))
    for option in options_of(BackupPlan):
        value = getattr(configuration.backup, option.name)
        yield Setting(f"backup.{option.name}", NO_VALUE if value is None else value)
    for database in configuration.databases:
        key = f"databases.{database.alias}"
        yield Setting(f"{key}.engine", database.engine)
        yield Setting(f"{key}.location", database.shown_location)
        yield from (Setting(f"{key}.{name}", text) for name in DATABASE_TEXTS if (text := getattr(database, name)))
        yield from (Setting(f"{key}.roles.{each.pattern}", each.role) for each in database.roles)
    for each in configuration.formats:
        for name in ("data", "blobs", "indexes", "other", "ignored"):
            yield Setting(f"formats.{each.name}.{name}", getattr(each, name))
