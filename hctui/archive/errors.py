"""The mapping of the errors of ZIP libraries to those of hctui."""

from __future__ import annotations

import lzma
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyzipper
from isal import isal_zlib

from hctui.disk.errors import read_error
from hctui.errors import DamagedArchive, UnsupportedMember
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
"""Errors that pyzipper and the decompressors raise for damaged bytes."""


@contextmanager
def reading(path: Path, member: str = "") -> Iterator[None]:
    """Map every error of reading `member` of the archive at `path` to an error of hctui that names it."""
    named = member or path.name
    try:
        yield
    except NotImplementedError as error:
        raise UnsupportedMember(member=named, path=str(path), method=str(error) or N_("an unknown method")) from error
    except DAMAGED as error:
        raise DamagedArchive(member=named, path=str(path), reason=N_("its bytes are not a valid ZIP archive.")) from error
    except OSError as error:
        raise read_error(error, path) from error
