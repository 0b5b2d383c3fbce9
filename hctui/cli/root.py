"""The command `hctui` itself."""

from __future__ import annotations

import sys

import click

from hctui import __version__
from hctui.cli.click_i18n import Group, Option
from hctui.cli.context import Invocation, everywhere, pass_invocation
from hctui.cli.exit_codes import EXPLANATION, USAGE
from hctui.messages import N_

_COMMANDS = "hctui.cli.commands"


def _version(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value and not context.resilient_parsing:
        click.echo(f"hctui {__version__}")
        context.exit()


@click.command(
    cls=Group,
    lazy={
        "databases": f"{_COMMANDS}.databases:databases",
        "backup": f"{_COMMANDS}.backup:backup",
        "show": f"{_COMMANDS}.show:show",
        "verify": f"{_COMMANDS}.verify:verify",
        "restore": f"{_COMMANDS}.restore:restore",
        "undo": f"{_COMMANDS}.undo:undo",
        "files": f"{_COMMANDS}.files:files",
        "jobs": f"{_COMMANDS}.jobs:jobs",
        "demo": f"{_COMMANDS}.demo:demo",
    },
    invoke_without_command=True,
    options_metavar=N_("[OPTIONS]"),
    subcommand_metavar=N_("COMMAND [ARGS]..."),
    context_settings={"help_option_names": ["-h", "--help"]},
    help=N_("Back up and restore company databases. On a terminal and without a command, the screens open."),
    epilog=EXPLANATION,
)
@everywhere
@click.option("--version", cls=Option, is_flag=True, expose_value=False, is_eager=True, callback=_version,
              help=N_("Show the version and exit."))  # fmt: skip
@click.pass_context
@pass_invocation
def root(invocation: Invocation, context: click.Context) -> int | None:
    """Open the screens where no command is named."""
    if context.invoked_subcommand is not None:
        return None
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        click.echo(context.get_help(), err=True)
        return USAGE
    from hctui import tui

    return tui.run(invocation.configuration)
