"""The ZipCrypto cipher, compiled and as plain Python, compared with Python's own decrypter."""

from __future__ import annotations

import importlib.util
import zipfile
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as some

from hctui.archive import _cy_zipcrypto as installed


def _as_python() -> ModuleType:
    source = Path(installed.__file__).with_name("_cy_zipcrypto.py")
    spec = importlib.util.spec_from_file_location("_plain_zipcrypto", source)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PLAIN = _as_python()
FORMS = [
    pytest.param(PLAIN, id="python"),
    pytest.param(
        installed,
        id="compiled",
        marks=pytest.mark.skipif(not installed.is_compiled(), reason="there was no C compiler when hctui was installed"),
    ),
]


def test_python_is_not_compiled() -> None:
    assert not PLAIN.is_compiled()


@pytest.mark.parametrize("module", FORMS)
@given(password=some.binary(max_size=40), data=some.binary(max_size=600), cut=some.integers(0, 600))
def test_ciphertext_is_what_zipfile_expects(module: ModuleType, password: bytes, data: bytes, cut: int) -> None:
    ciphertext = [bytearray(data[:cut]), bytearray(data[cut:])]
    keys = module.initial_keys(password)
    for piece in ciphertext:
        module.encrypt(keys, piece)
    theirs = zipfile._ZipDecrypter(password)  # type: ignore[attr-defined]
    assert theirs(bytes(ciphertext[0] + ciphertext[1])) == data
    keys = module.initial_keys(password)
    for piece in ciphertext:
        module.decrypt(keys, piece)
    assert ciphertext[0] + ciphertext[1] == data


def test_both_forms_agree() -> None:
    data = bytes(range(256)) * 40
    outcomes = []
    for module in (PLAIN, installed):
        keys, ciphertext = module.initial_keys(b"senha"), bytearray(data)
        module.encrypt(keys, ciphertext)
        outcomes.append((list(keys), ciphertext))
    assert outcomes[0] == outcomes[1]
