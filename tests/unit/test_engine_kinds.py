"""The table of engines, and where their names may stand."""

from __future__ import annotations

import ast
import importlib.metadata
from pathlib import Path

import pytest

from hctui.engine_kinds import BUILT_IN, all_kinds, find_kind


def test_entry_points_are_looked_up_only_for_names_that_are_not_built_in(monkeypatch: pytest.MonkeyPatch) -> None:
    lookups: list[str] = []
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: lookups.append(group) or ())
    assert [find_kind(name) for name in BUILT_IN] == list(BUILT_IN.values())
    assert next(all_kinds()).name == "sqlite"
    assert lookups == []
    assert find_kind("no such engine") is None
    assert lookups == ["hctui.engines"]


def test_only_engines_of_servers_have_schemes() -> None:
    for kind in BUILT_IN.values():
        assert bool(kind.schemes) != kind.local
        assert kind.may_be_at("/srv/data") == kind.local
        assert all(kind.may_be_at(f"{scheme}://host/name") for scheme in kind.schemes)
    assert not BUILT_IN["postgresql"].may_be_at("mysql://host/name")


def test_nothing_outside_the_engines_compares_a_name_with_one_of_theirs() -> None:
    """Everything else asks the kind of an engine, so that an engine of another package is treated like a built-in one."""
    package = Path(__file__).resolve().parents[2] / "hctui"
    found = []
    for path in package.rglob("*.py"):
        if package / "databases" in path.parents:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            compared = [*node.comparators, node.left] if isinstance(node, ast.Compare) else []
            compared += [node.value] if isinstance(node, ast.MatchValue) else []
            names = {each.value for value in compared for each in ast.walk(value) if isinstance(each, ast.Constant)}
            if names & set(BUILT_IN):
                found.append(f"{path}:{node.lineno}")
    assert found == []
