"""Private parts of Textual are used in `hctui.tui.terminal` alone, and its docstring lists each of them."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import hctui.tui
from hctui.tui import terminal

ROOT = Path(hctui.tui.__file__).parent
TERMINAL = Path(terminal.__file__).parent
BASES = {
    "textual.app": "App",
    "textual.dom": "DOMNode",
    "textual.message": "Message",
    "textual.message_pump": "MessagePump",
    "textual.screen": "Screen",
    "textual.scroll_view": "ScrollView",
    "textual.widget": "Widget",
}
"""The classes of Textual that pages, dialogs and widgets derive from, by module."""
DRIVER_BASES = {
    "textual._xterm_parser": "XTermParser",
    "textual.driver": "Driver",
    "textual.drivers._writer_thread": "WriterThread",
    "textual.drivers.linux_driver": "LinuxDriver",
}
OTHERS = [path for path in sorted(ROOT.rglob("*.py")) if TERMINAL not in path.parents]


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name != "_"


def private_imports(tree: ast.AST) -> Iterator[str]:
    """Yield the imports from private modules of Textual and Rich, and of their private names."""
    for node in ast.walk(tree):
        found: list[str] = []
        if isinstance(node, ast.ImportFrom) and node.module:
            found = [f"{node.module}.{each.name}" for each in node.names]
        elif isinstance(node, ast.Import):
            found = [each.name for each in node.names]
        yield from (each for each in found if re.match(r"(textual|rich)\b.*\._", each))


def private_members(tree: ast.AST) -> set[str]:
    """Return the private names that are defined, read or set in classes."""
    members = set()
    for top in ast.walk(tree):
        for node in ast.walk(top) if isinstance(top, ast.ClassDef) else ():
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                members.add(node.name)
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"):
                members.add(node.attr)
    return {name for name in members if is_private(name)}


@cache
def members_of_textual(*, driver: bool = False) -> frozenset[str]:
    """Return the private names of the classes that ours derive from; with `driver`, also those of driver classes."""
    found: set[str] = set()
    for module, name in (BASES | DRIVER_BASES if driver else BASES).items():
        tree = parsed(Path(str(importlib.import_module(module).__file__)))
        found.update(*(private_members(node) for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name))
    return frozenset(found)


def foreign_members(tree: ast.AST) -> set[str]:
    """Return the private names that are read from objects of classes outside the file."""
    read = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and is_private(node.attr)]
    own = private_members(tree)
    return {
        node.attr for node in read if node.attr not in own and not (isinstance(node.value, ast.Name) and node.value.id == "os")
    }


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_private_part_is_used_elsewhere(path: Path) -> None:
    tree = parsed(path)
    assert list(private_imports(tree)) == []
    assert private_members(tree) & members_of_textual() == set(), "a private name of Textual's is read or replaced"
    assert foreign_members(tree) == set(), "a private name of another object is read"


def test_the_list_of_private_parts_is_complete() -> None:
    used: set[str] = set()
    for tree in map(parsed, TERMINAL.glob("*.py")):
        used |= {name.rpartition(".")[2] for name in private_imports(tree)}
        used |= private_members(tree) & members_of_textual(driver=True) | foreign_members(tree)
    list_of_code, _tests = (terminal.__doc__ or "").split("The tests use")
    names = {name.rpartition(".")[2] for name in re.findall(r"`([\w.]+)`", list_of_code)}
    assert used == names - {"linux_driver"}
