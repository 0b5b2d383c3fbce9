"""pyzipper's container, handed members that are packed and enciphered already.

pyzipper knows the headers, the extra field of WinZip AE, Zip64 and the central directory. It is told when a member
begins, what its bytes are and how it ended; a second member of one name takes the place of the first.
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


class Header(aes.AESZipInfo):
    """A member's header, with the exact time it was modified beside the ZIP's own two-second local one."""

    def __init__(self, filename: str, date_time: _DateTime) -> None:
        super().__init__(filename, date_time)
        self.timestamp = b""
        self.CRC = self.compress_size = self.file_size = 0

    def encode_local_header(self, *, extra: bytes, **fields: object) -> bytes:
        """Add the time modified to the local header."""
        return super().encode_local_header(extra=extra + self.timestamp, **fields)

    def encode_central_directory(self, *, extra_data: bytes, **fields: object) -> tuple[bytes, bytes, bytes]:
        """Add the time modified to the directory."""
        return super().encode_central_directory(extra_data=extra_data + self.timestamp, **fields)

    def zip64_local_header(self, zip64: bool | None, file_size: int, compress_size: int) -> tuple[bytes, int, int, int]:
        """Write sizes in the Zip64 field only, where there is one, as other programs do."""
        extra, file_size, compress_size, version = super().zip64_local_header(zip64, file_size, compress_size)
        return (extra, 0xFFFFFFFF, 0xFFFFFFFF, _VERSION_ZIP64) if zip64 else (extra, file_size, compress_size, version)


def header(name: str, modified: datetime | None, mode: int, *, link: bool) -> Header:
    """Return a header that says what a member is; sizes and checks come later."""
    seconds = int(modified.timestamp() if modified else time.time())
    made = Header(name, min(max(time.localtime(seconds)[:6], _EARLIEST), _LATEST))
    if -(1 << 31) <= seconds < 1 << 31:
        made.timestamp = struct.pack("<HHBi", _EXTRA_TIMESTAMP, 5, _MODIFIED_KNOWN, seconds)
    kind = stat.S_IFLNK if link else stat.S_IFDIR if name.endswith("/") else stat.S_IFREG
    made.external_attr = (kind | stat.S_IMODE(mode)) << 16 | (0x10 if kind == stat.S_IFDIR else 0)
    return made


def mark_encrypted(header: Header, encrypter: Encrypter) -> None:
    """Note in a header what the member is enciphered with."""
    header.flag_bits |= ENCRYPTED
    if isinstance(encrypter, AesEncrypter):
        header.wz_aes_vendor_id, header.wz_aes_version = aes.WZ_AES_VENDOR_ID, aes.WZ_AES_V2
        header.wz_aes_strength = encrypter.strength
        header.extract_version = header.create_version = _VERSION_AES


class Container(aes.AESZipFile):
    """The archive as it grows."""

    filelist: list[Header]
    NameToInfo: dict[str, Header]

    def __init__(self, file: io.BufferedWriter) -> None:
        super().__init__(file, "w", allowZip64=True)
        self._file = file

    def append(self, header: Header, sealed: Bytes) -> None:
        """Write a member that is whole: its header has sizes and CRC."""
        self._place(header)
        head = header.FileHeader(False)
        self._file.write(head)
        self._file.write(sealed)
        self._keep(header, header.header_offset + len(head) + len(sealed))

    def begin(self, header: Header) -> None:
        """Begin a member of unknown size."""
        self._place(header)
        header.extract_version = max(header.extract_version, _VERSION_ZIP64)
        self._file.write(header.FileHeader(True))

    def feed(self, sealed: Bytes) -> None:
        """Write bytes of the member begun."""
        self._file.write(sealed)

    def end(self, header: Header) -> None:
        """End the member begun: its header has sizes and CRC now."""
        if header.use_datadescripter:
            self._file.write(header.datadescripter(True))
            self._keep(header, self._file.tell())
            return
        self._keep(header, self._file.tell())
        self._file.seek(header.header_offset)
        self._file.write(header.FileHeader(True))
        self._file.seek(self.start_dir)

    def discard(self, header: Header) -> None:
        """Forget the member begun."""
        self.start_dir = header.header_offset
        self._file.seek(self.start_dir)

    def abandon(self) -> None:
        """Leave the file as it is: no directory is written."""
        self.fp = None

    def close(self, without: Collection[str] = ()) -> None:
        """Write the directory, these members left out, and cut off what lies behind it."""
        if self.fp is not None:
            self.filelist[:] = [each for each in self.filelist if each.filename not in without]
            super().close()
            self._file.truncate()

    def _place(self, header: Header) -> None:
        earlier = self.NameToInfo.pop(header.filename, None)
        if earlier is not None:
            last = self.filelist[-1] is earlier
            self.filelist.remove(earlier)
            if last:
                self.discard(earlier)
        header.header_offset = self.start_dir

    def _keep(self, header: Header, end: int) -> None:
        self.start_dir = end
        self.filelist.append(header)
        self.NameToInfo[header.filename] = header
