"""Chunks that are compressed separately form one stream."""

from __future__ import annotations

import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as some
from isal.isal_zlib import crc32_combine

from hctui.archive.deflate import END, WINDOW, compress_chunk, compress_member
from hctui.model import Level

DEFLATING = [Level.MIN, Level.MEDIUM, Level.MAX]
PIECES = some.one_of(
    some.binary(max_size=200),
    some.builds(lambda unit, times: unit * times, some.binary(min_size=1, max_size=9), some.integers(1, 30_000)),
    some.builds(random.Random(4).randbytes, some.sampled_from([33_000, 70_000, 140_000])),
)


@pytest.mark.parametrize("level", DEFLATING)
@given(chunks=some.lists(PIECES, min_size=1, max_size=6))
def test_chunks_make_one_stream(level: Level, chunks: list[bytes]) -> None:
    window, stream, checksum = b"", b"", 0
    for chunk in chunks:
        packed = compress_chunk(chunk, window, level)
        assert packed.size == len(chunk)
        stream += packed.data
        checksum = crc32_combine(checksum, packed.crc, packed.size)
        window = chunk[-WINDOW:]
    inflater = zlib.decompressobj(-15)
    data = b"".join(chunks)
    assert inflater.decompress(stream + END) == data
    assert inflater.eof and not inflater.unused_data
    assert checksum == zlib.crc32(data)


@pytest.mark.parametrize("level", list(Level))
@given(data=PIECES)
def test_a_whole_member_never_grows(level: Level, data: bytes) -> None:
    packed, deflated = compress_member(data, level)
    assert len(packed.data) <= len(data)
    assert (zlib.decompress(packed.data, -15) if deflated else packed.data) == data
    assert packed.crc == zlib.crc32(data)


def test_a_chunk_can_refer_to_the_window_before_it() -> None:
    chunk = random.Random(1).randbytes(WINDOW // 2)
    for level in DEFLATING:
        assert len(compress_chunk(chunk, chunk, level).data) < len(chunk) / 10 < len(compress_chunk(chunk, b"", level).data)


def test_incompressible_chunks_become_stored_blocks() -> None:
    noise = random.Random(1).randbytes(1 << 20)
    for level in DEFLATING:
        assert len(compress_chunk(noise, b"", level).data) <= len(noise) + 5 * 17
