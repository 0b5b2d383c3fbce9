"""One member on its way out of an archive: the shape of reading.

    first thread   under AES, reads ciphertext and hashes it  }
    second thread  reads, deciphers and inflates              }  in order, a few pieces ahead of each other
    caller         CRC, BLAKE3, writes                        }

Where there is nothing to hash the second thread reads by itself: what is handed over costs more than it takes to read it. A
member that fits in one piece is read in the caller's thread alone.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TypeVar

import pyzipper.zipfile_aes as aes
from isal import isal_zlib
from pyzipper import ZIP_DEFLATED

from hctui.archive.ciphers import AUTHENTICATION_SIZE, AesDecrypter, Bytes, ZipCryptoDecrypter
from hctui.archive.directory import Entry

T = TypeVar("T")
PIECE = 1 << 19
"""Bytes read at a time."""
CHUNK = 1 << 21
"""Bytes inflated at a time, at the most."""
_AHEAD = 4


class _Window:
    """What pyzipper reads a member through; several may read one file."""

    def __init__(self, descriptor: int, position: int) -> None:
        self._descriptor = descriptor
        self._position = position

    def read(self, size: int) -> bytes:
        data = os.pread(self._descriptor, size, self._position)
        self._position += len(data)
        return data

    def tell(self) -> int:
        return self._position

    def close(self) -> None:
        """Leave the file open for the others."""


class MemberStream(aes.AESZipExtFile):
    """pyzipper's member, with our ciphers and ISA-L in its hooks, read in pieces."""

    _zinfo: Entry
    _fileobj: _Window
    _decrypter: AesDecrypter | ZipCryptoDecrypter | None
    _decompressor: isal_zlib.Decompress | None

    def __init__(self, descriptor: int, entry: Entry, password: bytes) -> None:
        """Read up to the data. Raises `WrongKey`, and what `failures.reading` maps."""
        super().__init__(_Window(descriptor, entry.header_offset), "r", entry, True, password)

    def setup_decrypter(self) -> type[AesDecrypter | ZipCryptoDecrypter]:
        """Read the cipher's header."""
        strong = self._zinfo.wz_aes_strength is not None
        trailer = AUTHENTICATION_SIZE if strong else 0
        self.encryption_header = self._fileobj.read(self._zinfo.overhead - trailer)
        self._orig_compress_left -= self._zinfo.overhead
        return AesDecrypter if strong else ZipCryptoDecrypter

    def get_decompressor(self, compress_type: int) -> isal_zlib.Decompress | None:
        """Inflate by ISA-L; stored members need nothing."""
        return isal_zlib.decompressobj(-15) if compress_type == ZIP_DEFLATED else None

    def chunks(self) -> Generator[Bytes]:
        """Yield the member's bytes, one more chunk than it declares at the most. Raises what `failures.reading` maps."""
        if self._compress_left <= PIECE:
            yield from self._inflated(self._packed())
            return
        hashed = isinstance(self._decrypter, AesDecrypter)
        with (
            closing(_ahead(self._packed()) if hashed else self._packed()) as packed,
            closing(_ahead(self._inflated(packed))) as inflated,
        ):
            yield from inflated

    def _packed(self) -> Generator[bytes]:
        while self._compress_left:
            data = self._fileobj.read(min(PIECE, self._compress_left))
            if not data:
                raise EOFError
            self._compress_left -= len(data)
            if self._decrypter:
                self._decrypter.authenticate(data)
            yield data
        if self._decrypter and not self._decrypter.proves(self._trailer()):
            raise aes.BadZipFile("authentication code")

    def _trailer(self) -> bytes:
        strong = isinstance(self._decrypter, AesDecrypter)
        return self._fileobj.read(AUTHENTICATION_SIZE) if strong else b""

    def _inflated(self, packed: Iterator[bytes]) -> Generator[Bytes]:
        inflater = self._decompressor
        for data in packed:
            plain: Bytes = self._decrypter.decipher(data) if self._decrypter else data
            if inflater is None:
                yield plain
                continue
            if inflater.eof:
                raise aes.BadZipFile("bytes behind the end")
            while plain:
                yield inflater.decompress(plain, CHUNK)
                plain = inflater.unconsumed_tail
        if inflater is not None:
            while rest := inflater.decompress(b"", CHUNK):
                yield rest
            if not inflater.eof or inflater.unused_data:
                raise EOFError


def _ahead(source: Iterator[T]) -> Generator[T]:
    """Yield what `source` yields, run in a thread of its own a few items ahead."""
    with ThreadPoolExecutor(1, "read") as pool:
        pending = deque(pool.submit(next, source, None) for _ in range(_AHEAD))
        try:
            while (item := pending.popleft().result()) is not None:
                pending.append(pool.submit(next, source, None))
                yield item
        finally:
            pool.shutdown(cancel_futures=True)
