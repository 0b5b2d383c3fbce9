"""`hctui demo`: three invented companies to try hctui with."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hctui.cli.click_i18n import Command, Option
from hctui.cli.context import Invocation, common_options, pass_invocation
from hctui.cli.options import Folder
from hctui.cli.output import write_line
from hctui.cli.results import command_line
from hctui.errors import ExitCode
from hctui.i18n.language import _, duration, number
from hctui.messages import N_, Message, message

if TYPE_CHECKING:
    from hctui.demo.server import DemoServer
    from hctui.demo.walkthrough import Chapter

_INDENT = "   "


@click.command(
    cls=Command,
    options_metavar=N_("[OPTIONS]"),
    help=N_(
        "Make three invented companies in a folder of their own and open the screens on them. With --headless: back them up"
        " while somebody writes, damage them, restore them, and compare every row."
    ),
)
@click.option("--headless", cls=Option, is_flag=True, help=N_("No screens: do it all, and tell what is done."))
@click.option("--at", cls=Option, metavar="DIR", type=Folder(), default=Path("hctui-demo"),
              help=N_("Folder of the demo; otherwise hctui-demo in the current folder."))  # fmt: skip
@click.option("--postgresql", cls=Option, metavar="URL", default="",
              help=N_("A fourth company, in a database of its own on this PostgreSQL server."))  # fmt: skip
@click.option("--scale", type=click.FloatRange(0.01, 10), default=1.0, hidden=True)
@common_options
@pass_invocation
def demo(invocation: Invocation, headless: bool, at: Path, postgresql: str, scale: float) -> int:
    """Make the demo, then open the screens on it, or run it without screens."""
    from hctui.config import Configuration
    from hctui.demo import server as demo_server

    if headless or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return run_headless(at, scale, postgresql)
    existing = demo_server.exists(at)
    server = demo_server.DemoServer(at.absolute(), scale) if existing else demo_server.create(at, scale=scale)
    server.use()
    if postgresql:
        from hctui.demo.postgresql_walkthrough import register

        register(server, postgresql)
    if not existing:
        write_line(message(N_("The demo is ready in {folder}"), folder=str(server.folder)))
    from hctui import tui

    return tui.run(Configuration.load(server.configuration_path))


def run_headless(folder: Path, scale: float, postgresql: str = "") -> int:
    """Make the demo in `folder`, run it and write each step. Raises `HctuiError` where a result is wrong."""
    from hctui.demo import server as demo_server
    from hctui.demo.walkthrough import Chapter, Walkthrough

    began = time.monotonic()
    server = demo_server.create(folder, scale=scale)
    server.use()
    text = N_("The demo server lies in {folder} (made in {took_seconds}).")
    write_line(message(text, folder=str(server.folder), took_seconds=time.monotonic() - began))
    workshop = Path(tempfile.mkdtemp(prefix="comparison-", dir=server.folder))
    chapters = 0
    try:
        for step in chain(Walkthrough(server, workshop).steps(), _on_server(server, postgresql)):
            if isinstance(step, Chapter):
                chapters += 1
                write_line()
                write_line(f"{number(chapters)}. {_(step.title)}")
            else:
                write_line(step, indent=_INDENT)
    finally:
        shutil.rmtree(workshop)
    write_line(message(N_("the screens on this server:")), indent=_INDENT)
    write_line(command_line("demo", "--at", folder), indent=_INDENT * 2)
    write_line()
    write_line(_("All of it matched, in {time}.").format(time=duration(time.monotonic() - began)))
    return ExitCode.DONE


def _on_server(server: DemoServer, url: str) -> Iterator[Chapter | Message]:
    """Yield the steps of the fourth company, if a server for it was named."""
    if url:
        from hctui.demo import postgresql_walkthrough

        postgresql_walkthrough.register(server, url)
        yield from postgresql_walkthrough.steps(server)
