"""`hctui databases`: the registered databases and their tables."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct
from msgspec.structs import replace

from hctui.cli.click_i18n import Argument, Command, Group, Option
from hctui.cli.context import Invocation, common_options, pass_invocation
from hctui.cli.options import Decorated, list_option
from hctui.cli.output import write_json, write_line, write_table
from hctui.cli.recovery import recover
from hctui.engine_kinds import BUILT_IN, find_kind, masked
from hctui.errors import NothingToDo, UnknownRole, UnrecognisedDatabase
from hctui.i18n.columns import table_cells
from hctui.i18n.language import _, age, render
from hctui.messages import N_, Message, message
from hctui.model import Database, Role, RolePattern

if TYPE_CHECKING:
    from hctui.config import Configuration

_HERE = "hctui.cli.commands.databases"


class EngineChoice(click.Choice[str]):
    """The name of a built-in engine, or of one that is installed."""

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the name of an engine; fail as a choice does for any other text."""
        return value if find_kind(value) else super().convert(value, param, ctx)


class ListedDatabase(Struct, frozen=True):
    """A database in the output of `databases list --json`."""

    alias: str
    engine: str
    location: str
    current: bool
    last_backup: datetime | None
    last_backup_file: Path | None
    refused: Message | None = None
    """Why it can't be used; engine and location are empty then."""


@click.command(
    cls=Group,
    lazy={
        **{name: f"{_HERE}:{name}_" for name in ("list", "add", "remove", "use", "tables")},
        "edit": "hctui.cli.commands.edit_database:edit",
        "discover": "hctui.cli.commands.discover:discover",
    },
    no_args_is_help=True,
    options_metavar=N_("[OPTIONS]"),
    subcommand_metavar=N_("COMMAND [ARGS]..."),
    help=N_("The databases that hctui knows, and their tables."),
)
@common_options
def databases() -> None:
    """Group the commands."""


@click.command("list", cls=Command, help=N_("List the databases, where they are and when each was last backed up."))
@list_option
@common_options
@pass_invocation
def list_(invocation: Invocation, as_json: bool) -> None:
    """List the registered databases."""
    configuration = invocation.configuration
    found = [listed(configuration, database) for database in configuration.databases]
    found += (
        ListedDatabase(alias, "", "", alias == configuration.current, None, None, reason)
        for alias, reason in configuration.refused.items()
    )
    if as_json:
        for each in found:
            write_json(each)
        return
    if not found:
        write_line(
            message(
                N_("No database is registered yet. Add one with “{command}”."), command="hctui databases add ALIAS LOCATION"
            )
        )
        return
    write_table(
        (_("current"), _("database"), _("engine"), _("location"), _("last backup")),
        [_row(each) for each in found],
        plain=invocation.plain,
    )


def _row(listed: ListedDatabase) -> tuple[str, ...]:
    current = "*" if listed.current else ""
    if listed.refused is not None:
        return (current, listed.alias, "!", _("refused") + ": " + render(listed.refused), "")
    last = age(listed.last_backup) if listed.last_backup else _("never")
    return (current, listed.alias, listed.engine, listed.location, last)


def listed(configuration: Configuration, database: Database) -> ListedDatabase:
    """Return a database with its last backup."""
    from hctui.operations import last_backup

    last = last_backup(configuration, database.alias)
    made, file = last if last else (None, None)
    current = configuration.current == database.alias
    return ListedDatabase(database.alias, database.engine, database.shown_location, current, made, file)


def command_options(command: Decorated) -> Decorated:
    """Add the options for the commands that run beside the operations on a database."""
    for option in (
        click.option("--reindex", cls=Option, metavar="CMD",
                     help=N_("Command that rebuilds the indexes of {table} in {folder} after a restore.")),
        click.option("--after", cls=Option, metavar="CMD",
                     help=N_("Command that is run after a backup, also after one that failed.")),
        click.option("--before", cls=Option, metavar="CMD", help=N_("Command that is run before a backup.")),
    ):  # fmt: skip
        command = option(command)
    return command


@click.command("add", cls=Command, help=N_("Register a database: a SQLite file, a folder of table files or a server's URL."))
@click.argument("alias", cls=Argument, metavar="ALIAS")
@click.argument("location", cls=Argument, metavar="LOCATION")
@click.option("--engine", cls=Option, type=EngineChoice(BUILT_IN),
              help=N_("What stores the database; found out from the location where it is not given."))  # fmt: skip
@click.option("--format", "table_format", cls=Option, metavar="FORMAT", default="",
              help=N_("Format of the tables of a folder (nexusdb, dbisam, dbase, paradox, myisam or your own)."))  # fmt: skip
@click.option("--role", "roles", cls=Option, metavar="PATTERN=ROLE", multiple=True,
              help=N_("Tables of this name are for data, audit, images, users or settings; may be given again."))  # fmt: skip
@command_options
@common_options
@pass_invocation
def add_(
    invocation: Invocation,
    /,
    alias: str,
    location: str,
    engine: str | None,
    table_format: str,
    roles: tuple[str, ...],
    **commands: str | None,
) -> None:
    """Register a database."""
    from hctui.config import validate_alias
    from hctui.databases import recognise

    validate_alias(alias)
    recognised = engine or recognise(location)
    if recognised is None:
        raise UnrecognisedDatabase(location=masked(location))
    patterns = tuple(role_pattern(role) for role in roles)
    database = Database(alias, recognised, location, roles=patterns, format=table_format)
    database = replace(database, **{name: command for name, command in commands.items() if command})
    configuration = invocation.new_configuration
    configuration.add(database)
    added = configuration.database(alias)
    write_line(
        message(
            N_("Registered {alias}: {engine}, {location}."), alias=alias, engine=added.engine, location=added.shown_location
        )
    )
    if added.kind.local and not Path(added.location).exists():
        write_line(message(N_("There is nothing at that location yet: a restore can make it.")))


def role_pattern(text: str) -> RolePattern:
    """Return the pattern and role of `PATTERN=ROLE`. Raises `UnknownRole`."""
    pattern, _equals, role = text.rpartition("=")
    if not pattern or role not in [*Role]:
        raise UnknownRole(role=role)
    return RolePattern(pattern, Role(role))


@click.command("remove", cls=Command, help=N_("Forget a database. Its files stay where they are."))
@click.argument("alias", cls=Argument, metavar="ALIAS")
@common_options
@pass_invocation
def remove_(invocation: Invocation, alias: str) -> None:
    """Forget a database."""
    configuration = invocation.configuration
    name = configuration.registered_name(alias)
    location = "" if name in configuration.refused else configuration.database(name).shown_location
    configuration.remove(name)
    text = N_("{alias} is no longer registered. {location} was not touched.")
    if not location:
        text = N_("{alias} is no longer registered. Its files were not touched.")
    write_line(message(text, alias=alias, location=location))


@click.command("use", cls=Command, help=N_("Make a database the current one."))
@click.argument("alias", cls=Argument, metavar="ALIAS")
@common_options
@pass_invocation
def use_(invocation: Invocation, alias: str) -> None:
    """Make a database the current one."""
    invocation.configuration.use(alias)
    write_line(message(N_("{alias} is the current database."), alias=invocation.configuration.current or alias))


@click.command("tables", cls=Command, help=N_("List the tables of a database, the current one where none is named."))
@click.argument("alias", cls=Argument, metavar="ALIAS", required=False)
@list_option
@common_options
@pass_invocation
def tables_(invocation: Invocation, alias: str | None, as_json: bool) -> None:
    """List the tables of a database."""
    from hctui.databases import open_engine

    named = alias or invocation.configuration.current
    if named is None:
        raise NothingToDo(reason=N_("no database is registered."))
    database = invocation.configuration.database(named)
    recover([database])
    tables = open_engine(database).tables()
    if as_json:
        for table in tables:
            write_json(table)
        return
    write_table(
        (_("table"), _("role"), _("rows"), _("size"), _("indexes"), _("modified")),
        [table_cells(table) for table in tables],
        numbers=(2, 3, 4),
        plain=invocation.plain,
    )
