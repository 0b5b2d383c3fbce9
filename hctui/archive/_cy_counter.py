# cython: language_level=3, boundscheck=False, wraparound=False, freethreading_compatible=True
"""Helpers for AES in WinZip's counter mode, which `ciphers` uses if they are compiled.

OpenSSL and pycryptodomex encrypt single blocks five times as fast as pycryptodomex runs its little-endian counter mode. So
the counters are written here, all of them are encrypted there in one call, and the result is combined with the data here. This
is done strip by strip, in memory that stays in the processor's cache.
"""

from __future__ import annotations

try:
    import cython  # type: ignore[import-untyped]  # the compiler looks for this very line
except ModuleNotFoundError:
    from hctui.archive import _cython as cython

BLOCK = 16
"""Bytes of an AES block."""


def is_compiled() -> bool:
    """Return whether this module is compiled."""
    return bool(cython.compiled)


def fill(blocks: bytearray, first: int) -> None:
    """Fill `blocks` with consecutive numbers from `first` on, each in 16 bytes, the lowest byte first; all below 2**64.

    Only for little-endian machines.
    """
    view: cython.ulonglong[::1] = memoryview(blocks).cast("Q")
    number: cython.ulonglong = first
    index: cython.Py_ssize_t
    count: cython.Py_ssize_t = len(blocks) // 16
    with cython.nogil:
        for index in range(count):
            view[2 * index] = number
            view[2 * index + 1] = 0
            number += 1


def lay_over(data: bytearray, start: int, stream: bytearray, skip: int, size: int) -> None:
    """XOR `size` bytes of `stream`, from its byte `skip` on, into `data`, from its byte `start` on."""
    view: cython.uchar[::1] = data
    other: cython.uchar[::1] = stream
    to: cython.Py_ssize_t = start
    begin: cython.Py_ssize_t = skip
    index: cython.Py_ssize_t
    count: cython.Py_ssize_t = size
    with cython.nogil:
        for index in range(count):
            view[to + index] ^= other[begin + index]
