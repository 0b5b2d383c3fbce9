"""Writing a backup: an ordinary ZIP that appears under its name only once it is whole and on the disk."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from hctui import codec
from hctui.archive import deflate, durable
from hctui.archive.ciphers import password_bytes
from hctui.archive.container import Container, header
from hctui.archive.errors import writing
from hctui.archive.member_writer import Lock, Packer, Source
from hctui.archive.members import StoredMember, name_defect, normal_name
from hctui.archive.pipeline import Pipeline
from hctui.archive.readme import instructions
from hctui.errors import InvalidName, PasswordNeeded
from hctui.events import Reporter
from hctui.messages import N_
from hctui.model import MANIFEST_NAME, README_NAME, Encryption, Level, Manifest

_RESERVED = (README_NAME.casefold(), MANIFEST_NAME.casefold())


class ArchiveWriter:
    """Writes `path`. A context manager: left before `finish`, with an exception or without, it leaves nothing behind."""

    def __init__(self, path: Path, *, level: Level, encryption: Encryption | None = None, password: str | None = None) -> None:
        """Open `path` + `.part`. Raises `AlreadyExists`, `DestinationMissing`, `NotWritable`, `PasswordNeeded`."""
        if encryption is not None and not password:
            raise PasswordNeeded(path=str(path), standard=encryption.value)
        self._path = path
        self._level = level
        self._lock = Lock(encryption, password_bytes(password)) if encryption and password else None
        self._names: dict[str, str] = {}
        self._discarded: set[str] = set()
        self._finished = False
        self._file = durable.create(path)
        self._container = Container(self._file)
        self._pipeline = Pipeline(path, deflate.CHUNK, apart=self._lock is not None and level is Level.NONE)
        self._packer = Packer(self._container, self._pipeline)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.abort()

    def add(
        self,
        member: str,
        source: BinaryIO,
        *,
        modified: datetime | None = None,
        reporter: Reporter | None = None,
        compress: bool = True,
        encrypt: bool = True,
        mode: int = 0o600,
        link: bool = False,
    ) -> StoredMember:
        """Store all of `source` under the name `member`, in place of an earlier member of that name.

        It is read to its end; packing and writing may still be under way. Raises `InvalidName`, `ReadFailed`, `WriteFailed`
        (for what was added before, too) and whatever `source` and `reporter` raise: the member is not in the archive then.
        """
        if member.casefold() in _RESERVED:
            raise InvalidName(name=member, reason=N_("hctui writes a file of that name itself."))
        head = header(self._claim(member), modified, mode, link=link)
        self._discarded.discard(head.filename)
        counted = Source(source, member, reporter)
        self._packer.add(head, counted, self._level if compress else Level.NONE, self._lock if encrypt else None)
        return counted.stored()

    def discard(self, member: str) -> None:
        """Leave a member that was added out of the archive; its bytes stay in the file, where nothing leads to them."""
        self._discarded.add(normal_name(member))

    def finish(self, manifest: Manifest) -> int:
        """Write instructions, manifest and directory, make the file durable and give it its name; return its size.

        Raises `AlreadyExists`, `WriteFailed`; nothing is left behind then.
        """
        try:
            self._add_own(README_NAME, instructions(manifest, encrypted=self._lock is not None), None)
            self._add_own(MANIFEST_NAME, codec.encode(manifest), self._lock)
            self._packer.flush()
            self._pipeline.finish()
            with writing(self._path):
                self._container.close(without=self._discarded)
            size = durable.publish(self._file, self._path)
            self._finished = True
        finally:
            self.abort()
        return size

    def abort(self) -> None:
        """Give up and remove the `.part`; after `finish`, or twice, it does nothing."""
        if not self._finished:
            self._finished = True
            self._pipeline.abort()
            self._container.abandon()
            durable.discard(self._file, self._path)

    def _add_own(self, name: str, content: bytes, lock: Lock | None) -> None:
        head = header(name, None, 0o600, link=False)
        self._packer.add(head, Source(io.BytesIO(content), name, None), Level.MEDIUM, lock)

    def _claim(self, member: str) -> str:
        name = normal_name(member)
        if reason := name_defect(name):
            raise InvalidName(name=member.encode(errors="backslashreplace").decode(), reason=reason)
        if self._names.setdefault(name, member) != member:
            raise InvalidName(name=member, reason=N_("another file in the backup has the same name in another spelling."))
        return name
