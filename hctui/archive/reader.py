"""Reading a backup, or any ZIP, with suspicion: nothing is believed unchecked, and every refusal names the member."""

from __future__ import annotations

import io
import stat
from collections.abc import Generator
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from blake3 import blake3
from zlib_ng.zlib_ng import crc32

from hctui.archive import manifest
from hctui.archive.ciphers import STRENGTHS, Bytes, WrongKey, password_candidates
from hctui.archive.directory import UNIX, Entry, read_directory
from hctui.archive.errors import DAMAGED, reading, system_reason
from hctui.archive.member_reader import MemberStream
from hctui.archive.members import MemberInfo, StoredMember, normal_name
from hctui.errors import (
    DamagedArchive,
    HostileArchive,
    PartMissing,
    PasswordNeeded,
    UnsupportedMember,
    WriteFailed,
    WrongPassword,
)
from hctui.events import Reporter
from hctui.messages import N_
from hctui.model import MANIFEST_NAME, Encryption, Manifest, Part, StoredFile

_TRIED = 16
"""Members a password is tried on."""
_CERTAIN = 4
"""So many ZipCrypto members that take a password prove it: one in 256 wrong ones gets past each."""
_PROBED = 8 << 20
"""Bytes of a ZipCrypto member that are read to prove a password that fewer members take."""


class ArchiveReader:
    """An archive open for reading, a context manager. Several threads may read members at once."""

    path: Path
    encryption: Encryption | None
    """The strongest any member uses."""
    needs_password: bool
    size: int
    """Bytes of the file."""

    def __init__(self, path: Path, *, password: str | None = None) -> None:
        """Open and check the structure. Raises leaves of `ArchiveError`, and `ReadFailed`."""
        self.path = path
        self._given = password
        self._password: bytes | None = None
        with reading(path):
            self._file: BinaryIO = path.open("rb", buffering=0)
        with ExitStack() as unfinished:
            unfinished.callback(self._file.close)
            self._entries = {normal_name(entry.filename): entry for entry in read_directory(self._file, path)}
            self.size = self._file.seek(0, io.SEEK_END)
            unfinished.pop_all()
        self.needs_password = any(entry.is_encrypted for entry in self._entries.values())
        self.encryption = max(filter(None, map(_encryption, self._entries.values())), key=list(Encryption).index, default=None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()

    def members(self) -> tuple[MemberInfo, ...]:
        """List the members, in the directory's order."""
        return tuple(_info(name, entry) for name, entry in self._entries.items())

    def check_password(self) -> None:
        """Make sure the password opens the members; cheap. Raises `PasswordNeeded`, `WrongPassword`."""
        if self._password is None and self.needs_password:
            if not self._given:
                raise PasswordNeeded(path=str(self.path), standard=str(self.encryption))
            for candidate in password_candidates(self._given):
                if self._opens(candidate):
                    self._password = candidate
                    return
            raise WrongPassword(path=str(self.path))

    def manifest(self) -> Manifest | None:
        """Return what the backup says it holds, None where another program made it.

        Raises `NewerFormat`, `DamagedArchive`, `HostileArchive`, `PartMissing`, and what `read` raises.
        """
        if MANIFEST_NAME not in self._entries:
            return None
        data = self.read_bytes(MANIFEST_NAME, manifest.LARGEST)
        return manifest.decode(data, {name: entry.file_size for name, entry in self._entries.items()}, self.path)

    def read(
        self,
        member: str,
        sink: BinaryIO,
        *,
        reporter: Reporter | None = None,
        expected: Part | StoredFile | None = None,
    ) -> StoredMember:
        """Write a member's bytes into `sink` and check CRC, authentication code, size and, of `expected`, BLAKE3.

        Only when it returns are the bytes known to be right. Raises `PartMissing`, `DamagedArchive`, `HostileArchive`,
        `UnsupportedMember`, `PasswordNeeded`, `WrongPassword`, `ReadFailed`, `WriteFailed`, and what `reporter` raises.
        """
        entry = self._entry(member)
        if isinstance(expected, Part) and stat.S_ISLNK(entry.kind):
            raise HostileArchive(member=member, path=str(self.path), reason=N_("it is a link where a file should be."))
        checksum = size = 0
        hasher = blake3()
        with closing(self._chunks(member, entry)) as chunks:
            for chunk in chunks:
                size += len(chunk)
                if size > entry.file_size:
                    raise self._damaged(member, N_("it holds more than its header says."))
                checksum = crc32(chunk, checksum)
                hasher.update(chunk)
                _write(sink, chunk)
                if reporter is not None:
                    reporter.advance(len(chunk))
        if size != entry.file_size:
            raise self._damaged(member, N_("it holds less than its header says."))
        if checksum != entry.CRC and not (entry.wz_aes_version == 2 and entry.CRC == 0):
            raise self._damaged(member, N_("its checksum (CRC) is wrong."))
        stored = StoredMember(size, hasher.hexdigest())
        if expected is not None and expected.blake3 and (expected.size, expected.blake3) != (size, stored.blake3):
            raise self._damaged(member, N_("its bytes are not those the manifest names (BLAKE3)."))
        return stored

    def read_bytes(self, member: str, limit: int) -> bytes:
        """Return a member of `limit` bytes at the most. Raises `HostileArchive` where it is larger, and what `read` raises."""
        if self._entry(member).file_size > limit:
            raise HostileArchive(member=member, path=str(self.path), reason=N_("it is absurdly large."))
        sink = io.BytesIO()
        self.read(member, sink)
        return sink.getvalue()

    def _entry(self, member: str) -> Entry:
        entry = self._entries.get(normal_name(member))
        if entry is None:
            raise PartMissing(member=member, path=str(self.path))
        if entry.unsupported:
            raise UnsupportedMember(member=member, path=str(self.path), method=entry.unsupported)
        return entry

    def _chunks(self, member: str, entry: Entry) -> Generator[Bytes]:
        if entry.is_encrypted:
            self.check_password()
        try:
            with reading(self.path, member):
                stream = MemberStream(self._file.fileno(), entry, self._password or b"")
        except WrongKey as error:
            raise self._damaged(member, N_("the password opens other members but not this one.")) from error
        with closing(stream.chunks()) as chunks:
            while True:
                with reading(self.path, member):
                    chunk = next(chunks, None)
                if chunk is None:
                    return
                yield chunk

    def _opens(self, password: bytes) -> bool:
        readable = (entry for entry in self._entries.values() if entry.is_encrypted and not entry.unsupported)
        locked = sorted(readable, key=lambda entry: entry.file_size)
        weak = [entry for entry in locked if entry.wz_aes_strength is None]
        tried = weak[:_TRIED] or locked[:2]
        taken = []
        for entry in tried:
            try:
                with reading(self.path, entry.filename):
                    MemberStream(self._file.fileno(), entry, password)
            except WrongKey:
                continue
            taken.append(entry)
        if len(taken) * 2 <= len(tried) and tried:
            return False
        return not weak or len(taken) >= _CERTAIN or self._inflates(taken[0], password)

    def _inflates(self, entry: Entry, password: bytes) -> bool:
        """Tell whether what a password makes of a member is right, as far as its first `_PROBED` bytes show."""
        checksum = size = 0
        try:
            with closing(MemberStream(self._file.fileno(), entry, password).chunks()) as chunks:
                for chunk in chunks:
                    checksum = crc32(chunk, checksum)
                    size += len(chunk)
                    if size > _PROBED:
                        return True
        except DAMAGED:
            return False
        return checksum == entry.CRC

    def _damaged(self, member: str, reason: str) -> DamagedArchive:
        return DamagedArchive(member=member, path=str(self.path), reason=reason)


def _write(sink: BinaryIO, chunk: Bytes) -> None:
    try:
        sink.write(chunk)
    except OSError as error:
        raise WriteFailed(path=str(getattr(sink, "name", "")), reason=system_reason(error)) from error


def _encryption(entry: Entry) -> Encryption | None:
    if not entry.is_encrypted:
        return None
    return next((each for each, strength in STRENGTHS.items() if strength == entry.wz_aes_strength), Encryption.ZIPCRYPTO)


def _info(name: str, entry: Entry) -> MemberInfo:
    mode = stat.S_IMODE(entry.external_attr >> 16) if entry.create_system in UNIX else 0
    return MemberInfo(
        name=name,
        size=entry.file_size,
        compressed_size=entry.compress_size,
        modified=_modified(entry),
        encrypted=bool(entry.is_encrypted),
        folder=entry.is_dir(),
        link=stat.S_ISLNK(entry.kind),
        mode=mode,
    )


def _modified(entry: Entry) -> datetime | None:
    if entry.timestamp is not None:
        return datetime.fromtimestamp(entry.timestamp, UTC)
    try:
        return datetime(*entry.date_time).astimezone()
    except ValueError:
        return None
