"""Indexes and keys made over several connections at once: they do not depend on each other, and take most of a restore."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue

from hctui.databases.postgresql.link import Link, Look
from hctui.databases.postgresql.replaying import replay
from hctui.databases.postgresql.script import Entry
from hctui.errors import Cancelled, HctuiError

_ALONE = ("INDEX", "CONSTRAINT")
"""Kinds of which any two may be made at the same time."""


def replay_over(links: Sequence[Link], entries: Iterable[Entry], look: Look) -> list[str]:
    """Run entries as `replay` does, each run of indexes and keys divided among `links`, the first of which does the rest."""
    refused: list[str] = []
    together: list[Entry] = []
    session = b""
    rest: list[Entry] = []
    for entry in entries:
        if entry.kind in _ALONE:
            if rest:
                refused += replay(links[0], rest, look)
                rest = []
            together.append(Entry(entry.name, entry.kind, entry.schema, session + entry.text))
        else:
            if together:
                refused += _divided(links, together, look)
                together = []
                rest.append(Entry("", "", "", session))
            rest.append(entry)
        session = entry.session or session
    if together:
        refused += _divided(links, together, look)
    return refused + replay(links[0], rest, look)


def _divided(links: Sequence[Link], entries: list[Entry], look: Look) -> list[str]:
    """Let each link take the next entry until none is left; where one fails the others stop. Raises what failed first."""
    waiting: SimpleQueue[Entry] = SimpleQueue()
    for entry in entries:
        waiting.put(entry)
    failed = threading.Event()

    def look_around(size: int) -> None:
        if failed.is_set():
            raise Cancelled()
        look(size)

    def work(link: Link) -> list[str]:
        refused: list[str] = []
        try:
            while not failed.is_set():
                refused += replay(link, [waiting.get_nowait()], look_around)
        except Empty:
            return refused
        except HctuiError:
            failed.set()
            raise
        return refused

    with ThreadPoolExecutor(len(links), "indexes") as pool:
        results = [pool.submit(work, link) for link in links]
        errors = [error for result in results if (error := result.exception()) is not None]
    if errors:
        raise next((error for error in errors if not isinstance(error, Cancelled)), errors[0])
    return [each for result in results for each in result.result()]
