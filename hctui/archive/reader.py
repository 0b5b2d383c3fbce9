"""Reading of a backup, or of any ZIP, which may be damaged or made to attack.

Promise: nothing that the archive states about itself is used before it is checked, and every refusal names the member.

    opening     checks the directory: names, sizes and positions of all members (`directory`)
    manifest()  checks it against the directory (`manifest`)
    read()      checks CRC, authentication code, size and hash of the bytes; they are proved only when it returns

It holds because `read` is the only way to the bytes of a member, and stops at the size that was checked.
"""

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
from hctui.archive.directory import UNIX_SYSTEMS, DirectoryEntry, read_directory
from hctui.archive.errors import DAMAGED, reading
from hctui.archive.member_reader import MemberStream
from hctui.archive.members import MemberInfo, StoredMember, normal_name
from hctui.disk.errors import write_error
from hctui.errors import (
    DamagedArchive,
    HostileArchive,
    PartMissing,
    PasswordNeeded,
    UnsupportedMember,
    WrongPassword,
)
from hctui.events import Reporter
from hctui.messages import N_
from hctui.model import MANIFEST_NAME, Encryption, Manifest, Part, StoredFile

_TRIED = 16
"""Most ZipCrypto members that a password is tried on."""
_CERTAIN = 4
"""So many ZipCrypto members that accept a password prove it right: each accepts one in 256 wrong ones."""
_PROBED = 8 << 20
"""Bytes of a ZipCrypto member that are read to prove a password that fewer members accept."""


class ArchiveReader:
    """An archive open for reading, a context manager. Several threads may read members at once."""

    path: Path
    encryption: Encryption | None
    """The strongest standard that a member uses."""
    needs_password: bool
    size: int
    """Bytes of the file."""

    def __init__(self, path: Path, *, password: str | None = None) -> None:
        """Open the file and check its directory. Raises leaves of `ArchiveError`, and `ReadFailed`."""
        self.path = path
        self._password_given = password
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
        """Return the members, in the order of the directory."""
        return tuple(_member_info(name, entry) for name, entry in self._entries.items())

    def check_password(self) -> None:
        """Check that the password opens the members; cheap. Raises `PasswordNeeded`, `WrongPassword`."""
        if self._password is None and self.needs_password:
            if not self._password_given:
                raise PasswordNeeded(path=str(self.path), standard=str(self.encryption))
            for candidate in password_candidates(self._password_given):
                if self._accepts(candidate):
                    self._password = candidate
                    return
            raise WrongPassword(path=str(self.path))

    def manifest(self) -> Manifest | None:
        """Return the manifest of the backup; None if another program made it.

        Raises `NewerFormat`, `DamagedArchive`, `HostileArchive`, `PartMissing`, and what `read` raises.
        """
        if MANIFEST_NAME not in self._entries:
            return None
        data = self.read_bytes(MANIFEST_NAME, manifest.MAX_SIZE)
        return manifest.decode(data, {name: entry.file_size for name, entry in self._entries.items()}, self.path)

    def read(
        self,
        member: str,
        sink: BinaryIO,
        *,
        reporter: Reporter | None = None,
        expected: Part | StoredFile | None = None,
    ) -> StoredMember:
        """Write the bytes of a member into `sink`; check CRC, authentication code, size and, if `expected`, BLAKE3.

        The bytes are known to be right only when it returns. Raises `PartMissing`, `DamagedArchive`, `HostileArchive`,
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
        """Return a member of at most `limit` bytes. Raises `HostileArchive` if it is larger, and what `read` raises."""
        if self._entry(member).file_size > limit:
            raise HostileArchive(member=member, path=str(self.path), reason=N_("it is absurdly large."))
        sink = io.BytesIO()
        self.read(member, sink)
        return sink.getvalue()

    def _entry(self, member: str) -> DirectoryEntry:
        entry = self._entries.get(normal_name(member))
        if entry is None:
            raise PartMissing(member=member, path=str(self.path))
        if entry.unsupported:
            raise UnsupportedMember(member=member, path=str(self.path), method=entry.unsupported)
        return entry

    def _chunks(self, member: str, entry: DirectoryEntry) -> Generator[Bytes]:
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

    def _accepts(self, password: bytes) -> bool:
        """Return whether the members accept a password: more than half of those tried, in case some are damaged."""
        readable = (entry for entry in self._entries.values() if entry.is_encrypted and not entry.unsupported)
        encrypted = sorted(readable, key=lambda entry: entry.file_size)
        weak = [entry for entry in encrypted if entry.wz_aes_strength is None]
        tried = weak[:_TRIED] or encrypted[:2]
        accepting = []
        for entry in tried:
            try:
                with reading(self.path, entry.filename):
                    MemberStream(self._file.fileno(), entry, password)
            except WrongKey:
                continue
            accepting.append(entry)
        if len(accepting) * 2 <= len(tried) and tried:
            return False
        return not weak or len(accepting) >= _CERTAIN or self._decompresses(accepting[0], password)

    def _decompresses(self, entry: DirectoryEntry, password: bytes) -> bool:
        """Return whether a password decrypts a member to its right bytes, as far as the first `_PROBED` show."""
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
        raise write_error(error, str(getattr(sink, "name", ""))) from error


def _encryption(entry: DirectoryEntry) -> Encryption | None:
    if not entry.is_encrypted:
        return None
    return next((each for each, strength in STRENGTHS.items() if strength == entry.wz_aes_strength), Encryption.ZIPCRYPTO)


def _member_info(name: str, entry: DirectoryEntry) -> MemberInfo:
    mode = stat.S_IMODE(entry.external_attr >> 16) if entry.create_system in UNIX_SYSTEMS else 0
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


def _modified(entry: DirectoryEntry) -> datetime | None:
    if entry.timestamp is not None:
        return datetime.fromtimestamp(entry.timestamp, UTC)
    try:
        return datetime(*entry.date_time).astimezone()
    except ValueError:
        return None
