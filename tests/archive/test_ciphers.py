"""The counter mode made of single blocks, compared with pycryptodomex's."""

from __future__ import annotations

import sys

import pytest
from Cryptodome.Cipher import AES
from Cryptodome.Util import Counter
from hypothesis import given
from hypothesis import strategies as some

from hctui.archive import _cy_counter, ciphers

KEY = bytes(range(32))


@pytest.mark.skipif(sys.byteorder != "little", reason="this form is for little-endian machines only")
@pytest.mark.parametrize("size", [16, 24, 32])
@given(pieces=some.lists(some.binary(max_size=70), max_size=6))
def test_counter_mode_equals_that_of_pycryptodomex(size: int, pieces: list[bytes]) -> None:
    ours = ciphers._CounterMode(KEY[:size])
    theirs = AES.new(KEY[:size], AES.MODE_CTR, counter=Counter.new(128, little_endian=True))
    for piece in pieces:
        assert ours.apply(piece) == theirs.encrypt(piece)


def test_without_a_compiler_the_other_form_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    data = bytes(range(256)) * 300
    usual = ciphers.counter_mode(KEY)
    monkeypatch.setattr(_cy_counter, "is_compiled", lambda: False)
    other = ciphers.counter_mode(KEY)
    assert usual(data[:1001]) + usual(data[1001:]) == other(data)
