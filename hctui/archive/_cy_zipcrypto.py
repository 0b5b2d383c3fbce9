# cython: language_level=3, boundscheck=False, wraparound=False, freethreading_compatible=True
"""The ZipCrypto cipher, byte by byte. It is compiled if there was a C compiler; otherwise it runs as plain Python.

Every byte of plaintext changes three 32-bit keys, and the third key gives the next byte of the key stream. The keys are an
`array('I')` and the data is a `bytearray`, both changed in place, so that compiled code needs no Python object in its loops
and runs without the GIL. `mask` is a variable because a literal would be a Python int in compiled code.
"""

from __future__ import annotations

from array import array

try:
    import cython  # type: ignore[import-untyped]  # the compiler looks for this very line
except ModuleNotFoundError:
    from hctui.archive import _cython as cython


def is_compiled() -> bool:
    """Return whether this module is compiled."""
    return bool(cython.compiled)


def _crc_of_byte(value: int) -> int:
    for _ in range(8):
        value = (value >> 1) ^ 0xEDB88320 if value & 1 else value >> 1
    return value


TABLE = array("I", [_crc_of_byte(value) for value in range(256)])


def initial_keys(password: bytes) -> array[int]:
    """Return the keys that a password gives."""
    keys = array("I", [0x12345678, 0x23456789, 0x34567890])
    encrypt(keys, bytearray(password))
    return keys


def encrypt(keys: array[int], data: bytearray) -> None:
    """Encrypt `data` in place and advance the keys."""
    table: cython.uint[::1] = TABLE
    state: cython.uint[::1] = keys
    view: cython.uchar[::1] = data
    mask: cython.uint = 0xFFFFFFFF
    key0: cython.uint = state[0]
    key1: cython.uint = state[1]
    key2: cython.uint = state[2]
    plain: cython.uint
    mixed: cython.uint
    index: cython.Py_ssize_t
    size: cython.Py_ssize_t = len(data)
    with cython.nogil:
        for index in range(size):
            plain = view[index]
            mixed = (key2 | 2) & 0xFFFF
            view[index] = (plain ^ ((mixed * (mixed ^ 1)) >> 8)) & 0xFF
            key0 = (key0 >> 8) ^ table[(key0 ^ plain) & 0xFF]
            key1 = ((key1 + (key0 & 0xFF)) * 134775813 + 1) & mask
            key2 = (key2 >> 8) ^ table[(key2 ^ (key1 >> 24)) & 0xFF]
    state[0] = key0
    state[1] = key1
    state[2] = key2


def decrypt(keys: array[int], data: bytearray) -> None:
    """Decrypt `data` in place and advance the keys."""
    table: cython.uint[::1] = TABLE
    state: cython.uint[::1] = keys
    view: cython.uchar[::1] = data
    mask: cython.uint = 0xFFFFFFFF
    key0: cython.uint = state[0]
    key1: cython.uint = state[1]
    key2: cython.uint = state[2]
    plain: cython.uint
    mixed: cython.uint
    index: cython.Py_ssize_t
    size: cython.Py_ssize_t = len(data)
    with cython.nogil:
        for index in range(size):
            mixed = (key2 | 2) & 0xFFFF
            plain = (view[index] ^ ((mixed * (mixed ^ 1)) >> 8)) & 0xFF
            view[index] = plain
            key0 = (key0 >> 8) ^ table[(key0 ^ plain) & 0xFF]
            key1 = ((key1 + (key0 & 0xFF)) * 134775813 + 1) & mask
            key2 = (key2 >> 8) ^ table[(key2 ^ (key1 >> 24)) & 0xFF]
    state[0] = key0
    state[1] = key1
    state[2] = key2
