"""What version 0.1 kept for undo is put back or dropped, and what it left when it was killed is brought to an end."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ALIASES = {"sqlite": "PADARIA", "folder": "MOVEIS", "postgresql": "CERAMICA"}
STATES = sorted(
    path.name.partition(".")[0]
    for ending in ("tar.xz", "sql")
    for path in (Path(__file__).parents[1] / "data" / "v0.1").glob(f"*.{ending}")
)
KEPT = [name for name in STATES if "-undo-" in name]
KILLED = [name for name in STATES if "-killed-" in name]


def each(names: list[str]) -> pytest.MarkDecorator:
    """Run a test for each state; those of PostgreSQL start a server."""
    marks = {name: [pytest.mark.server] if name.startswith("postgresql") else [] for name in names}
    return pytest.mark.parametrize("name", [pytest.param(name, marks=marks[name]) for name in names])


class State:
    """One of them, put in its place."""

    def __init__(self, place: Any, old: Path, name: str) -> None:
        self.place, self.engine = place, name.partition("-")[0]
        self.alias = ALIASES[self.engine]
        known = place.expected["states"][name]
        self.old, self.new = (place.expected["contents"][known[each]] for each in ("old", "new"))
        if self.engine == "postgresql":
            place.postgresql.replay(old / f"{name}.sql")
            return
        with tarfile.open(old / f"{name}.tar.xz") as archive:
            archive.extractall(place.folder / "work", filter="tar")  # `data` would open the private folders to others
        if name == "sqlite-killed-damaged-before":
            self._renumber()

    def _renumber(self) -> None:
        """Note the number that the unpacked file has, by which 0.1 knew that another did not take its place yet."""
        (path,) = self.place.sqlite.parent.glob(".hctui-undo-*.pending/undo.json")
        status = self.place.sqlite.stat()
        path.write_text(json.dumps({**json.loads(path.read_text()), "before": f"{status.st_dev}:{status.st_ino}"}))

    def is_old(self) -> bool:
        """Tell whether it is the old database, whole, or the new one; it is nothing else.

        Where sequences stand is never put back; materialized views were made anew when the script was run.
        """
        each = (self.place.contents(self.alias), self.old, self.new)
        found, old, new = (self.place.reader.without(contents, "sequences", "derived") for contents in each)
        assert found in (old, new), "neither old nor new"
        return bool(found == old)

    def look(self) -> None:
        """Run a command that looks at the database, where there may be none."""
        self.place.hctui("databases", "tables", self.alias, "--json", codes=(0, 1, 3, 10))

    def undo(self, *options: str, codes: tuple[int, ...] = (0, 3)) -> None:
        """Undo."""
        self.place.hctui("undo", "--database", self.alias, "--yes", *options, codes=codes)

    def beside(self) -> Iterator[str]:
        """Yield the names of what hctui keeps beside the database."""
        if self.engine == "postgresql":
            yield from self.place.postgresql.databases() - {"ceramica"}
            return
        yield from (path.name for path in self.place.folder.glob("work/.hctui-*"))
        yield from (path.name for path in self.place.tables.glob(".hctui-*"))


def test_there_are_states_of_every_engine() -> None:
    assert len(KEPT) == 9 and len(KILLED) == 18
    assert {name.partition("-")[0] for name in KEPT} == {name.partition("-")[0] for name in KILLED} == {*ALIASES}


@each(KEPT)
def test_what_was_kept_is_put_back(place: Any, old: Path, name: str) -> None:
    state = State(place, old, name)
    assert not state.is_old()
    state.undo("--json")
    assert state.is_old()
    assert len([*state.beside()]) == 1, "what it replaced is kept in turn"


@each(KEPT)
def test_what_was_kept_is_dropped(place: Any, old: Path, name: str) -> None:
    state = State(place, old, name)
    assert [*state.beside()]
    state.undo("--drop")
    assert not state.is_old()
    assert [*state.beside()] == []


@each(KILLED)
def test_what_was_killed_is_brought_to_an_end(place: Any, old: Path, name: str) -> None:
    state = State(place, old, name)
    assert len([*state.beside()]) >= 1
    state.look()
    was_old, left = state.is_old(), sorted(state.beside())
    undoable = len(left) == 1 and "undo" in left[0] and "pending" not in left[0]
    assert undoable or left == []
    assert undoable or was_old, "a new database without its undo"
    if undoable:
        state.undo("--json")
        assert state.is_old() != was_old
    else:
        state.undo("--json", codes=(1, 10))
        assert state.is_old()
