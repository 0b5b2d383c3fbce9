"""Every error is one whole sentence, in both languages."""

from __future__ import annotations

import string
from collections.abc import Iterator

import pytest

from hctui import errors
from hctui.errors import HctuiError
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
    assert error.exit_code in (1, 2, 3, 4)


def test_the_tree_in_the_docstring_names_every_error() -> None:
    assert errors.__doc__ is not None
    named = set(errors.__doc__.replace("│", " ").split())
    missing = [kind.__name__ for kind in leaves() if kind.__name__ not in named and kind.__module__ == errors.__name__]
    assert missing == []


def test_the_text_of_an_error_in_a_traceback_is_english() -> None:
    assert str(errors.NothingToUndo(alias="A")) == "A: there is no restore to undo."


def test_a_message_is_its_english_sentence() -> None:
    reason = message("“{key}” is wrong.", key="x")
    assert str(message("No: {reason}", reason=reason)) == "No: “x” is wrong."
    assert str(plural("{count} table", "{count} tables", 1)) == "1 table"
    assert str(plural("{count} table", "{count} tables", 0)) == "0 tables"
    assert Message("a") == message("a")
