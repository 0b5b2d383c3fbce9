"""The contract every destination keeps: one adds `tests/destinations/<kind>/case.py` with a class `Case`, and no tests."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from types import ModuleType
from typing import Protocol

import pytest

from hctui.destinations import Destination
from hctui.events import Step
from hctui.messages import Message


class DestinationCase(Protocol):
    """One empty place of a kind. `Case(folder)` gets an empty local folder for whatever it needs, and has made nothing yet."""

    def create(self) -> None:
        """Make the place."""

    def destination(self) -> Destination:
        """Return a new object for it, not entered."""

    def names(self) -> set[str]:
        """Return every name there, as another program sees it: also those of parts."""

    def content(self, name: str) -> bytes:
        """Return the bytes of a file, as another program reads them."""

    def plant(self, name: str, content: bytes) -> None:
        """Make or change a file as another program would: it is a stranger's."""

    def damage(self, name: str, offset: int) -> None:
        """Change one byte of a file; whose it is stays."""

    def small(self, size: int) -> AbstractContextManager[None]:
        """Let the place be an empty disk of `size` bytes."""

    def vanish(self) -> AbstractContextManager[None]:
        """Let the folder of the place be gone, and come back with what was in it."""


class Recorder:
    """A `Reporter` that adds up what it gets, and calls `act` with the number of each call of `advance`."""

    def __init__(self, act: Callable[[int], None] = lambda number: None) -> None:
        self.sizes: list[int] = []
        self._act = act

    def advance(self, size: int) -> None:
        self.sizes.append(size)
        self._act(len(self.sizes))

    def step(self, alias: str, step: Step) -> None: ...
    def table_started(self, alias: str, table: str, size: int) -> None: ...
    def table_done(self, alias: str, table: str, size: int, rows: int | None = None) -> None: ...
    def warn(self, message: Message) -> None: ...
    def advise(self, message: Message) -> None: ...


def in_child(work: Callable[[], object]) -> int:
    """Do some work in a forked process; return the signal that ended it, 0 where none did."""
    process = os.fork()
    if process == 0:
        try:
            work()
        finally:
            os._exit(0)
    _, status = os.waitpid(process, 0)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def _load(path: Path) -> ModuleType:
    name = f"hctui_destination_{path.parent.name}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None and spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


_CASES = {path.parent.name: path for path in sorted(Path(__file__).parent.glob("*/case.py"))}


@pytest.fixture(params=sorted(_CASES))
def case(request: pytest.FixtureRequest, tmp_path: Path) -> DestinationCase:
    """Give an empty place of each kind in turn."""
    folder = tmp_path / "case"
    folder.mkdir()
    made: DestinationCase = _load(_CASES[request.param]).Case(folder)
    made.create()
    return made


@pytest.fixture
def destination(case: DestinationCase) -> Destination:
    """Give the destination of `case`, not entered."""
    return case.destination()


@pytest.fixture
def local(tmp_path: Path) -> Callable[[bytes], Path]:
    """Make a local file to be stored."""

    def make(content: bytes) -> Path:
        path = tmp_path / "local.bkb"
        path.write_bytes(content)
        return path

    return make


@pytest.fixture
def recorder() -> type[Recorder]:
    """Give `Recorder`: tests are no package that could be imported from."""
    return Recorder


@pytest.fixture
def child() -> Callable[[Callable[[], object]], int]:
    """Give `in_child`."""
    return in_child
