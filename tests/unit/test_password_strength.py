"""The strength of passwords."""

from __future__ import annotations

import pytest

from hctui.password_strength import strength


@pytest.mark.parametrize(
    ("password", "bars"),
    [("123456", 1), ("senha123", 1), ("hipercusto2026", 2), ("girafa-plana-7-vidro", 4), ("x" * 5000, 1)],
)
def test_common_passwords_are_weak(password: str, bars: int) -> None:
    assert strength(password).bars == bars


def test_known_words_make_a_password_weaker() -> None:
    assert strength("Zwqhipercusto", ["Zwqhipercusto"]).bars < strength("Zwqhipercusto").bars
