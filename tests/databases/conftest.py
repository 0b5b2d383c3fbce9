"""Fixtures of the contract of engines: an engine adds `tests/databases/<engine>/case.py` with a class `Case`, and no tests."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from hctui.databases.engine import RestorationOutcome, SnapshotRequest
from hctui.model import Role
from hctui.testing.engine_case import Backup, EngineCase, Recorder, back_up, restore


def _load(path: Path) -> ModuleType:
    name = f"hctui_case_{path.parent.name}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None and spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


_CASES = {
    f"{path.parent.name}{variant and '-'}{variant}": (path, variant)
    for path in sorted(Path(__file__).parent.glob("*/case.py"))
    for variant in _load(path).Case.variants
}


def _marks(path: Path, variant: str) -> list[pytest.MarkDecorator]:
    """Return the markers of a case: all variants but the first are slow."""
    server = [pytest.mark.server] if path.parent.name == "postgresql" else []
    return server if variant == _load(path).Case.variants[0] else [*server, pytest.mark.slow]


@pytest.fixture(autouse=True)
def private_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep hctui's state out of the home folder."""
    monkeypatch.setenv("HCTUI_STATE", str(tmp_path / "state"))


@pytest.fixture(params=[pytest.param(name, marks=_marks(*_CASES[name])) for name in sorted(_CASES)])
def case(request: pytest.FixtureRequest, tmp_path: Path) -> EngineCase:
    """Give each engine's sample in turn, already made."""
    folder = tmp_path / "place"
    folder.mkdir()
    path, variant = _CASES[request.param]
    made: EngineCase = _load(path).Case(folder, variant)
    made.create()
    return made


@pytest.fixture
def backing_up() -> Callable[..., Backup]:
    """Give `back_up`."""
    return back_up


@pytest.fixture
def restoring() -> Callable[..., RestorationOutcome]:
    """Give `restore`."""
    return restore


@pytest.fixture
def recorder() -> type[Recorder]:
    """Give `Recorder`."""
    return Recorder


@pytest.fixture
def leaving_out() -> Callable[..., SnapshotRequest]:
    """Make a request: `leaving_out("audit", "images", indexes=False)`."""

    def request(*roles: str, indexes: bool = True) -> SnapshotRequest:
        return SnapshotRequest(left_out=frozenset(map(Role, roles)), indexes=indexes)

    return request
