"""What a backup brings, received into the staging folder and made ready there; the live files are only looked at."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from hctui.databases.engine import RestorationRequest
from hctui.databases.tablefiles.file_names import Names
from hctui.databases.tablefiles.layout import Listing, folded, nanoseconds
from hctui.disk.atomic_file import EagerFile
from hctui.disk.errors import write_error, writing
from hctui.disk.work_dirs import files_below
from hctui.errors import HostileArchive
from hctui.messages import N_
from hctui.model import Part

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_DEFAULT_MODE = 0o660


class StagedFile(EagerFile):
    """A file being received, whose full or failing disk has our errors."""

    def __init__(self, descriptor: int, path: Path) -> None:
        super().__init__(descriptor, "wb")
        self._path = path

    def write(self, data: ReadableBuffer, /) -> int:
        """Write all of `data`. Raises `NoSpace`, `WriteFailed`."""
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
        self._names = Names(_text_details(request, "names"))
        self._modes = _number_details(request, "modes")
        self._usual_mode = _number_details(request, "", "mode").get("mode", _DEFAULT_MODE)
        self._live_folders = _folders(live)
        self._made: set[str] = set()
        self.received: dict[str, Path] = {}
        """Part path to staged file."""

    def name_of(self, path: str) -> str:
        """Return where a part goes, relative to the folder; live folders keep the capitals they have."""
        name = self._names.on_disk(path, self._request.origin)
        *folders, last = name.split("/")
        here = ""
        for each in folders:
            wanted = f"{here}/{each}" if here else each
            here = wanted if wanted in self._live_folders.values() else self._live_folders.get(folded(wanted), wanted)
        return f"{here}/{last}" if here else last

    @contextmanager
    def receive(self, part: Part) -> Iterator[BinaryIO]:
        """Open the place of a part for writing. Raises `HostileArchive`, `WriteFailed`."""
        path = self.folder / self.name_of(part.path)
        with writing(path):
            descriptor = self._create(part, path)
        whole = False
        try:
            with StagedFile(descriptor, path) as stream:
                yield cast(BinaryIO, stream)
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
            return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except FileExistsError as error:
            reason = N_("another member goes to the same file.")
            raise HostileArchive(member=part.path, path=self._request.origin, reason=reason) from error

    def adopt_attributes(self, root: Path, live: Listing | None) -> None:
        """Give the staged files owner, permissions and attributes of the live ones they replace. Raises `OSError`."""
        exact = {item.file.name for _, item in live.files()} if live else set()
        alike = {folded(name): name for name in sorted(exact)}
        model = next(iter(sorted(exact)), None)
        paths = {str(path): part for part, path in self.received.items()}
        for name in files_below(self.folder, links=False):
            path = os.path.join(self.folder, name)
            twin = name if name in exact else alike.get(folded(name))
            mode = self._modes.get(paths.get(path, ""), self._usual_mode)
            _adopt(path, root / twin if twin else None, root / model if model else None, mode)

    def _set_times(self, descriptor: int, part: Part) -> None:
        if part.modified is None:
            return
        stamp = nanoseconds(part.modified)
        with contextlib.suppress(OverflowError, OSError):  # a date that this file system can't hold
            os.utime(descriptor, ns=(stamp, stamp))


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()


def _adopt(path: str, twin: Path | None, model: Path | None, mode: int) -> None:
    wanted = mode & 0o777 | 0o600
    with contextlib.suppress(FileNotFoundError):
        like = twin or model
        if like is not None:
            status = os.lstat(like)
            if os.geteuid() == 0:
                os.chown(path, status.st_uid, status.st_gid, follow_symlinks=False)
        if twin is not None:
            wanted = os.lstat(twin).st_mode & 0o777
            _copy_attributes(twin, path)
    os.chmod(path, wanted)


def _copy_attributes(source: Path, target: str) -> None:
    """Copy access lists and other extended attributes, where there are any and the system lets us."""
    if not hasattr(os, "listxattr"):
        return
    with contextlib.suppress(OSError):
        for name in os.listxattr(source, follow_symlinks=False):
            with contextlib.suppress(OSError):
                os.setxattr(target, name, os.getxattr(source, name, follow_symlinks=False), follow_symlinks=False)


def _folders(live: Listing | None) -> dict[str, str]:
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
