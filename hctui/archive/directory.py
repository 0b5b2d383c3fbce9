"""The directory of an archive, checked before anything else is read.

Promise, for the entries that `read_directory` returns: each name is safe as a relative path, and no two mean the same file;
each size is possible; each member is inside the file and overlaps no other, and its local header agrees with the directory.

pyzipper parses the directory and trusts the file, so the order of the checks is part of the promise: first the end records,
which bound the directory that pyzipper then loads into memory, then each entry alone, then all names, then all positions.
Every refusal names the member.
"""

from __future__ import annotations

import os
import stat
import struct
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import pyzipper.zipfile_aes as aes
from pyzipper import ZIP_DEFLATED, ZIP_STORED
from pyzipper.zipfile import compressor_names

from hctui.archive.ciphers import AUTHENTICATION_SIZE, HEADER_SIZE
from hctui.archive.container import DATA_DESCRIPTOR, ENCRYPTED
from hctui.archive.errors import DAMAGED, reading
from hctui.archive.members import escaped_name, name_defect, normal_name
from hctui.errors import DamagedArchive, HostileArchive, NotABackup, UnsupportedMember
from hctui.messages import N_
from hctui.model import MANIFEST_NAME

MAX_MEMBERS = 1_000_000
MAX_DIRECTORY_SIZE = 256 << 20
"""Bytes; enough for a million members with long names."""
MAX_EXPANSION = 1032
"""Most bytes that deflate can make of one byte (zlib's documentation); tables full of zeros reach it."""

_END = struct.Struct("<4s4H2LH")
_END_SIGNATURE = b"PK\x05\x06"
_LOCATOR_SIGNATURE = b"PK\x06\x07"
_END64_SIGNATURE = b"PK\x06\x06"
_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCAL = struct.Struct("<4s5H3L2H")
_LOCAL_SIGNATURE = b"PK\x03\x04"
_AES_METHOD = 99
_UNSUPPORTED = 1 << 5 | 1 << 6 | 1 << 13
"""Flags of patches, of PKWARE's strong encryption and of an encrypted directory."""
_UNKNOWN = 0xFFFFFFFF
_EXTRA_ZIP64 = 0x0001
_EXTRA_TIMESTAMP = 0x5455
_EXTRA_UNICODE_PATH = 0x7075
UNIX_SYSTEMS = (3, 19)
"""Numbers of the systems that record permissions and file types: Unix and macOS."""


class DirectoryEntry(aes.AESZipInfo):
    """A member as the directory describes it."""

    def __init__(self, filename: str) -> None:
        super().__init__(filename)
        self.method: int | None = None
        """99 for an AES member, whose real method is in `compress_type`."""
        self.timestamp: int | None = None
        """Seconds since 1970, if recorded."""
        self.has_bad_extra = False
        """Whether its extra fields can't be read."""

    def get_extra_decoders(self) -> dict[int, Callable[[int, bytes], None]]:
        """Add the decoders of the fields for exact times and for names in UTF-8."""
        return super().get_extra_decoders() | {_EXTRA_TIMESTAMP: self._decode_timestamp, _EXTRA_UNICODE_PATH: self._decode_name}

    def decode_extra_wz_aes(self, ln: int, extra: bytes) -> None:
        """Decode the AES field only if the method says that there is one."""
        if self.compress_type == _AES_METHOD:
            super().decode_extra_wz_aes(ln, extra)
            self.method = _AES_METHOD

    def _decodeExtra(self) -> None:
        try:
            super()._decodeExtra()
        except DAMAGED:
            self.has_bad_extra = True

    @property
    def unsupported(self) -> str | None:
        """The cipher or method of the member that hctui can't read; None if it can read the member."""
        if self.flag_bits & _UNSUPPORTED:
            return N_("an unknown cipher")
        if self.compress_type in (ZIP_STORED, ZIP_DEFLATED):
            return None
        name = compressor_names.get(self.compress_type)
        return f"{name} ({self.compress_type})" if name else N_("an unknown method")

    @property
    def kind(self) -> int:
        """The file type that a Unix program recorded, as in `stat`; 0 for none."""
        return stat.S_IFMT(self.external_attr >> 16) if self.create_system in UNIX_SYSTEMS else 0

    @property
    def cipher_size(self) -> int:
        """Bytes of the member that belong to its cipher: header and trailer."""
        if self.wz_aes_strength is not None:
            return aes.WZ_SALT_LENGTHS[self.wz_aes_strength] + 2 + AUTHENTICATION_SIZE
        return HEADER_SIZE if self.is_encrypted else 0

    @property
    def raw_name(self) -> bytes:
        """The bytes of the name in the directory."""
        return self.orig_filename.encode("utf-8" if self.is_utf_filename else "cp437")

    def decode_unmarked_name(self) -> None:
        """Decode a name that is valid UTF-8 and that a Unix program stored without the flag for UTF-8."""
        if self.create_system in UNIX_SYSTEMS and self.filename == self.orig_filename and not self.is_utf_filename:
            with suppress(UnicodeDecodeError):
                self.filename = self.raw_name.decode()

    def _decode_timestamp(self, ln: int, extra: bytes) -> None:
        if ln >= 5 and extra[4] & 1:
            (self.timestamp,) = struct.unpack_from("<i", extra, 5)

    def _decode_name(self, ln: int, extra: bytes) -> None:
        field = extra[4 : 4 + ln]
        if ln > 5 and field[0] == 1 and struct.unpack_from("<L", field, 1)[0] == zlib.crc32(self.raw_name):
            self.filename = field[5:].decode()


class _Directory(aes.AESZipFile):
    zipinfo_cls = DirectoryEntry
    filelist: list[DirectoryEntry]


def read_directory(file: BinaryIO, path: Path) -> tuple[DirectoryEntry, ...]:
    """Return all members, checked, in the order of the directory. Raises leaves of `ArchiveError`, and `ReadFailed`."""
    with reading(path):
        count = _check_end(file, path)
        directory = _Directory(file)
        entries = tuple(directory.filelist)
        if len(entries) != count:
            raise DamagedArchive(member=path.name, path=str(path), reason=N_("its directory does not end where it should."))
    for entry in entries:
        entry.decode_unmarked_name()
        _check_entry(entry, path)
    _check_names(entries, path)
    _check_positions(file, entries, directory.start_dir, path)
    return entries


def _check_end(file: BinaryIO, path: Path) -> int:
    """Check the end records and the position of the directory that they give; return the number of members."""
    size = file.seek(0, os.SEEK_END)
    start = max(0, size - _END.size - 0xFFFF)
    file.seek(start)
    tail = file.read()
    at = tail.rfind(_END_SIGNATURE)
    if at < 0:
        file.seek(0)
        if file.read(4) == _LOCAL_SIGNATURE:
            raise DamagedArchive(member=path.name, path=str(path), reason=N_("its end is missing."))
        raise NotABackup(path=str(path), reason=N_("it is no ZIP archive."))
    _, disk, first_disk, here, total, length, offset, comment = _END.unpack_from(tail, at)
    end = start + at
    if tail[at + _END.size + comment :].strip(b"\0") or end + _END.size + comment > size:  # some pad with zeros
        raise DamagedArchive(member=path.name, path=str(path), reason=N_("bytes are missing at its end, or were added there."))
    locator = file.seek(max(0, end - _LOCATOR.size)) and file.read(_LOCATOR.size)
    if locator and locator[:4] == _LOCATOR_SIGNATURE:
        _, _, at64, disks = _LOCATOR.unpack(locator)
        end = file.seek(max(0, end - _LOCATOR.size - _END64.size))
        signature, rest, _, _, disk, first_disk, here, total, length, offset = _END64.unpack(file.read(_END64.size))
        if (signature, at64, rest, disks) != (_END64_SIGNATURE, end, _END64.size - 12, 1):
            raise DamagedArchive(member=path.name, path=str(path), reason=N_("its end records disagree."))
    if disk or first_disk or here != total:
        raise UnsupportedMember(member=path.name, path=str(path), method=N_("several volumes"))
    if offset + length != end or length > MAX_DIRECTORY_SIZE or total > MAX_MEMBERS:
        raise DamagedArchive(
            member=path.name, path=str(path), reason=N_("its directory is not where it should be, or too large.")
        )
    return int(total)


def _check_entry(entry: DirectoryEntry, path: Path) -> None:
    """Check one entry by itself."""
    if reason := _hostile_reason(entry):
        raise HostileArchive(member=escaped_name(entry.orig_filename), path=str(path), reason=reason)
    if reason := _damage_reason(entry):
        raise DamagedArchive(member=entry.orig_filename, path=str(path), reason=reason)


def _hostile_reason(entry: DirectoryEntry) -> str | None:
    """Return why a member must not be unpacked."""
    if reason := name_defect(entry.orig_filename):
        return reason
    if entry.filename is not entry.orig_filename and (reason := name_defect(entry.filename)):
        return reason
    if entry.kind in (stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK):
        return N_("it is a device.")
    if entry.is_dir() and (entry.file_size or entry.kind == stat.S_IFLNK):
        return N_("it is a folder with content.")
    if (
        entry.compress_type == ZIP_DEFLATED
        and entry.file_size > entry.compress_size * MAX_EXPANSION
        and not entry.has_bad_extra
    ):
        return N_("it claims to be larger than its bytes can hold.")
    return None


def _damage_reason(entry: DirectoryEntry) -> str | None:
    """Return how the header of a member contradicts itself."""
    if entry.has_bad_extra:
        return N_("its header is garbled.")
    if entry.wz_aes_strength is not None and not (
        entry.is_encrypted and entry.wz_aes_strength in aes.WZ_SALT_LENGTHS and entry.wz_aes_version in (1, 2)
    ):
        return N_("its encryption is not what its header says.")
    payload = entry.compress_size - entry.cipher_size
    if payload < 0 or (entry.compress_type == ZIP_STORED and payload != entry.file_size):
        return N_("its sizes contradict each other.")
    return None


def _check_names(entries: Sequence[DirectoryEntry], path: Path) -> None:
    """Check that no two members have the same path and that no file is also a folder.

    In an archive without our manifest, case is ignored.
    """
    ours = any(entry.filename == MANIFEST_NAME for entry in entries)
    files: set[str] = set()
    folders: set[str] = set()
    for entry in entries:
        key = normal_name(entry.filename) if ours else normal_name(normal_name(entry.filename).casefold())
        known = folders if entry.is_dir() else files
        if key in known:
            raise HostileArchive(member=entry.filename, path=str(path), reason=N_("another member has the same name."))
        known.add(key)
    parents = {key.removesuffix("/") for key in folders}
    for key in files:
        while (cut := key.rfind("/")) > 0 and (key := key[:cut]) not in parents:
            parents.add(key)
    for key in parents & files:
        raise HostileArchive(member=key, path=str(path), reason=N_("another member has the same name."))


def _check_positions(file: BinaryIO, entries: Sequence[DirectoryEntry], end: int, path: Path) -> None:
    """Check each local header against the directory, and that no two members overlap."""
    reached = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        if entry.header_offset < reached:
            raise HostileArchive(member=entry.filename, path=str(path), reason=N_("it overlaps another member."))
        with reading(path, entry.filename):
            begin = _data_begin(file.fileno(), entry)
        if begin is None:
            reason = N_("its own header is not what the directory says.")
            raise DamagedArchive(member=entry.filename, path=str(path), reason=reason)
        reached = begin + entry.compress_size
        if reached > end:
            raise DamagedArchive(member=entry.filename, path=str(path), reason=N_("it reaches beyond the end of the file."))


def _data_begin(descriptor: int, entry: DirectoryEntry) -> int | None:
    """Return where the bytes of a member begin; None if its local header contradicts the directory."""
    name = entry.raw_name
    extra_at = _LOCAL.size + len(name)
    head = os.pread(descriptor, extra_at, entry.header_offset)
    signature, _, flags, method, _, _, crc, packed, size, name_length, extra_length = _LOCAL.unpack_from(head)
    if signature != _LOCAL_SIGNATURE or name_length != len(name) or head[_LOCAL.size :] != name:
        return None
    if (flags ^ entry.flag_bits) & ENCRYPTED or method != (entry.method or entry.compress_type):
        return None
    if not flags & DATA_DESCRIPTOR:
        if _UNKNOWN in (packed, size):
            size, packed = _zip64_sizes(os.pread(descriptor, extra_length, entry.header_offset + extra_at), size, packed)
        if (crc, packed, size) != (entry.CRC, entry.compress_size, entry.file_size):
            return None
    return entry.header_offset + extra_at + int(extra_length)


def _zip64_sizes(extra: bytes, size: int, packed: int) -> tuple[int, int]:
    """Return size and compressed size, those that are `_UNKNOWN` read from the Zip64 field in `extra`."""
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<HH", extra)
        if kind == _EXTRA_ZIP64:
            numbers = iter(struct.unpack_from(f"<{length // 8}Q", extra, 4))
            return (next(numbers, size) if size == _UNKNOWN else size), (
                next(numbers, packed) if packed == _UNKNOWN else packed
            )
        extra = extra[4 + length :]
    return size, packed
