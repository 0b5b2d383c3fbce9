"""Writing of members through the pipeline: small ones whole and in batches, large ones chunk by chunk."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from functools import partial
from typing import BinaryIO

from blake3 import blake3
from isal.isal_zlib import crc32_combine
from msgspec import Struct
from pyzipper import ZIP_DEFLATED, ZIP_STORED

from hctui.archive import deflate
from hctui.archive.ciphers import AesEncrypter, Bytes, ZipCryptoEncrypter
from hctui.archive.container import DATA_DESCRIPTOR, Container, Encrypter, MemberHeader, mark_encrypted
from hctui.archive.members import StoredMember
from hctui.archive.pipeline import HashStep, Pipeline, WriteStep
from hctui.disk.errors import reason
from hctui.errors import ReadFailed
from hctui.events import Reporter
from hctui.model import Encryption, Level

BATCH = 32
"""Most small members that one core compresses at a time."""
QUICK = 1 << 15
"""Largest member, in bytes, that is compressed at once: handing it to another thread and back would take longer."""
FIRST_READ = 1 << 16
"""Bytes of the first read of a member, which may be small."""


class ChunkReader:
    """Reads the source of a member in chunks of equal size, and hashes and reports what it reads."""

    def __init__(self, file: BinaryIO, name: str, reporter: Reporter | None) -> None:
        self._file = file
        self._name = name
        self._reporter = reporter
        self._hash = blake3()
        self._size = 0
        self._next_read = FIRST_READ

    def chunk(self) -> bytes:
        """Return the next `deflate.CHUNK` bytes, fewer only at the end. Raises `ReadFailed`."""
        try:
            data = b"".join(self._pieces())
        except OSError as error:
            raise ReadFailed(path=self._name, reason=reason(error)) from error
        self._hash.update(data)
        self._size += len(data)
        if self._reporter is not None:
            self._reporter.advance(len(data))
        return data

    def _pieces(self) -> Iterator[bytes]:
        """Yield one chunk in pieces. A read allocates all it asks for, so it asks for a whole chunk only after a full read."""
        missing = deflate.CHUNK
        while missing and (piece := self._file.read(asked := min(self._next_read, missing))):
            self._next_read = deflate.CHUNK if len(piece) == asked else FIRST_READ
            missing -= len(piece)
            yield piece

    def stored(self) -> StoredMember:
        """Return size and hash of everything that was read."""
        return StoredMember(self._size, self._hash.hexdigest())


class MemberCipher(Struct, frozen=True):
    """The standard and the password that members are encrypted with."""

    encryption: Encryption
    password: bytes

    def encrypter(self, check: int) -> Encrypter:
        """Return the encrypter of one member; `check` is the byte by which ZipCrypto detects wrong passwords."""
        if self.encryption is Encryption.ZIPCRYPTO:
            return ZipCryptoEncrypter(self.password, check)
        return AesEncrypter(self.password, self.encryption)


class _SmallMember(Struct, frozen=True):
    header: MemberHeader
    data: bytes
    level: Level
    cipher: MemberCipher | None

    def is_quick(self) -> bool:
        """Return whether compressing it takes less time than Python's threads take to wait for each other."""
        return self.cipher is None and self.level in (Level.NONE, Level.MIN) and len(self.data) <= QUICK

    def stored(self) -> tuple[MemberHeader, Bytes]:
        """Compress and encrypt; return the completed header, and the bytes to write after it."""
        compressed, deflated = deflate.compress_member(self.data, self.level)
        header = self.header
        data: Bytes = compressed.data
        header.compress_type = ZIP_DEFLATED if deflated else ZIP_STORED
        if self.cipher:
            encrypter = self.cipher.encrypter(compressed.crc >> 24)
            mark_encrypted(header, encrypter)
            start = encrypter.header()
            ciphertext = encrypter.encrypt(compressed.data)
            encrypter.authenticate(ciphertext)
            data = start + ciphertext + encrypter.trailer()
        header.CRC, header.file_size, header.compress_size = compressed.crc, compressed.size, len(data)
        return header, data


def _stored_batch(batch: list[_SmallMember]) -> list[tuple[MemberHeader, Bytes]]:
    return [small.stored() for small in batch]


class _LargeMember:
    """A member of several chunks; every public method is a step of the cipher thread."""

    def __init__(self, container: Container, header: MemberHeader, level: Level, future: Future[Encrypter] | None) -> None:
        """Take an encrypter whose keys are still being derived, which takes a millisecond."""
        self._container = container
        self._header = header
        self._future = future
        self._encrypter: Encrypter | None = None
        header.compress_type = ZIP_STORED if level is Level.NONE else ZIP_DEFLATED
        self._end = b"" if level is Level.NONE else deflate.END

    def begin(self) -> HashStep:
        header = self._header
        if self._future:
            self._encrypter = self._future.result()
            mark_encrypted(header, self._encrypter)
            if isinstance(self._encrypter, ZipCryptoEncrypter):
                header.flag_bits |= DATA_DESCRIPTOR  # without it the check byte would be of the CRC, which is not known yet
        start: Bytes = self._encrypter.header() if self._encrypter else b""

        def write() -> None:
            self._container.begin(header)
            self._write(start)

        return lambda: write

    def chunk(self, future: Future[deflate.Compressed]) -> HashStep:
        compressed = future.result()
        data = self._encrypted(compressed.data)

        def write() -> None:
            self._write(data)
            self._header.CRC = crc32_combine(self._header.CRC, compressed.crc, compressed.size)
            self._header.file_size += compressed.size

        return lambda: self._authenticated(data, write)

    def end(self) -> HashStep:
        data = self._encrypted(self._end)

        def write() -> None:
            self._write(data)
            self._write(self._encrypter.trailer() if self._encrypter else b"")
            self._container.end(self._header)

        return lambda: self._authenticated(data, write)

    def discard(self) -> HashStep:
        return lambda: lambda: self._container.discard(self._header)

    def _encrypted(self, data: bytes) -> Bytes:
        return self._encrypter.encrypt(data) if self._encrypter else data

    def _authenticated(self, data: Bytes, write: WriteStep) -> WriteStep:
        if self._encrypter:
            self._encrypter.authenticate(data)
        return write

    def _write(self, data: Bytes) -> None:
        self._header.compress_size += len(data)
        self._container.feed(data)


class MemberWriter:
    """Compresses and encrypts members and writes them in order, through the pipeline."""

    def __init__(self, container: Container, pipeline: Pipeline) -> None:
        self._container = container
        self._pipeline = pipeline
        self._batch: list[_SmallMember] = []
        self._batch_size = 0

    def add(self, header: MemberHeader, source: ChunkReader, level: Level, cipher: MemberCipher | None) -> None:
        """Read all of `source` and queue it. Raises what reading it raises; the member is then not in the archive."""
        first = source.chunk()
        if len(first) < deflate.CHUNK:
            self._batch.append(_SmallMember(header, first, level, cipher))
            self._batch_size += len(first)
            if self._batch_size >= deflate.CHUNK or len(self._batch) == BATCH:
                self.flush()
        else:
            self.flush()
            future = self._pipeline.submit(cipher.encrypter, header.get_dostime() >> 8) if cipher else None
            self._add_large(_LargeMember(self._container, header, level, future), first, source, level)

    def flush(self) -> None:
        """Queue the small members of the batch, full or not."""
        if not self._batch:
            return
        if all(small.is_quick() for small in self._batch):
            members = _stored_batch(self._batch)
            self._pipeline.put(lambda: self._append_all(members), self._batch_size)
        else:
            future = self._pipeline.submit(_stored_batch, self._batch)
            self._pipeline.put(lambda: self._append_all(future.result()), self._batch_size)
        self._batch, self._batch_size = [], 0

    def _append_all(self, members: list[tuple[MemberHeader, Bytes]]) -> HashStep:
        """Return the step that writes members, which are authenticated already."""

        def write() -> None:
            for header, data in members:
                self._container.append(header, data)

        return lambda: write

    def _add_large(self, large: _LargeMember, chunk: bytes, source: ChunkReader, level: Level) -> None:
        window = b""
        last_step = large.discard
        self._pipeline.put(large.begin, 0)
        try:
            while chunk:
                future = self._pipeline.submit(deflate.compress_chunk, chunk, window, level)
                self._pipeline.put(partial(large.chunk, future), len(chunk))
                window = chunk[-deflate.WINDOW :]
                chunk = source.chunk()
            last_step = large.end
        finally:
            self._pipeline.put(last_step, 0)
