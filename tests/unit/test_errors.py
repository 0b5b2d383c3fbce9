"""Every error is one whole sentence, in both languages."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from hctui import errors
from hctui.errors import ExitCode, HctuiError
from hctui.i18n import language
from hctui.messages import Message, Value, message, plural


def leaves(kind: type[HctuiError] = HctuiError) -> Iterator[type[HctuiError]]:
    """Yield all classes of errors below `kind`."""
    for each in kind.__subclasses__():
        yield each
        yield from leaves(each)


def filled(text: str) -> dict[str, Value]:
    """Return a value for every placeholder of a text."""
    names = [name for _, name, _, _ in string.Formatter().parse(text) if name]
    return {name: 1_500_000 if name.endswith("_bytes") else f"<{name}>" for name in names}


@pytest.mark.parametrize("code", language.LANGUAGES)
@pytest.mark.parametrize("kind", list(leaves()), ids=lambda kind: kind.__name__)
def test_every_error_renders_with_its_values(kind: type[HctuiError], code: str) -> None:
    language.activate(code)
    values = filled(kind.text)
    error = kind(**values)
    sentence = language.render(error.message)
    for name, value in values.items():
        shown = language.size(int(value)) if name.endswith("_bytes") else str(value)
        assert shown in sentence
    assert "{" not in sentence
    assert sentence == str(sentence).strip() and (sentence[-1] in ".?" or kind.text.endswith("}"))


def tree() -> dict[str, int]:
    """Return the exit codes of the errors as the docstring draws them: that of their line, else that of their branch."""
    assert errors.__doc__ is not None
    found: dict[str, int] = {}
    branch = ExitCode.FAILED
    for line in re.findall(r"^(?:HctuiError|[├└│]).*", errors.__doc__, re.MULTILINE):
        code = re.search(r"exit (\d+)", line)
        of_branch = not line.startswith("│")
        if of_branch:
            branch = ExitCode(int(code[1]) if code else 1)
        found |= {
            name: int(code[1]) if code else branch
            for name in re.findall(r"\b[A-Z][a-z]+(?:[A-Z][a-z]*)+\b|Cancelled|Interrupted", line)
        }
    return found


def test_the_tree_in_the_docstring_has_every_error_with_its_code() -> None:
    known = {kind.__name__: int(kind.exit_code) for kind in (HctuiError, *leaves()) if kind.__module__ == errors.__name__}
    assert tree() == known


def test_the_documentation_has_every_error_with_its_code() -> None:
    page = (Path(errors.__file__).parents[1] / "docs" / "EXIT_CODES.md").read_text("utf-8")
    rows = {int(code): tags for code, tags in re.findall(r"^\| (\d+) \|.*\| (.*?) ?\|$", page, re.MULTILINE)}
    assert rows.keys() == {*ExitCode}
    listed = [(tag, code) for code, tags in rows.items() for tag in re.findall(r"`([a-z-]+)`(?! of a job)", tags)]
    assert len(listed) == len(dict(listed))
    assert dict(listed) == {kind.tag: kind.exit_code for kind in leaves() if kind.__module__ == errors.__name__}


def test_the_text_of_an_error_in_a_traceback_is_english() -> None:
    assert str(errors.NothingToUndo(alias="A")) == "A: there is no restore to undo."


def test_a_message_is_its_english_sentence() -> None:
    reason = message("“{key}” is wrong.", key="x")
    assert str(message("No: {reason}", reason=reason)) == "No: “x” is wrong."
    assert str(plural("{count} table", "{count} tables", 1)) == "1 table"
    assert str(plural("{count} table", "{count} tables", 0)) == "0 tables"
    assert Message("a") == message("a")
