"""`hctui completion`: the script that makes a shell complete commands, options, databases, tables, jobs and backups."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from hctui.cli.click_i18n import Argument, Command
from hctui.cli.context import common_options
from hctui.messages import N_

SHELLS = ("bash", "zsh", "fish")


@click.command(
    cls=Command,
    options_metavar=N_("[OPTIONS]"),
    help=N_(
        "Write the script that makes a shell complete what is typed after hctui. For bash, add this to ~/.bashrc:"
        ' eval "$(hctui completion bash)"; for zsh the same with zsh to ~/.zshrc; for fish: hctui completion fish >'
        " ~/.config/fish/completions/hctui.fish."
    ),
)
@click.argument("shell", cls=Argument, type=click.Choice(SHELLS))
@common_options
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Write the script of a shell."""
    script = get_completion_class(shell)
    assert script is not None, "Click knows all of SHELLS"
    click.echo(script(context.find_root().command, {}, "hctui", "_HCTUI_COMPLETE").source())
