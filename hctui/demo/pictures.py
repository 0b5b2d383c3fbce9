"""Small PNG pictures, made without an image library."""

from __future__ import annotations

import struct
import zlib
from random import Random

SIDE = 40
"""Pixels on each side."""
_ROW = struct.Struct(f"B{SIDE * 3}s")


def picture(random: Random) -> bytes:
    """Return a PNG of a few kilobytes: a square of one colour with noise, different for each state of `random`."""
    grain = random.randbytes(SIDE * SIDE * 3 // 2)
    shade = bytes((random.randrange(256), random.randrange(256), random.randrange(256)))
    pixels = (grain + shade * (SIDE * SIDE // 2))[: SIDE * SIDE * 3]
    lines = b"".join(_ROW.pack(0, pixels[y * SIDE * 3 : (y + 1) * SIDE * 3]) for y in range(SIDE))
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(lines, 1)) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
