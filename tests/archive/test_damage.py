"""A small backup with each byte changed, and cut to each length: the damage is detected, or has no effect."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from hctui.archive import writer
from hctui.errors import HctuiError
from hctui.model import Encryption, Level, Manifest

PARTS = {"a.dbf": b"rows " * 12, "b.dbf": b"0123456789"}
CIPHERS = [None, Encryption.ZIPCRYPTO, Encryption.AES256]
Refusal = Callable[..., "HctuiError | dict[str, bytes]"]


@pytest.fixture
def original(
    request: pytest.FixtureRequest, write: Callable[..., tuple[Path, Manifest]], monkeypatch: pytest.MonkeyPatch
) -> bytes:
    """Return a tiny backup; derived keys are cached, for speed."""
    monkeypatch.setattr(writer, "readme_text", lambda manifest, encrypted: b"Leia-me.")
    monkeypatch.setattr(hashlib, "pbkdf2_hmac", cache(hashlib.pbkdf2_hmac))
    path, _ = write(PARTS, level=Level.MEDIUM, encryption=request.param)
    return path.read_bytes()


@pytest.mark.parametrize("original", CIPHERS, indirect=True, ids=str)
def test_every_byte_flipped(original: bytes, refusal: Refusal) -> None:
    intact = refusal(original)
    assert isinstance(intact, dict)
    found: Counter[str] = Counter()
    for position in range(len(original)):
        damaged = bytearray(original)
        damaged[position] ^= 1 << position % 8
        outcome = refusal(bytes(damaged))
        if isinstance(outcome, HctuiError):
            found[type(outcome).__name__] += 1
        else:
            assert outcome == intact, position
            found["without effect"] += 1
    assert found["DamagedArchive"] > len(original) / 3, found
    assert found["without effect"] < len(original) / 4, found  # times, versions, modes: the archive has them twice


@pytest.mark.parametrize("original", CIPHERS, indirect=True, ids=str)
def test_every_length(original: bytes, refusal: Refusal) -> None:
    for length in range(len(original)):
        assert isinstance(refusal(original[:length]), HctuiError), length


@pytest.mark.parametrize("original", CIPHERS, indirect=True, ids=str)
def test_blocks_zeroed_and_swapped(original: bytes, refusal: Refusal) -> None:
    intact = refusal(original)
    size = 32
    for start in range(0, len(original) - 2 * size, size):
        first, second = original[start : start + size], original[start + size : start + 2 * size]
        for changed in (bytes(size) + second, second + first):
            outcome = refusal(original[:start] + changed + original[start + 2 * size :])
            assert isinstance(outcome, HctuiError) or outcome == intact, start


def test_a_large_member_changed_anywhere(write: Callable[..., tuple[Path, Manifest]], refusal: Refusal) -> None:
    for encryption in CIPHERS:
        path, _ = write({"a.dbf": b"%099d\n" * 30_000 % tuple(range(30_000))}, encryption=encryption, name=f"{encryption}.bkb")
        original = path.read_bytes()
        for position in range(1000, len(original) - 3000, len(original) // 12):
            damaged = bytearray(original)
            damaged[position] ^= 0x10
            assert isinstance(refusal(bytes(damaged)), HctuiError), (encryption, position)
