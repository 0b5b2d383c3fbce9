"""Compression of one member on all cores (deflate).

A member is cut into chunks of `CHUNK` bytes. Any thread can compress any chunk: its compressor is given the 32 KiB before the
chunk as a dictionary, as if it had just compressed them, and ends the chunk with a sync flush, on a byte boundary. In order
and with an empty last block, the compressed chunks are one ordinary deflate stream. It is larger than a stream made in one go
only by the five bytes of each flush. The CRCs of chunks are combined in the same way.

A sample of each chunk is compressed first: a chunk that does not shrink (an image) becomes stored blocks, which is as fast as
copying memory.

Mínimo is ISA-L's level 2: on one core four times as fast as `zip -1`, and smaller. Médio is zlib-ng's level 6: on one core
three times as fast as `zip -6`, and within one percent of its size (level 7 is 2% smaller and takes 1.6 times as long).
Máximo is zlib-ng's level 8.
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
"""Bytes before a chunk that deflate can refer to."""
END = b"\x03\x00"
"""An empty last block."""
_ISAL_MEMORY = 5
_ZLIB_MEMORY = 8
"""Not the maximum (9): more and smaller blocks compress the pages of databases better."""
_STORED_BLOCK = 0xFFFF
_SAMPLES = 4
_SAMPLE = 2048
_LARGEST_UNSAMPLED = 1 << 15
"""Largest chunk, in bytes, that is compressed without a sample: compressing the sample would take nearly as long."""
_MAX_SAMPLE_RATIO = 0.95
"""A chunk is compressed if its sample shrinks to less than this part of its size."""


class _Compressor(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...
    def flush(self, mode: int, /) -> bytes: ...


class Compressed(Struct, frozen=True):
    """A compressed chunk."""

    data: bytes
    size: int
    """Bytes before compression."""
    crc: int


def compress_chunk(chunk: bytes, window: bytes, level: Level) -> Compressed:
    """Compress one of several chunks of a member; `window` is the 32 KiB before it."""
    if level is Level.NONE:
        data = chunk
    elif _shrinks(chunk):
        compressor = _compressor(level, window)
        data = compressor.compress(chunk) + compressor.flush(zlib_ng.Z_SYNC_FLUSH)
    else:
        data = _stored_blocks(chunk)
    return Compressed(data, len(chunk), _crc32(chunk))


def compress_member(content: bytes, level: Level) -> tuple[Compressed, bool]:
    """Compress a whole member; return it and whether it is deflated. It is stored if deflate would not make it smaller."""
    data = content
    if level is not Level.NONE and _shrinks(content):
        compressor = _compressor(level, b"")
        data = compressor.compress(content) + compressor.flush(zlib_ng.Z_FINISH)
    deflated = len(data) < len(content)
    return Compressed(data if deflated else content, len(content), _crc32(content)), deflated


def _crc32(chunk: bytes) -> int:
    """Return the CRC of a chunk. Call it after ISA-L in the same thread, never before.

    ISA-L leaves the upper halves of the vector registers in use. Until something clears them, as this function does, the SSE
    code of OpenSSL's key derivation runs at half its speed: 5,000 members with AES took 6.2 s instead of 3.3 s.
    """
    return zlib_ng.crc32(chunk)


def _compressor(level: Level, window: bytes) -> _Compressor:
    """Return a compressor that has `window`, the bytes before the chunk, as its dictionary."""
    if level is Level.MIN:
        return isal_zlib.compressobj(2, isal_zlib.DEFLATED, -15, _ISAL_MEMORY, 0, window)
    return zlib_ng.compressobj(8 if level is Level.MAX else 6, zlib_ng.DEFLATED, -15, _ZLIB_MEMORY, 0, window)


def _shrinks(chunk: bytes) -> bool:
    """Return whether a chunk is worth compressing, as far as a sample shows."""
    if len(chunk) <= _LARGEST_UNSAMPLED:
        return True
    step = len(chunk) // _SAMPLES
    sample = b"".join(chunk[start : start + _SAMPLE] for start in range(0, step * _SAMPLES, step))
    return len(isal_zlib.compress(sample, 1, -15)) < _MAX_SAMPLE_RATIO * len(sample)


def _stored_blocks(chunk: bytes) -> bytes:
    view = memoryview(chunk)
    pieces: list[bytes | memoryview] = []
    for start in range(0, len(chunk), _STORED_BLOCK):
        piece = view[start : start + _STORED_BLOCK]
        size = len(piece)
        pieces.append(b"\x00" + size.to_bytes(2, "little") + (size ^ 0xFFFF).to_bytes(2, "little"))
        pieces.append(piece)
    return b"".join(pieces)
