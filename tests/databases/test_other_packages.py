"""Engines of other packages, found by their entry points."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hctui import engine_kinds
from hctui.config import Configuration
from hctui.databases import from_members, inspector, open_engine, recognise
from hctui.errors import EngineMissing, InvalidConfiguration
from hctui.model import Database

KIND = """
from hctui.engine_kinds import EngineKind, LocationKind

KIND = EngineKind("tiny", "tiny_engine.module", "one tiny file", LocationKind.FILE, settings=("reindex",))
"""
MODULE = """
from pathlib import Path
from hctui.model import DatabaseManifest

class Engine:
    def __init__(self, database):
        self.database = database

    def exists(self):
        return Path(self.database.location).exists()

def open_database(database):
    return Engine(database)

def inspect(folder, source, reporter):
    return None

def recognises(location):
    return location.endswith(".tiny")

def from_members(alias, members):
    return DatabaseManifest(alias, "tiny") if all(path.endswith(".tiny") for path, _ in members) else None
"""
ENTRY_POINTS = """
[hctui.engines]
tiny = tiny_engine:KIND
broken = tiny_engine.missing:KIND
sqlite = tiny_engine:KIND
"""


@pytest.fixture(autouse=True)
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Install a package with an engine, one with an engine that can't be imported, and one with the name of a built-in one."""
    place = tmp_path / "site-packages"
    for name, text in {
        "tiny_engine/__init__.py": KIND,
        "tiny_engine/module.py": MODULE,
        "tiny_engine-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: tiny-engine\nVersion: 1.0\n",
        "tiny_engine-1.0.dist-info/entry_points.txt": ENTRY_POINTS,
    }.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text)
    monkeypatch.syspath_prepend(place)
    monkeypatch.setattr(engine_kinds, "_installed", {})
    yield
    for name in [name for name in sys.modules if name.startswith("tiny_engine")]:
        del sys.modules[name]


def test_engine_is_opened_like_a_built_in_one(tmp_path: Path) -> None:
    path = tmp_path / "a.tiny"
    engine = open_engine(Database("A", "tiny", str(path)))
    assert not engine.exists()
    path.touch()
    assert engine.exists()
    assert recognise(str(path)) == "tiny"
    found = from_members("A", [("a.tiny", 1)])
    assert found is not None and found == from_members("A", [("a.tiny", 1)], "tiny")
    assert inspector("tiny", "A").__module__ == "tiny_engine.module"
    assert [kind.name for kind in engine_kinds.all_kinds()] == ["sqlite", "folder", "postgresql", "tiny"]
    assert engine_kinds.find_kind("sqlite") is engine_kinds.BUILT_IN["sqlite"]


def test_module_is_imported_when_a_database_is_opened() -> None:
    assert engine_kinds.find_kind("tiny") is not None
    assert "tiny_engine.module" not in sys.modules


def test_database_is_registered_with_the_settings_of_its_engine(tmp_path: Path) -> None:
    configuration = Configuration.load(tmp_path / "hctui.toml")
    configuration.add(Database("A", "tiny", str(tmp_path / "a.tiny"), reindex="true"))
    assert Configuration.load(configuration.path).database("A").kind.name == "tiny"
    with pytest.raises(InvalidConfiguration, match="no setting of the engine tiny"):
        configuration.add(Database("B", "tiny", str(tmp_path / "b.tiny"), format="dbase"))


def test_engine_that_cannot_be_imported_is_missing() -> None:
    with pytest.raises(EngineMissing, match="broken"):
        open_engine(Database("A", "broken", "x"))
