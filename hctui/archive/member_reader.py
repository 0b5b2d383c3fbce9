"""Reading of one member: decryption and decompression in threads.

    first thread   with AES, reads ciphertext and hashes it  }
    second thread  reads, decrypts and decompresses          }  in order, each a few pieces ahead of the next
    caller         CRC, BLAKE3, writes                       }

If there is nothing to hash, the second thread reads by itself: handing a piece over would cost more than reading it. A member
that fits in one piece is read in the caller's thread alone.
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
from hctui.archive.directory import DirectoryEntry

T = TypeVar("T")
PIECE = 1 << 19
"""Bytes read at a time."""
CHUNK = 1 << 21
"""Most bytes decompressed at a time."""
_AHEAD = 4


class _Cursor:
    """A position of its own in the file of the archive, so that several members can be read at once."""

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
        """Leave the file open for other members."""


class MemberStream(aes.AESZipExtFile):
    """pyzipper's stream of one member, with our ciphers and ISA-L in its hooks, read in pieces."""

    _zinfo: DirectoryEntry
    _fileobj: _Cursor
    _decrypter: AesDecrypter | ZipCryptoDecrypter | None
    _decompressor: isal_zlib.Decompress | None

    def __init__(self, descriptor: int, entry: DirectoryEntry, password: bytes) -> None:
        """Read everything before the data. Raises `WrongKey`, and what `errors.reading` maps."""
        super().__init__(_Cursor(descriptor, entry.header_offset), "r", entry, True, password)

    def setup_decrypter(self) -> type[AesDecrypter | ZipCryptoDecrypter]:
        """Read the header of the cipher; pyzipper's constructor calls this."""
        strong = self._zinfo.wz_aes_strength is not None
        trailer = AUTHENTICATION_SIZE if strong else 0
        self.encryption_header = self._fileobj.read(self._zinfo.cipher_size - trailer)
        self._orig_compress_left -= self._zinfo.cipher_size
        return AesDecrypter if strong else ZipCryptoDecrypter

    def get_decompressor(self, compress_type: int) -> isal_zlib.Decompress | None:
        """Return a decompressor of ISA-L, None for a stored member; pyzipper's constructor calls this."""
        return isal_zlib.decompressobj(-15) if compress_type == ZIP_DEFLATED else None

    def chunks(self) -> Generator[Bytes]:
        """Yield the bytes of the member, at most one chunk more than it declares. Raises what `errors.reading` maps."""
        if self._compress_left <= PIECE:
            yield from self._decompressed(self._stored_pieces())
            return
        hashed = isinstance(self._decrypter, AesDecrypter)
        with (
            closing(_read_ahead(self._stored_pieces()) if hashed else self._stored_pieces()) as pieces,
            closing(_read_ahead(self._decompressed(pieces))) as decompressed,
        ):
            yield from decompressed

    def _stored_pieces(self) -> Generator[bytes]:
        """Yield the bytes of the member as they are in the file, hashed; check the authentication code after the last."""
        while self._compress_left:
            data = self._fileobj.read(min(PIECE, self._compress_left))
            if not data:
                raise EOFError
            self._compress_left -= len(data)
            if self._decrypter:
                self._decrypter.authenticate(data)
            yield data
        if self._decrypter and not self._decrypter.is_authentic(self._trailer()):
            raise aes.BadZipFile("authentication code")

    def _trailer(self) -> bytes:
        return self._fileobj.read(AUTHENTICATION_SIZE) if isinstance(self._decrypter, AesDecrypter) else b""

    def _decompressed(self, pieces: Iterator[bytes]) -> Generator[Bytes]:
        decompressor = self._decompressor
        for piece in pieces:
            data: Bytes = self._decrypter.decrypt(piece) if self._decrypter else piece
            if decompressor is None:
                yield data
                continue
            if decompressor.eof:
                raise aes.BadZipFile("bytes after the end")
            while data:
                yield decompressor.decompress(data, CHUNK)
                data = decompressor.unconsumed_tail
        if decompressor is not None:
            while rest := decompressor.decompress(b"", CHUNK):
                yield rest
            if not decompressor.eof or decompressor.unused_data:
                raise EOFError


def _read_ahead(source: Iterator[T]) -> Generator[T]:
    """Yield the items of `source`, which runs in a thread of its own a few items ahead."""
    with ThreadPoolExecutor(1, "read") as pool:
        pending = deque(pool.submit(next, source, None) for _ in range(_AHEAD))
        try:
            while (item := pending.popleft().result()) is not None:
                pending.append(pool.submit(next, source, None))
                yield item
        finally:
            pool.shutdown(cancel_futures=True)
