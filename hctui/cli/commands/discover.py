"""`hctui databases discover`: register every database of a server that can be backed up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hctui.cli.click_i18n import Argument, Command, Option
from hctui.cli.context import Invocation, common_options, pass_invocation
from hctui.cli.output import report, write_line
from hctui.cli.passwords import ATTEMPTS, ask_password, at_terminal, read_password_file
from hctui.errors import ExitCode, InvalidPassword, ServerPasswordNeeded
from hctui.i18n.language import _
from hctui.messages import N_, message
from hctui.model import Database

if TYPE_CHECKING:
    from hctui.config import Configuration
    from hctui.databases.engine import Discovered


@click.command(cls=Command, help=N_("Register every database of a server that can be backed up, each under its own name."))
@click.argument("location", cls=Argument, metavar="LOCATION")
@click.option("--dry-run", cls=Option, is_flag=True, help=N_("Only list them."))
@click.option("--password-file", cls=Option, metavar="FILE",
              help=N_("File that holds the password of the server on one line; “-” reads it from standard input."))  # fmt: skip
@click.option("--keep-password", cls=Option, is_flag=True,
              help=N_("Keep the password in ~/.pgpass, where backups find it; otherwise it is forgotten."))  # fmt: skip
@common_options
@pass_invocation
def discover(invocation: Invocation, location: str, dry_run: bool, password_file: str | None, keep_password: bool) -> int:
    """Register the databases of a server."""
    from hctui.databases import recognise

    configuration = invocation.new_configuration
    given = read_password_file(password_file) if password_file is not None else None
    found, password = _found(location, configuration, given)
    refused = 0
    for each in found:
        if each.alias:
            write_line(message(N_("{name} is registered already as {alias}."), name=each.name, alias=each.alias))
        elif each.refusal is not None:
            refused += 1
            write_line(message(N_("{name} is left out: {reason}"), name=each.name, reason=each.refusal))
        else:
            _register(each, recognise(location) or "", configuration, dry_run=dry_run)
    if password is not None and not dry_run:
        _keep(location, password, keep=keep_password)
    return ExitCode.INCOMPLETE if refused else ExitCode.DONE


def _found(location: str, configuration: Configuration, password: str | None) -> tuple[tuple[Discovered, ...], str | None]:
    """Return the databases and the password that the server needed; a person at the terminal is asked for it."""
    from hctui.databases import discover as ask

    for attempt in range(ATTEMPTS + 1):
        try:
            return ask(location, configuration.databases, password), password
        except ServerPasswordNeeded as error:
            if attempt == ATTEMPTS or not at_terminal():
                raise
            report(message("{reason}", reason=error.message.values["reason"]) if password else error.message)
        password = ask_password(_("Password of the server: "))
        if not password:
            raise InvalidPassword(reason=N_("it is empty."))
    raise AssertionError("unreachable")


def _register(found: Discovered, engine: str, configuration: Configuration, *, dry_run: bool) -> None:
    from hctui.config import free_alias

    alias = free_alias(found.name, configuration.aliases)
    if not dry_run:
        configuration.add(Database(alias, engine, found.location))
    text = N_("{name} could be registered as {alias}.") if dry_run else N_("Registered {name} as {alias}.")
    write_line(message(text, name=found.name, alias=alias))


def _keep(location: str, password: str, *, keep: bool) -> None:
    from hctui.databases import keep_password

    if keep:
        write_line(message(N_("The password is kept in {file}."), file=str(keep_password(location, password))))
    else:
        text = N_("The password was not kept: give --keep-password, or put it into ~/.pgpass, so that backups find it.")
        report(message(text))
