"""Writing of a backup, an ordinary ZIP.

Promise: under `path` there is a whole backup or nothing at all, whenever the process or the machine stops.

    open       members are added to `path` + `.part`
    published  `finish` has written LEIA-ME.txt, manifest and directory, and renamed the file to `path`
    removed    the writer was left before that, or `finish` failed: the `.part` file is deleted

It holds because no byte is written under `path` itself, and because the rename comes after all bytes are on the disk. A killed
process leaves a `.part` file, which nothing takes for a backup.
"""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from hctui import codec
from hctui.archive import deflate
from hctui.archive.ciphers import password_bytes
from hctui.archive.container import Container, member_header
from hctui.archive.member_writer import ChunkReader, MemberCipher, MemberWriter
from hctui.archive.members import StoredMember, name_defect, normal_name
from hctui.archive.pipeline import Pipeline
from hctui.archive.readme import readme_text
from hctui.disk import atomic_file
from hctui.disk.errors import writing
from hctui.errors import InvalidName, PasswordNeeded
from hctui.events import Reporter
from hctui.messages import N_
from hctui.model import MANIFEST_NAME, README_NAME, Encryption, Level, Manifest

_RESERVED = (README_NAME.casefold(), MANIFEST_NAME.casefold())


class ArchiveWriter:
    """Writes the backup `path`. A context manager: leaving it before `finish` removes the `.part` file."""

    def __init__(self, path: Path, *, level: Level, encryption: Encryption | None = None, password: str | None = None) -> None:
        """Open `path` + `.part`. Raises `AlreadyExists`, `DestinationMissing`, `NotWritable`, `PasswordNeeded`."""
        if encryption is not None and not password:
            raise PasswordNeeded(path=str(path), standard=encryption.value)
        self._path, self._part = path, atomic_file.part_path(path)
        self._level = level
        self._cipher = MemberCipher(encryption, password_bytes(password)) if encryption and password else None
        self._names: dict[str, str] = {}
        self._discarded: set[str] = set()
        self._finished = False
        self._file = atomic_file.create(path)
        self._container = Container(self._file)
        self._pipeline = Pipeline(path, deflate.CHUNK, separate=self._cipher is not None and level is Level.NONE)
        self._members = MemberWriter(self._container, self._pipeline)

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
        """Store all of `source` under the name `member`; an earlier member of that name is replaced.

        When this returns, `source` is read to its end, but compressing and writing may go on. Raises `InvalidName`,
        `ReadFailed`, `WriteFailed` (also for an earlier member) and what `source` and `reporter` raise; the archive then does
        not have the member.
        """
        if member.casefold() in _RESERVED:
            raise InvalidName(name=member, reason=N_("hctui writes a file of that name itself."))
        header = member_header(self._checked_name(member), modified, mode, link=link)
        self._discarded.discard(header.filename)
        reader = ChunkReader(source, member, reporter)
        self._members.add(header, reader, self._level if compress else Level.NONE, self._cipher if encrypt else None)
        return reader.stored()

    def discard(self, member: str) -> None:
        """Leave a member that was added out of the directory; its bytes stay in the file, where no program finds them."""
        self._discarded.add(normal_name(member))

    def finish(self, manifest: Manifest) -> int:
        """Write LEIA-ME.txt, manifest and directory, and publish the file; return its size in bytes.

        Raises `AlreadyExists`, `WriteFailed`; the `.part` file is then removed.
        """
        try:
            self._add_own(README_NAME, readme_text(manifest, encrypted=self._cipher is not None), None)
            self._add_own(MANIFEST_NAME, codec.encode(manifest), self._cipher)
            self._members.flush()
            self._pipeline.finish()
            with writing(self._path):
                self._container.close(without=self._discarded)
            size = atomic_file.publish(self._file, self._part, self._path)
            self._finished = True
        finally:
            self.abort()
        return size

    def abort(self) -> None:
        """Stop and remove the `.part` file; after `finish`, or the second time, do nothing."""
        if not self._finished:
            self._finished = True
            self._pipeline.abort()
            self._container.abandon()
            atomic_file.discard(self._file, self._part)

    def _add_own(self, name: str, content: bytes, cipher: MemberCipher | None) -> None:
        reader = ChunkReader(io.BytesIO(content), name, None)
        self._members.add(member_header(name, None, 0o600, link=False), reader, Level.MEDIUM, cipher)

    def _checked_name(self, member: str) -> str:
        """Return the normal form of a name. Raises `InvalidName` if it is unsafe, or the second spelling of another."""
        name = normal_name(member)
        if reason := name_defect(name):
            raise InvalidName(name=member.encode(errors="backslashreplace").decode(), reason=reason)
        if self._names.setdefault(name, member) != member:
            raise InvalidName(name=member, reason=N_("another file in the backup has the same name in another spelling."))
        return name
