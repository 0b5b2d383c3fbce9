"""Tests of the names of backup files."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from hctui.errors import InvalidName
from hctui.operations import default_name, validate_name

NOW = datetime(2026, 11, 22, 19, 30)
WORSE = ("con", "NUL.bkb", "lpt1.tar", "com¹", "a.", "x" * 247, "é" * 124, "\udce9", "\u202etxt")


@pytest.mark.parametrize(
    "name", ["cópia", "cópia.bkb", "A.BKB", "HIPERCUSTO+LOJA_2026-11-22_19h30.bkb", "x" * 246, "com.dbf.bkb2"]
)
def test_good_names_are_accepted(name: str) -> None:
    found = validate_name(name)
    assert found in (name, name + ".bkb")
    assert found.lower().endswith(".bkb")


@pytest.mark.parametrize(
    "name",
    [
        "",
        "  ",
        ".",
        "..",
        ".bkb",
        "a/b",
        "a\\b",
        "a:b",
        "a*",
        "a?",
        'a"',
        "<a",
        "a>",
        "a|b",
        "a\0b",
        "a\nb",
        "\x1b[2J",
        " a",
        "a ",
        *WORSE,
    ],
)
def test_bad_names_are_refused_with_a_reason(name: str) -> None:
    with pytest.raises(InvalidName) as caught:
        validate_name(name)
    assert str(caught.value.message.values["reason"])
    str(caught.value).encode()


def test_default_names_have_aliases_and_time(tmp_path: Path) -> None:
    assert default_name(["LOJA"], NOW) == "LOJA_2026-11-22_19h30.bkb"
    assert default_name(["LOJA", "FABRICA"], NOW) == "LOJA+FABRICA_2026-11-22_19h30.bkb"
    assert default_name(["A", "B", "C", "D"], NOW) == "A+3_2026-11-22_19h30.bkb"
    (tmp_path / "LOJA_2026-11-22_19h30.bkb").touch()
    (tmp_path / "LOJA_2026-11-22_19h30_2.bkb.part").touch()
    assert default_name(["LOJA"], NOW, tmp_path) == "LOJA_2026-11-22_19h30_3.bkb"


def test_every_default_name_is_valid() -> None:
    for aliases in (["A" * 64], ["A" * 64, "B" * 64], ["A" * 64] * 9):
        assert validate_name(default_name(aliases, NOW))
