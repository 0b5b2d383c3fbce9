"""`hctui databases edit`: change the registration of a database."""

from __future__ import annotations

import click
from msgspec.structs import replace

from hctui.cli.click_i18n import Argument, Command, Option
from hctui.cli.commands.databases import EngineChoice, command_options, listed, role_pattern
from hctui.cli.context import Invocation, common_options, pass_invocation
from hctui.cli.options import list_option
from hctui.cli.output import write_json, write_line
from hctui.engine_kinds import BUILT_IN
from hctui.errors import NothingToDo
from hctui.messages import N_, message
from hctui.model import Database, RolePattern


@click.command(
    cls=Command,
    options_metavar=N_("[OPTIONS]"),
    help=N_("Change the registration of a database; what is not named stays, and an empty text removes it."),
)
@click.argument("alias", cls=Argument, metavar="ALIAS")
@click.option("--name", cls=Option, metavar="NAME", help=N_("New name of the database."))
@click.option(
    "--location", cls=Option, metavar="LOCATION", help=N_("New location; its engine is found out unless it is given.")
)
@click.option("--engine", cls=Option, type=EngineChoice(BUILT_IN), help=N_("What stores the database."))
@click.option("--format", "table_format", cls=Option, metavar="FORMAT",
              help=N_("Format of the tables of a folder (nexusdb, dbisam, dbase, paradox, myisam or your own)."))  # fmt: skip
@click.option("--role", "roles", cls=Option, metavar="PATTERN=ROLE", multiple=True,
              help=N_("Tables of this name are for data, audit, images, users or settings; “PATTERN=” removes the pattern;"
                      " may be given again."))  # fmt: skip
@command_options
@list_option
@common_options
@pass_invocation
def edit(
    invocation: Invocation,
    /,
    alias: str,
    name: str | None,
    location: str | None,
    engine: str | None,
    table_format: str | None,
    roles: tuple[str, ...],
    as_json: bool,
    **commands: str | None,
) -> None:
    """Change the registration of a database."""
    configuration = invocation.configuration
    before = configuration.database(alias)
    if location is not None and engine is None:
        from hctui.databases import recognise

        engine = recognise(location)
    given = {"alias": name, "location": location, "engine": engine, "format": table_format, **commands}
    changes = {field: value for field, value in given.items() if value is not None}
    if not changes and not roles:
        raise NothingToDo(reason=N_("no change is named."))
    changed = replace(before, **changes, roles=_changed_roles(before, roles))
    configuration.replace(before.alias, changed)
    after = configuration.database(changed.alias)
    if as_json:
        write_json(listed(configuration, after))
    else:
        text = N_("Changed {alias}: {engine}, {location}.")
        write_line(message(text, alias=after.alias, engine=after.engine, location=after.shown_location))


def _changed_roles(database: Database, given: tuple[str, ...]) -> tuple[RolePattern, ...]:
    """Return the patterns of the database with those that were given: a known one gets its new role, or is removed."""
    roles = {each.pattern: each for each in database.roles}
    for text in given:
        if text.endswith("="):
            roles.pop(text[:-1], None)
        else:
            pattern = role_pattern(text)
            roles[pattern.pattern] = pattern
    return tuple(roles.values())
