"""The demo without screens, told chapter by chapter."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from hctui.cli.exit_codes import DONE
from hctui.cli.output import say
from hctui.cli.results import command_line
from hctui.demo import server as demo_server
from hctui.demo.story import Story
from hctui.demo.walkthrough import Chapter
from hctui.i18n.language import _, duration, number
from hctui.messages import N_, Message, message

_INDENT = "   "


def tell_demo(folder: Path, scale: float, postgresql: str = "") -> int:
    """Make the demo in `folder`, perform it and tell it. Raises `HctuiError` where anything is not as it must be."""
    began = time.monotonic()
    server = demo_server.create(folder, scale=scale)
    server.enter()
    say(message(N_("The demo server lies in {folder} (made in {took_seconds})."),
                folder=str(server.folder), took_seconds=time.monotonic() - began))  # fmt: skip
    workshop = Path(tempfile.mkdtemp(prefix="comparison-", dir=server.folder))
    chapters = 0
    try:
        for told in chain(Story(server, workshop).perform(), _on_server(server, postgresql)):
            if isinstance(told, Chapter):
                chapters += 1
                say()
                say(f"{number(chapters)}. {_(told.title)}")
            else:
                say(told, indent=_INDENT)
    finally:
        shutil.rmtree(workshop)
    say(message(N_("the screens on this server:")), indent=_INDENT)
    say(command_line("demo", "--at", folder), indent=_INDENT * 2)
    say()
    say(_("All of it matched, in {time}.").format(time=duration(time.monotonic() - began)))
    return DONE


def _on_server(server: demo_server.DemoServer, url: str) -> Iterator[Chapter | Message]:
    """Tell of the fourth company where a server for it was named."""
    if url:
        from hctui.demo import postgresql_story

        postgresql_story.register(server, url)
        yield from postgresql_story.perform(server)
