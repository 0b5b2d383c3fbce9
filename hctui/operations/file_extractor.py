"""Putting files below a folder and nowhere else: no link on the way is followed, and no file is ever half there.

A file is written under another name and gets its own once the disk has it, so that not even a cut of power leaves one that is
short or empty and passes for restored. Waiting for the disk once for each takes twenty times as long: it is once for many.
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

from hctui.disk.locks import lock, try_lock
from hctui.disk.sync import sync, sync_everything, sync_folder
from hctui.model import StoredFile
from hctui.operations.file_scanner import EPOCH

_PREFIX, _SUFFIX = ".hctui-", ".part"
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_MOST_WAITING = 128
"""Files that wait for the disk together; each holds two descriptors."""
_MOST_BYTES = 64 << 20
"""Bytes of them."""


class _Waiting(Struct, frozen=True):
    """A file that is written, and does not have its name yet."""

    file: StoredFile
    part: str
    name: str
    folder: int
    descriptor: int

    def close(self) -> None:
        os.close(self.descriptor)
        os.close(self.folder)


class Placer:
    """Puts files, folders and links below `destination`; a context manager. Every method raises `OSError`.

    `refused` is told of a file that can't have its name, for a reason that concerns it alone.
    """

    def __init__(self, destination: Path, *, replace: bool, refused: Callable[[StoredFile, OSError], None]) -> None:
        self._root = os.path.realpath(destination)
        self._replace = replace
        self._refused = refused
        self._waiting: list[_Waiting] = []
        self._here: tuple[tuple[str, ...], int] | None = None
        self._seen: set[tuple[str, ...]] = set()
        self._made: list[StoredFile] = []
        self._links: list[StoredFile] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            _remove(each.part, each.folder)
            each.close()
        self.finish()

    def occupied(self, path: str) -> bool:
        """Tell whether something is there that has to be left as it is."""
        folder, name = self._parent(path)
        return not self._replace and _is_there(name, folder)

    def put(self, file: StoredFile, fill: Callable[[BinaryIO], None]) -> None:
        """Put a file that `fill` writes; it has its name after `finish` at the latest."""
        folder, name = self._parent(file.path)
        part = f"{_PREFIX}{secrets.token_hex(8)}{_SUFFIX}"
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=folder)
        with ExitStack() as unfinished:
            unfinished.callback(os.close, descriptor)
            unfinished.callback(_remove, part, folder)
            with open(descriptor, "wb", closefd=False) as sink:
                with suppress(OSError):  # a file system without locks
                    lock(descriptor)
                fill(sink)
            os.fchmod(descriptor, file.mode & 0o777)
            _set_time(descriptor, file)
            self._waiting.append(_Waiting(file, part, name, os.dup(folder), descriptor))
            unfinished.pop_all()
        if len(self._waiting) >= _MOST_WAITING or sum(each.file.size for each in self._waiting) >= _MOST_BYTES:
            self._name_waiting()

    def make_folder(self, file: StoredFile) -> None:
        """Make a folder; its permissions and time are set by `finish`. One that is there already stays as it is."""
        folder, name = self._parent(file.path)
        try:
            os.mkdir(name, 0o700, dir_fd=folder)
        except FileExistsError:
            os.close(os.open(name, _FOLDER, dir_fd=folder))
        else:
            self._made.append(file)

    def link(self, file: StoredFile) -> bool:
        """Make a symbolic link, unless what it names lies outside; tell whether it was made."""
        folder, name = self._parent(file.path)
        if not self._inside(os.path.join(self._root, os.path.dirname(file.path), file.link)):
            return False
        self._name_waiting()
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
        """Give files their names, folders their permissions and times; remove and return links that others made lead outside.

        Leaving the context does it too, but for the names, so that a restore that is stopped leaves whole what it leaves.
        """
        self._name_waiting()
        escaped = [file for file in self._links if not self._inside(os.path.join(self._root, file.path))]
        for file in escaped:
            folder, name = self._parent(file.path)
            os.unlink(name, dir_fd=folder)
        self._leave()
        made, self._made, self._links = self._made, [], []
        for file in sorted(made, key=lambda each: each.path.count("/"), reverse=True):
            descriptor = self._open((*file.path.split("/"),))
            try:
                _set_time(descriptor, file)
                os.fchmod(descriptor, file.mode & 0o3777)
            finally:
                os.close(descriptor)
        return escaped

    def settle(self, files: Iterable[StoredFile]) -> None:
        """Make durable that what was put has its name; a disk that failed says so now."""
        sync_everything()
        for folders in {tuple(file.path.split("/")[:-1]) for file in files}:
            descriptor = self._open(folders)
            try:
                sync_folder(descriptor)
            finally:
                os.close(descriptor)

    def _name_waiting(self) -> None:
        """Have the disk take what waits, all at once, and give it its names."""
        if len(self._waiting) > 1:
            sync_everything()
        while self._waiting:
            each = self._waiting.pop(0)
            try:
                sync(each.descriptor)
                if not self._replace and _is_there(each.name, each.folder):
                    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
                os.replace(each.part, each.name, src_dir_fd=each.folder, dst_dir_fd=each.folder)
            except OSError as error:
                _remove(each.part, each.folder)
                if not is_of_the_place(error):
                    raise
                self._refused(each.file, error)
            finally:
                each.close()

    def _inside(self, path: str) -> bool:
        real = os.path.realpath(path)
        return real == self._root or real.startswith(self._root.rstrip("/") + "/")

    def _parent(self, path: str) -> tuple[int, str]:
        """Return a descriptor of the folder that `path` is in, made where it is missing, and the last component."""
        *folders, name = path.split("/")
        key = tuple(folders)
        if self._here is None or self._here[0] != key:
            self._leave()
            self._here = (key, self._open(key))
            if key not in self._seen:
                self._seen.add(key)
                _remove_abandoned(self._here[1])
        return self._here[1], name

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

    def _leave(self) -> None:
        if self._here is not None:
            os.close(self._here[1])
            self._here = None


def is_of_the_place(error: OSError) -> bool:
    """Tell whether `error` concerns one path alone, so that the others can still be restored."""
    alone = (
        errno.EISDIR,
        errno.ENOTDIR,
        errno.ELOOP,
        errno.EEXIST,
        errno.ENAMETOOLONG,
        errno.EACCES,
        errno.EPERM,
        errno.EILSEQ,
    )
    return error.errno in (*alone, errno.EINVAL, errno.ENOTEMPTY)


def _set_time(descriptor: int, file: StoredFile) -> None:
    if file.modified is not None:
        known = file.modified if file.modified.tzinfo else file.modified.replace(tzinfo=UTC)
        moment = (known - EPOCH) // timedelta(microseconds=1) * 1000
        with suppress(OverflowError):
            os.utime(descriptor, ns=(moment, moment))


def _is_there(name: str, folder: int) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _remove(name: str, folder: int) -> None:
    with suppress(FileNotFoundError):
        os.unlink(name, dir_fd=folder)


def _remove_abandoned(folder: int) -> None:
    """Remove what a killed restore was writing in a folder; what a living one writes is locked."""
    for name in os.listdir(folder):
        if name.startswith(_PREFIX) and name.endswith(_SUFFIX):
            with suppress(OSError):
                descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
                try:
                    if try_lock(descriptor):
                        os.unlink(name, dir_fd=folder)
                finally:
                    os.close(descriptor)
