"""The extraction of files into a folder.

The promise: nothing is written outside the folder, because no link on the way is followed; and after a kill or a loss of power
a file is complete or has not its name. A file is written under another name and renamed when it is on the disk. Syncing each
file takes twenty times as long as syncing many together, so files wait for their names in groups.
"""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from datetime import UTC, timedelta
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from msgspec import Struct

from hctui.disk.descriptors import open_private
from hctui.disk.locks import lock, try_lock
from hctui.disk.sync import sync, sync_everything, sync_folder
from hctui.model import StoredFile
from hctui.operations.file_scanner import EPOCH

_ERRORS_OF_ONE_PATH = frozenset(
    (
        *(errno.EISDIR, errno.ENOTDIR, errno.ELOOP, errno.EEXIST, errno.ENAMETOOLONG),
        *(errno.EACCES, errno.EPERM, errno.EILSEQ, errno.EINVAL, errno.ENOTEMPTY),
    )
)
_PREFIX, _SUFFIX = ".hctui-", ".part"
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_GROUP_FILES = 128
"""The largest number of files in a group; each needs two descriptors."""
_GROUP_BYTES = 64 << 20
"""The number of bytes that completes a group."""


class _UnnamedFile(Struct, frozen=True):
    """A file that is written and does not have its name yet."""

    file: StoredFile
    part: str
    name: str
    folder: int
    descriptor: int

    def close(self) -> None:
        os.close(self.descriptor)
        os.close(self.folder)


class FileExtractor:
    """Writes files, folders and links below `destination`; a context manager. Every method raises `OSError`.

    `refused` is called for a file that can't get its name for a reason that concerns only this file.
    """

    def __init__(self, destination: Path, *, replace: bool, refused: Callable[[StoredFile, OSError], None]) -> None:
        self._root = os.path.realpath(destination)
        self._replace = replace
        self._refused = refused
        self._unnamed: list[_UnnamedFile] = []
        self._open_folder: tuple[tuple[str, ...], int] | None = None
        self._cleaned: set[tuple[str, ...]] = set()
        self._new_folders: list[StoredFile] = []
        self._links: list[StoredFile] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        unnamed, self._unnamed = self._unnamed, []
        for each in unnamed:
            _remove(each.part, each.folder)
            each.close()
        self.finish()

    def is_kept(self, path: str) -> bool:
        """Return whether something is at `path` that must stay as it is."""
        folder, name = self._parent(path)
        return not self._replace and _exists(name, folder)

    def write_file(self, file: StoredFile, fill: Callable[[BinaryIO], None]) -> None:
        """Create a file and call `fill` to write it; it has its name after `finish` at the latest."""
        folder, name = self._parent(file.path)
        part = f"{_PREFIX}{secrets.token_hex(8)}{_SUFFIX}"
        descriptor = open_private(part, os.O_WRONLY | os.O_EXCL | os.O_NOFOLLOW, dir_fd=folder)
        with ExitStack() as unfinished:
            unfinished.callback(os.close, descriptor)
            unfinished.callback(_remove, part, folder)
            with open(descriptor, "wb", closefd=False) as sink:
                with suppress(OSError):  # a file system without locks
                    lock(descriptor)
                fill(sink)
            os.fchmod(descriptor, file.mode & 0o777)
            _set_time(descriptor, file)
            self._unnamed.append(_UnnamedFile(file, part, name, os.dup(folder), descriptor))
            unfinished.pop_all()
        if len(self._unnamed) >= _GROUP_FILES or sum(each.file.size for each in self._unnamed) >= _GROUP_BYTES:
            self._name_group()

    def make_folder(self, file: StoredFile) -> None:
        """Make a folder, whose permissions and time `finish` sets; one that exists already stays as it is."""
        folder, name = self._parent(file.path)
        try:
            os.mkdir(name, 0o700, dir_fd=folder)
        except FileExistsError:
            os.close(os.open(name, _FOLDER, dir_fd=folder))
        else:
            self._new_folders.append(file)

    def make_link(self, file: StoredFile) -> bool:
        """Make a symbolic link unless its target is outside the folder; return whether it was made."""
        folder, name = self._parent(file.path)
        if not self._inside(os.path.join(self._root, os.path.dirname(file.path), file.link)):
            return False
        self._name_group()
        part = f"{_PREFIX}{secrets.token_hex(8)}{_SUFFIX}"
        os.symlink(file.link, part, dir_fd=folder)
        try:
            os.replace(part, name, src_dir_fd=folder, dst_dir_fd=folder)
        except OSError:
            os.unlink(part, dir_fd=folder)
            raise
        self._links.append(file)
        return True

    def finish(self) -> list[StoredFile]:
        """Name the files and set the folders' permissions and times; remove and return links that now lead outside the folder.

        A link leads outside when a later link replaced a part of its path. Leaving the context does the same, but removes the
        files without a name: a restore that is stopped leaves only complete files.
        """
        self._name_group()
        escaped = [file for file in self._links if not self._inside(os.path.join(self._root, file.path))]
        for file in escaped:
            folder, name = self._parent(file.path)
            os.unlink(name, dir_fd=folder)
        self._close_folder()
        folders, self._new_folders, self._links = self._new_folders, [], []
        for file in sorted(folders, key=lambda each: each.path.count("/"), reverse=True):
            descriptor = self._open((*file.path.split("/"),))
            try:
                _set_time(descriptor, file)
                os.fchmod(descriptor, file.mode & 0o3777)
            finally:
                os.close(descriptor)
        return escaped

    def sync_names(self, files: Iterable[StoredFile]) -> None:
        """Sync the folders of `files`, so that the names survive a loss of power; a failed disk raises its error now."""
        sync_everything()
        for folders in {tuple(file.path.split("/")[:-1]) for file in files}:
            descriptor = self._open(folders)
            try:
                sync_folder(descriptor)
            finally:
                os.close(descriptor)

    def _name_group(self) -> None:
        """Sync the files without a name together and name them."""
        if len(self._unnamed) > 1:
            sync_everything()
        while self._unnamed:
            each = self._unnamed.pop(0)
            try:
                sync(each.descriptor)
                if not self._replace and _exists(each.name, each.folder):
                    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
                os.replace(each.part, each.name, src_dir_fd=each.folder, dst_dir_fd=each.folder)
            except OSError as error:
                _remove(each.part, each.folder)
                if not concerns_one_path(error):
                    raise
                self._refused(each.file, error)
            finally:
                each.close()

    def _inside(self, path: str) -> bool:
        real = os.path.realpath(path)
        return real == self._root or real.startswith(self._root.rstrip("/") + "/")

    def _parent(self, path: str) -> tuple[int, str]:
        """Open the folder that `path` is in, made where it is missing; return its descriptor and the last component."""
        *folders, name = path.split("/")
        key = tuple(folders)
        if self._open_folder is None or self._open_folder[0] != key:
            self._close_folder()
            self._open_folder = (key, self._open(key))
            if key not in self._cleaned:
                self._cleaned.add(key)
                _remove_abandoned(self._open_folder[1])
        return self._open_folder[1], name

    def _open(self, folders: tuple[str, ...]) -> int:
        here = os.open(self._root, _FOLDER)
        for each in folders:
            try:
                with suppress(FileExistsError):
                    os.mkdir(each, dir_fd=here)
                below = os.open(each, _FOLDER, dir_fd=here)
            finally:
                os.close(here)
            here = below
        return here

    def _close_folder(self) -> None:
        if self._open_folder is not None:
            os.close(self._open_folder[1])
            self._open_folder = None


def concerns_one_path(error: OSError) -> bool:
    """Return whether `error` concerns one path only, so that other files can still be restored."""
    return error.errno in _ERRORS_OF_ONE_PATH


def _set_time(descriptor: int, file: StoredFile) -> None:
    if file.modified is not None:
        known = file.modified if file.modified.tzinfo else file.modified.replace(tzinfo=UTC)
        moment = (known - EPOCH) // timedelta(microseconds=1) * 1000
        with suppress(OverflowError):
            os.utime(descriptor, ns=(moment, moment))


def _exists(name: str, folder: int) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _remove(name: str, folder: int) -> None:
    with suppress(FileNotFoundError):
        os.unlink(name, dir_fd=folder)


def _remove_abandoned(folder: int) -> None:
    """Remove the files that a killed restore was writing in a folder; those of a running one are locked."""
    for name in os.listdir(folder):
        if name.startswith(_PREFIX) and name.endswith(_SUFFIX):
            with suppress(OSError):
                descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
                try:
                    if try_lock(descriptor):
                        os.unlink(name, dir_fd=folder)
                finally:
                    os.close(descriptor)
