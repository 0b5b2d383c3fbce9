"""Deflate of one member on all cores: the shape of it.

A member is cut into chunks of `CHUNK` bytes. Each is compressed on its own, in any thread, by a compressor primed with the
32 KiB before it, as if it had seen them; and each ends with a sync flush, on a byte boundary. Laid end to end in order, with
an empty last block behind them, they are one ordinary deflate stream, no larger than one made in one go but for the five
bytes a flush takes. CRCs of chunks are combined likewise.

Before a chunk is compressed a sample of it is: what does not shrink (images) goes out as stored blocks at the speed of memory.

Mínimo is ISA-L's level 2, four times as fast on a core as `zip -1` and smaller. Médio is zlib-ng's level 6, three times as fast
on a core as `zip -6` and within a hundredth of its size: level 7, 2% smaller, takes 1.6 times as long. Máximo is its level 8.
"""

from __future__ import annotations

from typing import Protocol

from isal import isal_zlib
from msgspec import Struct
from zlib_ng import zlib_ng

from hctui.model import Level

CHUNK = 1 << 20
"""Bytes read, compressed and written at a time."""
WINDOW = 1 << 15
"""How far back deflate looks."""
END = b"\x03\x00"
"""An empty last block."""
_ISAL_MEMORY = 5
_ZLIB_MEMORY = 8
"""Not the most: more and smaller blocks suit databases' pages better."""
_STORED_BLOCK = 0xFFFF
_SAMPLES = 4
_SAMPLE = 2048
_UNTRIED = 1 << 15
"""Bytes of a chunk that is compressed without a sample: that would take nearly as long."""
_WORTHWHILE = 0.95
"""What a sample must shrink to before its chunk is compressed."""


class _Compressor(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...
    def flush(self, mode: int, /) -> bytes: ...


class Packed(Struct, frozen=True):
    """A chunk, ready to be enciphered and written."""

    data: bytes
    size: int
    """Before packing."""
    crc: int


def pack(chunk: bytes, window: bytes, level: Level) -> Packed:
    """Compress a chunk that other chunks of the member follow; `window` is the 32 KiB before it."""
    if level is Level.NONE:
        data = chunk
    elif _shrinks(chunk):
        compressor = _compressor(level, window)
        data = compressor.compress(chunk) + compressor.flush(zlib_ng.Z_SYNC_FLUSH)
    else:
        data = _stored_blocks(chunk)
    return Packed(data, len(chunk), _crc32(chunk))


def pack_whole(chunk: bytes, level: Level) -> tuple[Packed, bool]:
    """Compress all of a member; tell whether it is deflated or, where that would not be smaller, stored."""
    data = chunk
    if level is not Level.NONE and _shrinks(chunk):
        compressor = _compressor(level, b"")
        data = compressor.compress(chunk) + compressor.flush(zlib_ng.Z_FINISH)
    deflated = len(data) < len(chunk)
    return Packed(data if deflated else chunk, len(chunk), _crc32(chunk)), deflated


def _crc32(chunk: bytes) -> int:
    """Return a checksum; called after ISA-L in its thread, never before.

    ISA-L leaves the upper halves of the vector registers in use, and until something clears them, as this does, the SSE code of
    OpenSSL's key derivation runs at half its speed: 5,000 members under AES took 6.2 s instead of 3.3 s.
    """
    return zlib_ng.crc32(chunk)


def _compressor(level: Level, window: bytes) -> _Compressor:
    """Return what compresses a chunk, primed with what came before it."""
    if level is Level.MIN:
        return isal_zlib.compressobj(2, isal_zlib.DEFLATED, -15, _ISAL_MEMORY, 0, window)
    return zlib_ng.compressobj(8 if level is Level.MAX else 6, zlib_ng.DEFLATED, -15, _ZLIB_MEMORY, 0, window)


def _shrinks(chunk: bytes) -> bool:
    if len(chunk) <= _UNTRIED:
        return True
    step = len(chunk) // _SAMPLES
    sample = b"".join(chunk[start : start + _SAMPLE] for start in range(0, step * _SAMPLES, step))
    return len(isal_zlib.compress(sample, 1, -15)) < _WORTHWHILE * len(sample)


def _stored_blocks(chunk: bytes) -> bytes:
    view = memoryview(chunk)
    pieces: list[bytes | memoryview] = []
    for start in range(0, len(chunk), _STORED_BLOCK):
        piece = view[start : start + _STORED_BLOCK]
        size = len(piece)
        pieces.append(b"\x00" + size.to_bytes(2, "little") + (size ^ 0xFFFF).to_bytes(2, "little"))
        pieces.append(piece)
    return b"".join(pieces)
