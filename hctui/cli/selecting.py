"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from hctui.cli.click_i18n import Option
from hctui.messages import N_

Decorated = TypeVar("Decorated", bound=Callable[..., object])

json_option = click.option(
    "--json",
    "as_json",
    cls=Option,
    is_flag=True,
    help=N_("Write lines of JSON and nothing else to standard output."),
)
password_option = click.option(
    "--password-file",
    cls=Option,
    metavar="FILE",
    help=N_(
        "Take the password from a file of one line, or from standard input (-); otherwise HCTUI_PASSWORD, or you are asked."
    ),
)
to_option = click.option(
    "--to",
    cls=Option,
    metavar="DIR",
    type=click.Path(path_type=Path),
    help=N_("Folder for the backup; otherwise the configured one."),
)
name_option = click.option(
    "--name", cls=Option, metavar="NAME", help=N_("File name of the backup; otherwise made of the databases, date and time.")
)


def several_databases(command: Decorated) -> Decorated:
    """Give a command `--database` and `--all`."""
    for declared in (
        click.option("--all", "every", cls=Option, is_flag=True, help=N_("All databases.")),
        click.option("--database", "databases", cls=Option, metavar="ALIAS", multiple=True,
                     help=N_("A database; may be given again.")),
    ):  # fmt: skip
        command = declared(command)
    return command
