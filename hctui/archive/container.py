"""The ZIP file as it is written, out of members that are already compressed and encrypted.

pyzipper makes the headers, the extra field of WinZip AE, the Zip64 fields and the central directory. `Container` writes the
bytes of members between them. A second member of the same name replaces the first.
"""

from __future__ import annotations

import io
import stat
import struct
import time
from collections.abc import Collection
from datetime import datetime

import pyzipper.zipfile_aes as aes

from hctui.archive.ciphers import AesEncrypter, Bytes, ZipCryptoEncrypter

Encrypter = AesEncrypter | ZipCryptoEncrypter

ENCRYPTED = 1 << 0
DATA_DESCRIPTOR = 1 << 3
_VERSION_ZIP64 = 45
_VERSION_AES = 51
_DateTime = tuple[int, int, int, int, int, int]
_EARLIEST: _DateTime = (1980, 1, 1, 0, 0, 0)
_LATEST: _DateTime = (2107, 12, 31, 23, 59, 58)
_EXTRA_TIMESTAMP = 0x5455
_MODIFIED_KNOWN = 1


class MemberHeader(aes.AESZipInfo):
    """The header of a member, with the exact time of modification beside the ZIP's own local time of two-second steps."""

    def __init__(self, filename: str, date_time: _DateTime) -> None:
        super().__init__(filename, date_time)
        self.timestamp = b""
        self.CRC = self.compress_size = self.file_size = 0

    def encode_local_header(self, *, extra: bytes, **fields: object) -> bytes:
        """Add the time of modification to the local header."""
        return super().encode_local_header(extra=extra + self.timestamp, **fields)

    def encode_central_directory(self, *, extra_data: bytes, **fields: object) -> tuple[bytes, bytes, bytes]:
        """Add the time of modification to the directory."""
        return super().encode_central_directory(extra_data=extra_data + self.timestamp, **fields)

    def zip64_local_header(self, zip64: bool | None, file_size: int, compress_size: int) -> tuple[bytes, int, int, int]:
        """Write the sizes into the Zip64 field only, if there is one, as other programs do."""
        extra, file_size, compress_size, version = super().zip64_local_header(zip64, file_size, compress_size)
        return (extra, 0xFFFFFFFF, 0xFFFFFFFF, _VERSION_ZIP64) if zip64 else (extra, file_size, compress_size, version)


def member_header(name: str, modified: datetime | None, mode: int, *, link: bool) -> MemberHeader:
    """Return the header of a new member, without sizes and CRC."""
    seconds = int(modified.timestamp() if modified else time.time())
    header = MemberHeader(name, min(max(time.localtime(seconds)[:6], _EARLIEST), _LATEST))
    if -(1 << 31) <= seconds < 1 << 31:
        header.timestamp = struct.pack("<HHBi", _EXTRA_TIMESTAMP, 5, _MODIFIED_KNOWN, seconds)
    kind = stat.S_IFLNK if link else stat.S_IFDIR if name.endswith("/") else stat.S_IFREG
    header.external_attr = (kind | stat.S_IMODE(mode)) << 16 | (0x10 if kind == stat.S_IFDIR else 0)
    return header


def mark_encrypted(header: MemberHeader, encrypter: Encrypter) -> None:
    """Record in `header` the cipher of its member."""
    header.flag_bits |= ENCRYPTED
    if isinstance(encrypter, AesEncrypter):
        header.wz_aes_vendor_id, header.wz_aes_version = aes.WZ_AES_VENDOR_ID, aes.WZ_AES_V2
        header.wz_aes_strength = encrypter.strength
        header.extract_version = header.create_version = _VERSION_AES


class Container(aes.AESZipFile):
    """A ZIP file that members are appended to."""

    filelist: list[MemberHeader]
    NameToInfo: dict[str, MemberHeader]

    def __init__(self, file: io.BufferedWriter) -> None:
        super().__init__(file, "w", allowZip64=True)
        self._file = file

    def append(self, header: MemberHeader, data: Bytes) -> None:
        """Write a whole member; its header has sizes and CRC."""
        self._locate(header)
        encoded = header.FileHeader(False)
        self._file.write(encoded)
        self._file.write(data)
        self._record(header, header.header_offset + len(encoded) + len(data))

    def begin(self, header: MemberHeader) -> None:
        """Begin a member of unknown size."""
        self._locate(header)
        header.extract_version = max(header.extract_version, _VERSION_ZIP64)
        self._file.write(header.FileHeader(True))

    def feed(self, data: Bytes) -> None:
        """Write the next bytes of the member that was begun."""
        self._file.write(data)

    def end(self, header: MemberHeader) -> None:
        """End the member that was begun; its header now has sizes and CRC."""
        if header.use_datadescripter:
            self._file.write(header.datadescripter(True))
            self._record(header, self._file.tell())
            return
        self._record(header, self._file.tell())
        self._file.seek(header.header_offset)
        self._file.write(header.FileHeader(True))
        self._file.seek(self.start_dir)

    def discard(self, header: MemberHeader) -> None:
        """Discard the member that was begun; the next one overwrites its bytes."""
        self.start_dir = header.header_offset
        self._file.seek(self.start_dir)

    def abandon(self) -> None:
        """Leave the file as it is, without a directory."""
        self.fp = None

    def close(self, without: Collection[str] = ()) -> None:
        """Write the directory, except for the members `without`, and truncate the file after it."""
        if self.fp is not None:
            self.filelist[:] = [each for each in self.filelist if each.filename not in without]
            super().close()
            self._file.truncate()

    def _locate(self, header: MemberHeader) -> None:
        """Set where a member begins; an earlier one of its name is dropped, and overwritten if it is the last."""
        earlier = self.NameToInfo.pop(header.filename, None)
        if earlier is not None:
            last = self.filelist[-1] is earlier
            self.filelist.remove(earlier)
            if last:
                self.discard(earlier)
        header.header_offset = self.start_dir

    def _record(self, header: MemberHeader, end: int) -> None:
        """Add to the directory a member whose bytes end at `end`."""
        self.start_dir = end
        self.filelist.append(header)
        self.NameToInfo[header.filename] = header
