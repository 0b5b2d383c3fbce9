"""`hctui demo`: three invented companies to try everything on."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from hctui.cli.click_i18n import Command, Option
from hctui.cli.context import Invocation, everywhere, pass_invocation
from hctui.cli.output import say
from hctui.messages import N_, message


@click.command(
    cls=Command,
    options_metavar=N_("[OPTIONS]"),
    help=N_(
        "Make three invented companies in a folder of their own and open the screens on them. With --headless: back them up"
        " while somebody writes, damage them, restore them, and compare every row."
    ),
)
@click.option("--headless", cls=Option, is_flag=True, help=N_("No screens: do it all, and tell what is done."))
@click.option("--at", cls=Option, metavar="DIR", type=click.Path(path_type=Path), default=Path("hctui-demo"),
              help=N_("Folder of the demo; otherwise hctui-demo in the current folder."))  # fmt: skip
@click.option("--postgresql", cls=Option, metavar="URL", default="",
              help=N_("A fourth company, in a database of its own on this PostgreSQL server."))  # fmt: skip
@click.option("--scale", type=click.FloatRange(0.01, 10), default=1.0, hidden=True)
@everywhere
@pass_invocation
def demo(invocation: Invocation, headless: bool, at: Path, postgresql: str, scale: float) -> int:
    """Make the demo and show it."""
    from hctui.config import Configuration
    from hctui.demo import server as demo_server

    if headless or not (sys.stdin.isatty() and sys.stdout.isatty()):
        from hctui.cli.telling import tell_demo

        return tell_demo(at, scale, postgresql)
    existing = demo_server.exists(at)
    server = demo_server.DemoServer(at.absolute(), scale) if existing else demo_server.create(at, scale=scale)
    server.enter()
    if postgresql:
        from hctui.demo.postgresql_story import register

        register(server, postgresql)
    if not existing:
        say(message(N_("The demo is ready in {folder}"), folder=str(server.folder)))
    from hctui import tui

    return tui.run(Configuration.load(server.configuration_path))
