"""`hctui config`: the configuration file."""

from __future__ import annotations

import json
from pathlib import Path

import click
from msgspec import Struct

from hctui.cli.click_i18n import Argument, Command, Group
from hctui.cli.context import Invocation, common_options, pass_invocation
from hctui.cli.options import list_option
from hctui.cli.output import report, write_json, write_line, write_table
from hctui.errors import ExitCode
from hctui.i18n.language import _
from hctui.messages import N_, Message, message

_HERE = "hctui.cli.commands.config"


class ConfigurationFile(Struct, frozen=True):
    """The output of `config path --json`."""

    path: Path
    exists: bool


class FoundProblem(Struct, frozen=True):
    """A line of `config check --json`."""

    key: str
    reason: Message
    stops: bool
    """Whether no job can be started; otherwise one database is refused."""


@click.command(
    cls=Group,
    lazy={name: f"{_HERE}:{name}_" for name in ("path", "show", "check", "set")},
    no_args_is_help=True,
    options_metavar=N_("[OPTIONS]"),
    subcommand_metavar=N_("COMMAND [ARGS]..."),
    help=N_("The configuration: its file, its settings, what is wrong in it."),
)
@common_options
def config() -> None:
    """Group the commands."""


@click.command("path", cls=Command, help=N_("Print the path of the configuration file, whether it is there or not."))
@list_option
@common_options
@pass_invocation
def path_(invocation: Invocation, as_json: bool) -> None:
    """Print the path of the file."""
    from hctui.config import find_path

    path = find_path(invocation.configuration_path)
    if as_json:
        write_json(ConfigurationFile(path, path.exists()))
    else:
        write_line(str(path))


@click.command("show", cls=Command, help=N_("Show every setting as it is in force, also those that are not in the file."))
@list_option
@common_options
@pass_invocation
def show_(invocation: Invocation, as_json: bool) -> int:
    """Show the settings."""
    from hctui.config.in_force import all_settings

    configuration = invocation.configuration
    settings = list(all_settings(configuration))
    if as_json:
        for each in settings:
            write_json(each)
    else:
        rows = [(each.key, _text(each.value)) for each in settings]
        write_table((_("setting"), _("value")), rows, plain=invocation.plain)
    for alias, reason in configuration.refused.items():
        report(message(N_("{alias} is refused: {reason}"), alias=alias, reason=reason))
    return ExitCode.INCOMPLETE if configuration.refused else ExitCode.DONE


def _text(value: object) -> str:
    if isinstance(value, bool | tuple):
        return json.dumps(value, ensure_ascii=False)
    return "" if value is None else str(value)


@click.command(
    "check",
    cls=Command,
    help=N_(
        "Check every key of the file, and name all that is wrong. The exit code is 2 where no job can be started, 3 where only"
        " some databases are refused."
    ),
)
@list_option
@common_options
@pass_invocation
def check_(invocation: Invocation, as_json: bool) -> int:
    """Check the file."""
    from hctui.config import Configuration, find_path, require_named
    from hctui.config.settings import stopping

    require_named(invocation.configuration_path)
    path = find_path(invocation.configuration_path)
    problems = Configuration(path=path).problems()
    for each in problems:
        if as_json:
            write_json(FoundProblem(each.key, each.reason, stopping([each]) is not None))
        else:
            write_line(each.reason)
    if not problems and not as_json:
        write_line(message(N_("The configuration {path} is in order."), path=str(path)))
    if not problems:
        return ExitCode.DONE
    return ExitCode.USAGE if stopping(problems) else ExitCode.INCOMPLETE


@click.command(
    "set",
    cls=Command,
    help=N_(
        "Set one key, such as language, backup.level or databases.SHOP.before; an empty value removes it. Everything else in"
        " the file stays, with its comments."
    ),
)
@click.argument("key", cls=Argument, metavar="KEY")
@click.argument("value", cls=Argument, metavar="VALUE")
@list_option
@common_options
@pass_invocation
def set_(invocation: Invocation, key: str, value: str, as_json: bool) -> None:
    """Set one key."""
    from hctui.config import Configuration, find_path
    from hctui.config.in_force import Setting

    written = Configuration(path=find_path(invocation.configuration_path)).set(key, value)
    if as_json:
        write_json(Setting(key, written))
    elif written is None:
        write_line(message(N_("“{key}” is no longer set."), key=key))
    else:
        write_line(message(N_("“{key}” is set: {value}"), key=key, value=_text(written)))
