"""Errors of other libraries and of the system, turned into ours in one place for reading and one for writing."""

from __future__ import annotations

import errno
import lzma
import os
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyzipper
from isal import isal_zlib

from hctui.errors import DamagedArchive, ReadFailed, UnsupportedMember, WriteFailed
from hctui.messages import N_

DAMAGED: tuple[type[Exception], ...] = (
    pyzipper.BadZipFile,
    isal_zlib.IsalError,  # type: ignore[assignment]  # its stub has it as an instance
    zlib.error,
    lzma.LZMAError,
    EOFError,
    struct.error,
    ValueError,  # UnicodeError too
    IndexError,
    KeyError,
    OverflowError,
)
"""What pyzipper and the decompressors raise when bytes are not what they should be."""


@contextmanager
def reading(path: Path, member: str = "") -> Iterator[None]:
    """Map whatever reading `member` of the archive at `path` raises to a leaf that names it."""
    named = member or path.name
    try:
        yield
    except NotImplementedError as error:
        raise UnsupportedMember(member=named, path=str(path), method=str(error) or N_("an unknown method")) from error
    except DAMAGED as error:
        raise DamagedArchive(member=named, path=str(path), reason=N_("its bytes are not a valid ZIP archive.")) from error
    except OSError as error:
        raise ReadFailed(path=str(path), reason=system_reason(error)) from error


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Map what the system raises while a file is written at `path`."""
    try:
        yield
    except OSError as error:
        raise WriteFailed(path=str(path), reason=system_reason(error)) from error


def system_reason(error: OSError) -> str:
    """Return the system's words for `error`, in a clause; a full disk in words of ours, which are translated."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return N_("the disk is full.")
    return f"{os.strerror(error.errno)}." if error.errno else f"{error}."
