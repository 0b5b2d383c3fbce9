"""Tests of the English in hctui: words that are not used in names, docstrings and comments; the first word of a module."""

from __future__ import annotations

import ast
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOT_CLEAN: tuple[str, ...] = ()
"""Packages and modules whose English is still to be corrected; remove an entry when it is done."""
FILE_METHODS = {"tell"}
"""Methods of Python's file objects, which a class of ours may have to define."""
_BEGINNING = re.compile(r"(What|Where|Which|How|One|Whether|Who)\b")
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_CODE = re.compile(r"`[^`]*`")
_LIST = re.compile(r"<!-- words not used -->(.*?)<!-- end -->", re.DOTALL)


def unused_words() -> frozenset[str]:
    """Return the words in the first column of the table in CONTRIBUTING.md."""
    found = _LIST.search((ROOT / "docs" / "CONTRIBUTING.md").read_text("utf-8"))
    assert found is not None
    rows = [line.split("|")[1] for line in found[1].strip().splitlines()[2:]]
    return frozenset(word.strip() for row in rows for word in row.split(","))


def modules() -> list[Path]:
    """Return the modules of hctui that are checked."""
    paths = sorted((ROOT / "hctui").rglob("*.py"))
    return [path for path in paths if not path.relative_to(ROOT).as_posix().startswith(NOT_CLEAN)]


def identifiers(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield line and name of everything that a module defines; names that it only uses may be those of other libraries."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) if name not in FILE_METHODS:
                yield node.lineno, name
            case ast.ClassDef(name=name) | ast.ExceptHandler(name=str(name)) | ast.alias(asname=str(name)):
                yield node.lineno, name
            case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield node.lineno, name


def docstrings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield line and text of each line of a docstring, also of those below attributes; names between backticks are left out."""
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant(value=str(text))):
                yield from enumerate(_CODE.sub("", text).split("\n"), node.lineno)


def comments(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line and text of each comment."""
    with tokenize.open(path) as file:
        for token in tokenize.generate_tokens(file.readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string


def test_words_that_are_not_used() -> None:
    found, words = [], unused_words()
    assert "tell" in words
    for path in modules():
        tree = ast.parse(path.read_text("utf-8"))
        for line, text in (*identifiers(tree), *docstrings(tree), *comments(path)):
            found += [
                f"{path.relative_to(ROOT)}:{line}: {word}"
                for word in (each.lower() for each in _WORD.findall(text))
                if word in words
            ]
    assert not found, "\n".join(found)


def test_module_docstrings_say_what_the_module_holds_or_does() -> None:
    found = [
        f"{path.relative_to(ROOT)}:1: {documentation.partition(chr(10))[0]}"
        for path in modules()
        if (documentation := ast.get_docstring(ast.parse(path.read_text("utf-8")))) and _BEGINNING.match(documentation)
    ]
    assert not found, "\n".join(found)
