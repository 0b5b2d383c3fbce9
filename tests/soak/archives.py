"""Trials of damaged backups: the damage is found, and no wrong byte gets into a live database."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from random import Random

from hctui.archive import ArchiveReader, ArchiveWriter, writer
from hctui.errors import ArchiveError, DamagedArchive, HctuiError
from hctui.model import DatabaseManifest, Encryption, Level, Manifest, Part, PartKind
from hctui.plans import RestorePlan, VerifyPlan

from .child import carry_out
from .scene import ALIASES, PASSWORD, Scene
from .stats import Statistics

STANDARDS = (None, Encryption.ZIPCRYPTO, Encryption.AES256)
PARTS = {"a.dbf": b"rows " * 12, "b.dbf": b"0123456789", "c.dbf": b""}
_BY = (("(CRC)", "CRC"), ("BLAKE3", "BLAKE3"), ("password", "password check"), ("valid ZIP", "inflating"))


@contextmanager
def cached_keys() -> Iterator[None]:
    """Derive each key once: a trial opens ten thousand backups with one password."""
    real = hashlib.pbkdf2_hmac
    hashlib.pbkdf2_hmac = cache(real)
    try:
        yield
    finally:
        hashlib.pbkdf2_hmac = real


class Damage:
    """A tiny backup of each encryption, which is damaged in every way and then read as a restore reads it."""

    def __init__(self, folder: Path, stats: Statistics) -> None:
        self._path = folder / "damaged.bkb"
        self._stats = stats
        self._originals = {standard: self._make(folder / "small.bkb", standard) for standard in STANDARDS}

    def original(self, standard: Encryption | None) -> bytes:
        """Return the undamaged backup."""
        return self._originals[standard]

    def damages(self, standard: Encryption | None) -> Iterator[tuple[str, bytes]]:
        """Yield each damaged backup: each bit flipped, cut at each length, blocks of several sizes zeroed and swapped."""
        whole = self.original(standard)
        for place in range(len(whole)):
            for bit in range(8):
                changed = bytearray(whole)
                changed[place] ^= 1 << bit
                yield "bits flipped", bytes(changed)
        for length in range(len(whole)):
            yield "cut short", whole[:length]
        for size in (1, 4, 16, 64):
            for start in range(0, len(whole) - 2 * size):
                first, second, rest = whole[start : start + size], whole[start + size :][:size], whole[start + 2 * size :]
                yield "blocks zeroed", whole[:start] + bytes(size) + second + rest
                yield "blocks swapped", whole[:start] + second + first + rest

    def forgeries(self, standard: None = None) -> Iterator[tuple[str, bytes]]:
        """Yield backups in which a byte of a table is changed and everything except the manifest agrees with it."""
        for name, data in PARTS.items():
            for place in range(len(data)):
                changed = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
                forged = io.BytesIO()
                with zipfile.ZipFile(io.BytesIO(self.original(standard))) as real, zipfile.ZipFile(forged, "w") as made:
                    for member in real.infolist():
                        made.writestr(member, changed if member.filename == f"DB/{name}" else real.read(member))
                yield "bytes changed, checksums corrected", forged.getvalue()

    def try_all(self, standard: Encryption | None, damages: Iterable[tuple[str, bytes]]) -> None:
        """Read each damaged backup: it must be refused, or every byte read must be correct."""
        for kind, damaged in damages:
            if damaged == self.original(standard):
                continue
            self._stats.add(kind, str(standard or "plain"))
            self._stats.add(f"found in {standard or 'plain'} backups by", self._outcome(damaged))

    def _outcome(self, damaged: bytes) -> str:
        self._path.write_bytes(damaged)
        found: dict[str, bytes] = {}
        try:
            with ArchiveReader(self._path, password=PASSWORD) as archive:
                manifest = archive.manifest()
                if manifest is None:
                    return "structure"  # it counts as the backup of another program, which a person restores by name
                for part in manifest.databases[0].parts:
                    sink = io.BytesIO()
                    archive.read(f"DB/{part.path}", sink, expected=part)
                    found[part.path] = sink.getvalue()
        except HctuiError as error:
            return _found_by(error)
        assert found == PARTS, "a wrong byte was read"
        return "no effect"

    @staticmethod
    def _make(path: Path, standard: Encryption | None) -> bytes:
        path.unlink(missing_ok=True)
        real, writer.readme_text = writer.readme_text, lambda manifest, encrypted: b"Leia-me."
        try:
            with ArchiveWriter(path, level=Level.MEDIUM, encryption=standard, password=standard and PASSWORD) as archive:
                stored = {name: archive.add(f"DB/{name}", io.BytesIO(data)) for name, data in PARTS.items()}
                parts = tuple(Part(name, PartKind.DATA, size=each.size, blake3=each.blake3) for name, each in stored.items())
                database = DatabaseManifest("DB", "folder", parts=parts)
                archive.finish(Manifest(datetime(2026, 11, 22, tzinfo=UTC), "soak", databases=(database,)))
        finally:
            writer.readme_text = real
        return path.read_bytes()


def edited(data: bytes, edits: Sequence[tuple[str, float, bytes, int]]) -> bytes:
    """Change an archive, mostly in its structures: near the signatures."""
    changed = bytearray(data)
    for kind, where, content, number in edits:
        marks = [at for at in range(len(changed) - 4) if changed[at : at + 2] == b"PK"] or [0]
        scaled = where * len(marks) * 2
        at = marks[int(scaled) // 2] + int(scaled % 1 * 60) if int(scaled) % 2 else int(where * len(changed))
        match kind:
            case "set":
                changed[at : at + len(content)] = content
            case "insert":
                changed[at:at] = content
            case "delete":
                del changed[at : at + len(content)]
            case "copy":
                changed[at:at] = changed[int(where * where * len(changed)) :][:100]
            case "number":
                changed[at : at + 4] = number.to_bytes(4, "little")
    return bytes(changed)


def fuzz(damage: Damage, random: Random) -> None:
    """Change two hundred archives at random."""
    standard = random.choice(STANDARDS)
    for _ in range(200):
        edits = [
            (
                random.choice(("set", "insert", "delete", "copy", "number")),
                random.random(),
                random.randbytes(random.randint(1, 12)),
                random.choice((0, 1, 0x7F, 0xFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF)),
            )
            for _ in range(random.randint(1, 6))
        ]
        damage.try_all(standard, [("changed at random", edited(damage.original(standard), edits))])


def _found_by(error: HctuiError) -> str:
    if not isinstance(error, DamagedArchive):
        return "structure" if isinstance(error, ArchiveError) else type(error).__name__
    if "authentication" in str(error.__cause__):
        return "HMAC"
    return next((name for words, name in _BY if words in str(error)), "structure")


def restore_damaged(scene: Scene, stats: Statistics, random: Random) -> None:
    """Damage a real backup anywhere; its restore must be refused and change nothing, or be correct."""
    scene.reset()
    before = scene.contents()
    damaged = bytearray(scene.backup.read_bytes())
    place, size = random.randrange(len(damaged)), random.choice((1, 1, 8, 512))
    match random.choice(("flip", "zero", "cut", "noise")):
        case "flip":
            damaged[place] ^= 1 << random.randrange(8)
        case "zero":
            damaged[place : place + size] = bytes(len(damaged[place : place + size]))
        case "noise":
            damaged[place : place + size] = random.randbytes(len(damaged[place : place + size]))
        case "cut":
            del damaged[place:]
    path = scene.folder / "damaged.bkb"
    path.write_bytes(damaged)
    verified = _succeeds(lambda: carry_out(VerifyPlan(path), scene.configuration(), None))
    assert scene.contents() == before
    restored = _succeeds(lambda: carry_out(RestorePlan(path, ALIASES), scene.configuration(), None))
    now = scene.contents()
    if restored:
        scene.reset()
        carry_out(RestorePlan(scene.backup, ALIASES), scene.configuration(), None)
        assert now == scene.contents(), "a wrong byte is in a live database"
    else:
        assert now == before, "a refused restore changed something"
    if not verified:
        stats.add("damaged backups that a verification found")
    stats.add("damaged backups restored", "refused, nothing changed" if not restored else "every byte correct")
    path.unlink()
    assert scene.leftovers() == []


def _succeeds(work: Callable[[], object]) -> bool:
    try:
        work()
    except HctuiError as error:
        assert "\n" not in str(error)
        return False
    return True
