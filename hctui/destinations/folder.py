"""A folder of this machine, or a mounted share, as a destination.

`hctui.disk.atomic_file` keeps the promise of `put`. Only the part of a killed process is left for the next call; after an error
that the process survives the part is deleted, so that it does not fill a disk.

A new backup is not copied into a folder: the archive writes it there, at `path_of(name)`, under the same promise.
"""

from __future__ import annotations

import io
import os
import stat
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from hctui.destinations.base import CHUNK, Features, LocalFile, RemoteFile, valid_name
from hctui.disk import atomic_file, space
from hctui.disk.atomic_file import PART_SUFFIX
from hctui.disk.errors import reading, write_error, writing
from hctui.disk.paths import device, printable, refuse_address
from hctui.errors import AlreadyExists, DestinationMissing, NotWritable, WriteFailed
from hctui.events import Reporter
from hctui.messages import N_
from hctui.model import BACKUP_SUFFIX

_RESUMABLE_SECONDS = 7 * 24 * 3600
"""Age from which the part of a killed copy is deleted: by then the copy was made again, or its backup is gone."""


class FolderDestination:
    """A folder as a `Destination`. It holds nothing open: a caller that knows it is a folder needs no `with`."""

    features = Features(resumes=True, free_space=True)

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def address(self) -> str:
        """The path of the folder."""
        return printable(self.folder)

    def __enter__(self) -> Self:
        self._require_folder()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        pass

    def list(self) -> Iterator[RemoteFile]:
        """Yield the files, and the links to files, that are not on their way. Raises `ReadFailed`."""
        with reading(self.folder), os.scandir(self.folder) as entries:
            for entry in entries:
                with suppress(OSError):  # deleted meanwhile, or a link that leads nowhere
                    if entry.is_file() and not entry.name.endswith(PART_SUFFIX):
                        yield _remote_file(entry.name, entry.stat())

    def stat(self, name: str) -> RemoteFile | None:
        """Return a file, or the file that a link leads to; None where there is none. Raises `ReadFailed`."""
        path = self.path_of(name)
        with reading(path), suppress(FileNotFoundError):
            status = path.stat()
            return _remote_file(name, status) if stat.S_ISREG(status.st_mode) else None
        self._require_folder()  # one that vanished holds its files still
        return None

    def read(self, name: str, offset: int, length: int) -> bytes:
        """Return `length` bytes of a file from `offset`, fewer only at its end. Raises `ReadFailed`."""
        path = self.path_of(name)
        with reading(path), open(path, "rb", opener=_open_without_waiting) as file:
            file.seek(offset)
            return file.read(length)

    def put(self, source: Path, name: str, *, resume: bool, reporter: Reporter | None = None) -> RemoteFile:
        """Copy a local file into the folder, as `Destination.put`."""
        path = self.path_of(name)
        self.refuse_taken(name)
        with LocalFile(source, reporter) as original:
            part = path.with_name(original.part_name(name))
            file = atomic_file.open_part(part)
            try:
                _fill(file, part, original, resume=resume)
                atomic_file.publish(file, part, path)
            finally:
                atomic_file.discard(file, part)
        with reading(path):
            return _remote_file(name, path.stat())

    def delete(self, name: str) -> None:
        """Delete a file or a link, as `Destination.delete`."""
        path = self.path_of(name)
        with writing(path), suppress(FileNotFoundError):
            path.unlink()
            return
        self._require_folder()

    def free(self) -> int:
        """Return the bytes free for this user where the folder is, or would be made. Raises `ReadFailed`."""
        return space.free_space(self.folder)

    # What only a folder can do; for the backup that is written into it.

    def path_of(self, name: str) -> Path:
        """Return the path of the file `name`. Raises `InvalidName`."""
        return self.folder / valid_name(name)

    def is_taken(self, name: str) -> bool:
        """Return whether anything has this name, also a broken link, or a backup on its way."""
        path = self.path_of(name)
        return os.path.lexists(path) or os.path.lexists(atomic_file.part_path(path))

    def refuse_taken(self, name: str) -> None:
        """Raise `AlreadyExists` where anything has this name, also a broken link."""
        path = self.path_of(name)
        if os.path.lexists(path):
            raise AlreadyExists(path=printable(path))

    def check(self) -> None:
        """Check that a file can be created in the folder by creating a temporary one.

        Raises `UnknownDestination`, `DestinationMissing`, `NotWritable`, `NoSpace`, `WriteFailed`.
        """
        self._require_folder()
        try:
            with tempfile.TemporaryFile(dir=self.folder, prefix=".hctui-"):
                pass
        except OSError as error:  # which names the temporary file
            raise write_error(OSError(error.errno, error.strerror), self.folder) from error

    def require_space(self, needed: int) -> None:
        """Raise `NoSpace` unless `needed` bytes are free."""
        space.require_space(self.folder, needed)

    def real_folder(self) -> Path:
        """Return the path of the folder without links."""
        return Path(os.path.realpath(self.folder))

    def is_inside(self, folder: Path) -> bool:
        """Return whether this is `folder` or is inside it."""
        return self.real_folder().is_relative_to(os.path.realpath(folder))

    def shares_disk(self, paths: Iterable[Path]) -> bool:
        """Return whether the folder is on the file system of any of `paths`; one that can't be read does not count."""
        disk = device(self.folder)
        return disk is not None and any(device(path) == disk for path in paths)

    def remove_abandoned(self) -> None:
        """Delete what killed processes left: backups on their way, and copies that no later call has continued for a week."""
        atomic_file.remove_all_abandoned(self.folder, BACKUP_SUFFIX)
        for part in self.folder.glob(f"*{BACKUP_SUFFIX}.{'[0-9a-f]' * 8}{PART_SUFFIX}"):
            with suppress(OSError):
                if time.time() - part.lstat().st_mtime > _RESUMABLE_SECONDS:
                    atomic_file.remove_abandoned(part)

    def _require_folder(self) -> None:
        """Raise `UnknownDestination`, `DestinationMissing` or `NotWritable` where the folder is none."""
        refuse_address(self.folder)
        if not os.path.exists(self.folder):
            with writing(self.folder), suppress(FileNotFoundError, NotADirectoryError, ValueError):
                os.stat(self.folder)
            raise DestinationMissing(path=printable(self.folder))
        if not os.path.isdir(self.folder):
            raise NotWritable(path=printable(self.folder), reason=N_("it is not a folder."))


def _fill(file: io.BufferedWriter, part: Path, original: LocalFile, *, resume: bool) -> None:
    """Give an open part all bytes of `original`. Raises `DiskFull`, `WriteFailed` and what `original` raises."""
    with writing(part):
        done = os.fstat(file.fileno()).st_size
        start = max(done - CHUNK, 0)
        if not resume or original.read(start, done - start) != os.pread(file.fileno(), done - start, start):
            done = 0
        file.seek(done)
        file.truncate()
        for chunk in original.chunks(done):
            file.write(chunk)
        file.flush()
        if os.fstat(file.fileno()).st_size != original.size:
            raise WriteFailed(path=printable(part), reason=N_("it is not as large as what was written to it."))


def _open_without_waiting(path: str, flags: int) -> int:
    """Open a file as `open` does, but do not wait for the other end of a pipe."""
    return os.open(path, flags | os.O_NONBLOCK)


def _remote_file(name: str, status: os.stat_result) -> RemoteFile:
    try:
        modified = datetime.fromtimestamp(status.st_mtime, UTC)
    except (OverflowError, ValueError, OSError):  # no calendar holds it
        modified = None
    return RemoteFile(name, status.st_size, modified)
