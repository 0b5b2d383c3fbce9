"""Members on their way through the pipeline: small ones whole and in batches, large ones chunk by chunk."""

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
from hctui.archive.container import DATA_DESCRIPTOR, Container, Encrypter, Header, mark_encrypted
from hctui.archive.errors import system_reason
from hctui.archive.members import StoredMember
from hctui.archive.pipeline import Hashing, Output, Pipeline
from hctui.errors import ReadFailed
from hctui.events import Reporter
from hctui.model import Encryption, Level

BATCH = 32
"""Small members that one core takes at a time, at the most."""
QUICK = 1 << 15
"""Bytes of a member that is packed sooner at once than handed to another thread and back, where that is done fast."""
FIRST_READ = 1 << 16
"""What is asked for of a member that may be small."""


class Source:
    """What is read of a member: in chunks of one size, hashed and reported as it is read."""

    def __init__(self, file: BinaryIO, name: str, reporter: Reporter | None) -> None:
        self._file = file
        self._name = name
        self._reporter = reporter
        self._hash = blake3()
        self._size = 0
        self._ask = FIRST_READ

    def chunk(self) -> bytes:
        """Return the next `deflate.CHUNK` bytes, fewer only at the end. Raises `ReadFailed`."""
        try:
            data = b"".join(self._pieces())
        except OSError as error:
            raise ReadFailed(path=self._name, reason=system_reason(error)) from error
        self._hash.update(data)
        self._size += len(data)
        if self._reporter is not None:
            self._reporter.advance(len(data))
        return data

    def _pieces(self) -> Iterator[bytes]:
        """Yield one chunk; what a read asks for is allocated, so most is asked for only where much has come before."""
        missing = deflate.CHUNK
        while missing and (piece := self._file.read(asked := min(self._ask, missing))):
            self._ask = deflate.CHUNK if len(piece) == asked else FIRST_READ
            missing -= len(piece)
            yield piece

    def stored(self) -> StoredMember:
        """Return size and hash of all that was read."""
        return StoredMember(self._size, self._hash.hexdigest())


class Lock(Struct, frozen=True):
    """What members are enciphered with."""

    encryption: Encryption
    password: bytes

    def encrypter(self, check: int) -> Encrypter:
        """Return a cipher for one member; `check` is the byte that ZipCrypto tells wrong passwords by."""
        if self.encryption is Encryption.ZIPCRYPTO:
            return ZipCryptoEncrypter(self.password, check)
        return AesEncrypter(self.password, self.encryption)


class _Small(Struct, frozen=True):
    header: Header
    data: bytes
    level: Level
    lock: Lock | None

    def is_quick(self) -> bool:
        """Tell whether Python's threads would take longer to wait for each other than it takes to pack this."""
        return self.lock is None and self.level in (Level.NONE, Level.MIN) and len(self.data) <= QUICK

    def pack(self) -> tuple[Header, Bytes]:
        """Compress and encipher; the header gets its sums."""
        packed, deflated = deflate.pack_whole(self.data, self.level)
        head = self.header
        data: Bytes = packed.data
        head.compress_type = ZIP_DEFLATED if deflated else ZIP_STORED
        if self.lock:
            encrypter = self.lock.encrypter(packed.crc >> 24)
            mark_encrypted(head, encrypter)
            data = encrypter.encryption_header() + encrypter.encrypt(packed.data) + encrypter.flush()
        head.CRC, head.file_size, head.compress_size = packed.crc, packed.size, len(data)
        return head, data


def _pack_batch(batch: list[_Small]) -> list[tuple[Header, Bytes]]:
    return [small.pack() for small in batch]


class _Large:
    """A member of several chunks; every method returns what is left to the threads behind."""

    def __init__(self, container: Container, header: Header, level: Level, cipher: Future[Encrypter] | None) -> None:
        """Take a cipher whose keys are still being derived, which takes a millisecond."""
        self._container = container
        self._header = header
        self._cipher = cipher
        self._encrypter: Encrypter | None = None
        header.compress_type = ZIP_STORED if level is Level.NONE else ZIP_DEFLATED
        self._end = b"" if level is Level.NONE else deflate.END

    def begin(self) -> Hashing:
        head = self._header
        if self._cipher:
            self._encrypter = self._cipher.result()
            mark_encrypted(head, self._encrypter)
            if isinstance(self._encrypter, ZipCryptoEncrypter):
                head.flag_bits |= DATA_DESCRIPTOR  # its check byte needs the CRC at the beginning, or else this flag
        start: Bytes = self._encrypter.encryption_header() if self._encrypter else b""

        def output() -> None:
            self._container.begin(head)
            self._write(start)

        return lambda: output

    def chunk(self, future: Future[deflate.Packed]) -> Hashing:
        packed = future.result()
        sealed = self._encipher(packed.data)

        def output() -> None:
            self._write(sealed)
            self._header.CRC = crc32_combine(self._header.CRC, packed.crc, packed.size)
            self._header.file_size += packed.size

        return lambda: self._hashed(sealed, output)

    def end(self) -> Hashing:
        sealed = self._encipher(self._end)

        def output() -> None:
            self._write(sealed)
            self._write(self._encrypter.flush() if self._encrypter else b"")
            self._container.end(self._header)

        return lambda: self._hashed(sealed, output)

    def discard(self) -> Hashing:
        return lambda: lambda: self._container.discard(self._header)

    def _encipher(self, data: bytes) -> Bytes:
        return self._encrypter.encipher(data) if self._encrypter else data

    def _hashed(self, sealed: Bytes, output: Output) -> Output:
        if self._encrypter:
            self._encrypter.authenticate(sealed)
        return output

    def _write(self, sealed: Bytes) -> None:
        self._header.compress_size += len(sealed)
        self._container.feed(sealed)


class Packer:
    """Takes members in order and sends them down the pipeline."""

    def __init__(self, container: Container, pipeline: Pipeline) -> None:
        self._container = container
        self._pipeline = pipeline
        self._batch: list[_Small] = []
        self._batch_size = 0

    def add(self, header: Header, source: Source, level: Level, lock: Lock | None) -> None:
        """Pack all of `source`; raises what reading it raises, and then the member is as if it had never been."""
        first = source.chunk()
        if len(first) < deflate.CHUNK:
            self._batch.append(_Small(header, first, level, lock))
            self._batch_size += len(first)
            if self._batch_size >= deflate.CHUNK or len(self._batch) == BATCH:
                self.flush()
        else:
            self.flush()
            cipher = self._pipeline.submit(lock.encrypter, header.get_dostime() >> 8) if lock else None
            self._add_large(_Large(self._container, header, level, cipher), first, source, level)

    def flush(self) -> None:
        """Send on the small members that wait for company."""
        if not self._batch:
            return
        if all(small.is_quick() for small in self._batch):
            packed = _pack_batch(self._batch)
            self._pipeline.put(lambda: self._batch_hashing(packed), self._batch_size)
        else:
            future = self._pipeline.submit(_pack_batch, self._batch)
            self._pipeline.put(lambda: self._batch_hashing(future.result()), self._batch_size)
        self._batch, self._batch_size = [], 0

    def _batch_hashing(self, members: list[tuple[Header, Bytes]]) -> Hashing:
        """Return what writes members, which are hashed already."""

        def output() -> None:
            for head, sealed in members:
                self._container.append(head, sealed)

        return lambda: output

    def _add_large(self, large: _Large, chunk: bytes, source: Source, level: Level) -> None:
        window = b""
        ended = large.discard
        self._pipeline.put(large.begin, 0)
        try:
            while chunk:
                future = self._pipeline.submit(deflate.pack, chunk, window, level)
                self._pipeline.put(partial(large.chunk, future), len(chunk))
                window = chunk[-deflate.WINDOW :]
                chunk = source.chunk()
            ended = large.end
        finally:
            self._pipeline.put(ended, 0)
