"""Putting files below a folder and nowhere else: no link on the way is followed, and no file is ever half there."""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from datetime import UTC, timedelta
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from hctui.model import StoredFile
from hctui.operations.walking import EPOCH

_PREFIX, _SUFFIX = ".hctui-", ".part"
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Placer:
    """Puts files, folders and links below `destination`; a context manager. Every method raises `OSError`."""

    def __init__(self, destination: Path, *, replace: bool) -> None:
        self._root = os.path.realpath(destination)
        self._replace = replace
        self._here: tuple[tuple[str, ...], int] | None = None
        self._seen: set[tuple[str, ...]] = set()
        self._made: list[StoredFile] = []
        self._links: list[StoredFile] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.finish()

    def occupied(self, path: str) -> bool:
        """Tell whether something is there that has to be left as it is."""
        folder, name = self._parent(path)
        try:
            os.stat(name, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return not self._replace

    def put(self, file: StoredFile, fill: Callable[[BinaryIO], None]) -> None:
        """Put a file: `fill` writes it under another name, and once it is whole it gets its own."""
        folder, name = self._parent(file.path)
        part = f"{_PREFIX}{secrets.token_hex(8)}{_SUFFIX}"
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=folder)
        with ExitStack() as unfinished:
            unfinished.callback(_remove, part, folder)
            with open(descriptor, "wb") as sink:
                with suppress(OSError):  # a file system without locks
                    fcntl.flock(descriptor, fcntl.LOCK_EX)
                fill(sink)
                sink.flush()
                os.fchmod(descriptor, file.mode & 0o777)
                _set_time(descriptor, file)
                if self._replace:
                    os.fsync(descriptor)
                os.replace(part, name, src_dir_fd=folder, dst_dir_fd=folder)
            unfinished.pop_all()

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
        """Give folders their permissions and times; remove and return links that others made lead outside.

        Leaving the context does it too, so that a restore that is stopped leaves whole what it leaves.
        """
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
        """Make durable what was put, all at once, which is much faster than one by one; a disk that failed says so now."""
        os.sync()
        synced: str | None = None
        for file in files:
            with suppress(PermissionError):  # a file nobody may read, not even we: it was written with the others
                folder, name = self._parent(file.path)
                if synced != (synced := os.path.dirname(file.path)):
                    with suppress(OSError):  # not every file system lets folders be synced
                        os.fsync(folder)
                if not file.link:
                    _sync(name, folder)

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


def _sync(name: str, folder: int) -> None:
    descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


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
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    os.unlink(name, dir_fd=folder)
                finally:
                    os.close(descriptor)
