"""The staging folder of a restore: it receives the parts of the backup, which get owner and permissions of the live files."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from hctui.databases.engine import RestorationRequest
from hctui.databases.tablefiles.file_names import NameMapping
from hctui.databases.tablefiles.layout import Listing, as_nanoseconds, folded
from hctui.disk.atomic_file import EagerFile
from hctui.disk.descriptors import open_private
from hctui.disk.errors import write_error, writing
from hctui.disk.work_dirs import files_below
from hctui.errors import HostileArchive
from hctui.messages import N_
from hctui.model import Part

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_DEFAULT_MODE = 0o660


class StagedFile(EagerFile):
    """A file that is being received."""

    def __init__(self, descriptor: int, path: Path) -> None:
        super().__init__(descriptor, "wb")
        self._path = path

    def write(self, data: ReadableBuffer, /) -> int:
        """Write all of `data`. Raises `NoSpace`, `WriteFailed` …"""
        view = memoryview(data).cast("B")
        written = 0
        try:
            while written < len(view):
                written += super().write(view[written:]) or 0
        except OSError as error:
            raise write_error(error, self._path) from error
        return written


class Staging:
    """The files of a restore that are not live yet."""

    def __init__(self, folder: Path, request: RestorationRequest, live: Listing | None) -> None:
        self.folder = folder
        self._request = request
        self._names = NameMapping(_text_details(request, "names"))
        self._modes = _number_details(request, "modes")
        self._usual_mode = _number_details(request, "", "mode").get("mode", _DEFAULT_MODE)
        self._live_folders = _folders(live)
        self._made: set[str] = set()
        self.received: dict[str, Path] = {}
        """The staged file of each part, by the part's path."""

    def name_of(self, path: str) -> str:
        """Return the file name of a part, relative to the folder; existing sub-folders keep their capitals."""
        name = self._names.on_disk(path, self._request.origin)
        *folders, last = name.split("/")
        here = ""
        for each in folders:
            wanted = f"{here}/{each}" if here else each
            here = wanted if wanted in self._live_folders.values() else self._live_folders.get(folded(wanted), wanted)
        return f"{here}/{last}" if here else last

    @contextmanager
    def receive(self, part: Part) -> Iterator[BinaryIO]:
        """Open the file of a part for writing; it is removed if the block fails. Raises `HostileArchive`, `WriteFailed`."""
        path = self.folder / self.name_of(part.path)
        with writing(path):
            descriptor = self._create(part, path)
        whole = False
        try:
            with StagedFile(descriptor, path) as stream:
                yield stream
                self._set_times(descriptor, part)
            whole = True
        finally:
            if not whole:
                _remove(path)
        self.received[part.path] = path

    def _create(self, part: Part, path: Path) -> int:
        parent = os.path.dirname(path)
        if parent not in self._made:
            os.makedirs(parent, exist_ok=True)
            self._made.add(parent)
        try:
            return open_private(path, os.O_WRONLY | os.O_EXCL | os.O_NOFOLLOW)
        except FileExistsError as error:
            reason = N_("another member goes to the same file.")
            raise HostileArchive(member=part.path, path=self._request.origin, reason=reason) from error

    def adopt_attributes(self, root: Path, live: Listing | None) -> None:
        """Give each staged file the owner, permissions and attributes of the live file that it replaces. Raises `OSError`.

        A file that replaces none gets the owner of the first live file and the permissions that it had in the backup.
        """
        exact = {item.file.name for _, item in live.files()} if live else set()
        alike = {folded(name): name for name in sorted(exact)}
        first = next(iter(sorted(exact)), None)
        paths = {str(path): part for part, path in self.received.items()}
        for name in files_below(self.folder, links=False):
            path = os.path.join(self.folder, name)
            replaced = name if name in exact else alike.get(folded(name))
            mode = self._modes.get(paths.get(path, ""), self._usual_mode)
            _adopt(path, root / replaced if replaced else None, root / first if first else None, mode)

    def _set_times(self, descriptor: int, part: Part) -> None:
        if part.modified is None:
            return
        stamp = as_nanoseconds(part.modified)
        with contextlib.suppress(OverflowError, OSError):  # a date that this file system can't store
            os.utime(descriptor, ns=(stamp, stamp))


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()


def _adopt(path: str, replaced: Path | None, first: Path | None, mode: int) -> None:
    wanted = mode & 0o777 | 0o600
    with contextlib.suppress(FileNotFoundError):
        like = replaced or first
        if like is not None:
            status = os.lstat(like)
            if os.geteuid() == 0:
                os.chown(path, status.st_uid, status.st_gid, follow_symlinks=False)
        if replaced is not None:
            wanted = os.lstat(replaced).st_mode & 0o777
            _copy_attributes(replaced, path)
    os.chmod(path, wanted)


def _copy_attributes(source: Path, target: str) -> None:
    """Copy access lists and other extended attributes, as far as the system allows it."""
    if not hasattr(os, "listxattr"):
        return
    with contextlib.suppress(OSError):
        for name in os.listxattr(source, follow_symlinks=False):
            with contextlib.suppress(OSError):
                os.setxattr(target, name, os.getxattr(source, name, follow_symlinks=False), follow_symlinks=False)


def _folders(live: Listing | None) -> dict[str, str]:
    """Return the sub-folders of the database, each by its folded name."""
    found: dict[str, str] = {}
    for _, item in live.files() if live else ():
        parent = item.file.name.rpartition("/")[0]
        while parent:
            found.setdefault(folded(parent), parent)
            parent = parent.rpartition("/")[0]
    return found


def _text_details(request: RestorationRequest, name: str) -> Mapping[str, str]:
    found = request.source.details.get(name, {})
    if not isinstance(found, Mapping):
        return {}
    return {str(key): value for key, value in found.items() if isinstance(value, str)}


def _number_details(request: RestorationRequest, name: str, single: str = "") -> Mapping[str, int]:
    found = request.source.details.get(name, {}) if name else {single: request.source.details.get(single)}
    if not isinstance(found, Mapping):
        return {}
    return {str(key): value for key, value in found.items() if isinstance(value, int)}
