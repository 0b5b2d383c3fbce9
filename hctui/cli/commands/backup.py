"""`hctui backup`: back up databases into one new file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from hctui.cli.click_i18n import Command
from hctui.cli.context import Invocation, common_options, pass_invocation
from hctui.cli.options import (
    json_option,
    name_option,
    password_option,
    plan_options,
    several_databases,
    to_option,
    with_options,
)
from hctui.cli.progress.follow import run_job
from hctui.errors import NothingToDo
from hctui.messages import N_
from hctui.plans import BackupPlan

if TYPE_CHECKING:
    from hctui.config import Configuration


@click.command(
    cls=Command,
    options_metavar=N_("[OPTIONS]"),
    help=N_(
        "Back up databases into one new file, while others go on working. The current database is taken unless others"
        " are named; options that are not given are those of the configuration."
    ),
)
@several_databases
@to_option
@name_option
@plan_options(BackupPlan)
@password_option
@json_option
@common_options
@pass_invocation
def backup(
    invocation: Invocation,
    /,
    databases: tuple[str, ...],
    every: bool,
    to: Path | None,
    name: str | None,
    password_file: str | None,
    as_json: bool,
    **given: object,
) -> int:
    """Make a backup as a job and follow it."""
    from hctui.cli.passwords import new_password

    configuration = invocation.configuration
    aliases = chosen_aliases(configuration, databases, every=every)
    options = with_options(configuration.backup, given)
    plan = replace(options, databases=aliases, destination=destination(configuration, to), name=name or "")
    password = new_password(plan.encryption, password_file, aliases) if plan.encryption else None
    return run_job(plan, invocation, password, as_json=as_json)


def chosen_aliases(configuration: Configuration, named: tuple[str, ...], *, every: bool) -> tuple[str, ...]:
    """Return the aliases that were asked for, each once. Raises `NothingToDo`, `UnknownDatabase`."""
    if every:
        named = configuration.aliases
    elif not named and configuration.current:
        named = (configuration.current,)
    if not named:
        raise NothingToDo(reason=N_("no database is registered."))
    return tuple(dict.fromkeys(configuration.registered_name(alias) for alias in named))


def destination(configuration: Configuration, given: Path | None) -> Path:
    """Return the absolute folder for a backup: `given`, else the configured one. Raises `NothingToDo` without either."""
    folder = given or configuration.destination
    if folder is None:
        raise NothingToDo(reason=N_("no folder is named for the backup. Use --to, or set “destination” in the configuration."))
    return folder.expanduser().absolute()
