"""Completion in the shell: what a placeholder of the usage line can be, such as ALIAS or FILE.

It runs at every press of Tab, so it reads no more than it needs, and an error of ours completes nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from hctui.errors import HctuiError
from hctui.model import BACKUP_SUFFIX

if TYPE_CHECKING:
    from hctui.config import Configuration


def complete(metavar: str | None, context: click.Context, incomplete: str) -> list[CompletionItem] | None:
    """Return the values that begin with `incomplete`; None where the placeholder has no values of its own."""
    values = _VALUES.get(metavar or "")
    if values is None:
        return None
    with suppress(HctuiError, OSError):
        found = values(context, incomplete)
        return [CompletionItem(each) for each in found if each.casefold().startswith(incomplete.casefold())]
    return []


def _configuration(context: click.Context) -> Configuration:
    configuration: Configuration = context.obj.configuration  # of the `Invocation` that `hctui.cli.entry` passes
    return configuration


def _aliases(context: click.Context, incomplete: str) -> Iterable[str]:
    return _configuration(context).aliases


def _tables(context: click.Context, incomplete: str) -> Iterator[str]:
    """Yield lists whose last name is one of the tables of the backup, else of the database."""
    before, comma, _last = incomplete.rpartition(",")
    chosen = {each.strip() for each in before.split(",")}
    for name in _table_names(context):
        if name not in chosen:
            yield f"{before}{comma}{name}"


def _table_names(context: click.Context) -> list[str]:
    from hctui import operations
    from hctui.databases import open_engine

    configuration = _configuration(context)
    aliases = context.params.get("databases") or ()
    # Click stops where the option lacks its value, before it takes arguments: those are left over.
    file = context.params.get("file") or next((word for word in context.args if word.endswith(BACKUP_SUFFIX)), None)
    if file is not None:
        found = operations.show(Path(file), None).databases
        names = [table.name for each in found if not aliases or each.alias in aliases for table in each.tables]
        if names:  # without its password an encrypted backup does not show them: those of the database serve too
            return names
    alias = aliases[0] if aliases else configuration.current
    return [table.name for table in open_engine(configuration.database(alias)).tables()] if alias else []


def _jobs(context: click.Context, incomplete: str) -> Iterable[str]:
    from hctui.jobs.locks import jobs_folder

    return sorted(os.listdir(jobs_folder()), reverse=True)


def _backups(context: click.Context, incomplete: str) -> Iterator[str]:
    """Yield the folders and backups that begin so, and the backups of the configured destination."""
    folder, name = os.path.split(incomplete)
    for entry in sorted(os.scandir(os.path.expanduser(folder) or "."), key=lambda each: each.name):
        if entry.is_dir() and (name.startswith(".") or not entry.name.startswith(".")):
            yield f"{os.path.join(folder, entry.name)}/"
        elif entry.name.endswith(BACKUP_SUFFIX):
            yield os.path.join(folder, entry.name)
    destination = _configuration(context).destination
    if destination is not None and not folder:
        yield from sorted(map(str, destination.glob(f"*{BACKUP_SUFFIX}")), reverse=True)


def _keys(context: click.Context, incomplete: str) -> list[str]:
    from hctui.config.in_force import all_settings

    return [each.key for each in all_settings(_configuration(context))]


def _formats(context: click.Context, incomplete: str) -> list[str]:
    from hctui.databases.tablefiles import formats

    return [each.name for each in (*formats.BUILT_IN, *_configuration(context).formats)]


_VALUES: dict[str, Callable[[click.Context, str], Iterable[str]]] = {
    "ALIAS": _aliases,
    "T1,T2": _tables,
    "FORMAT": _formats,
    "ID": _jobs,
    "FILE": _backups,
    "KEY": _keys,
}
"""Functions of a context and of what is typed so far, by placeholder."""
