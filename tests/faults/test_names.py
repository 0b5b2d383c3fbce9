"""Tests with unusual times and names: 1970 to 2500, a change of clocks, accents, emoji, 255 bytes, no valid UTF-8."""

from __future__ import annotations

import os
import time
import unicodedata
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from soak.child import carry_out
from soak.concurrency import run_hctui
from soak.scene import Scene, content_of

from hctui.archive import ArchiveReader
from hctui.config import Configuration
from hctui.model import Database
from hctui.plans import BackupPlan, FilesBackupPlan, FilesRestorePlan, RestorePlan, UndoPlan, VerifyPlan

MOMENTS = {
    "1970": 0,
    "1979, before ZIP": 315_532_799,
    "1980": 315_532_800,
    "an odd second": 1_700_000_001,
    "2038": 2_147_483_648,
    "2107, the last of ZIP": 4_354_819_198,
    "2108": 4_354_819_200,
    "2500": 16_725_225_600,
    "before 1970": -86_400,
}
NAMES = (
    "ação e reação.nx1",
    unicodedata.normalize("NFD", "decomposição.nx1"),
    "com espaços  no  meio.nx1",
    "emoji 🧾📦.nx1",
    "日本語.nx1",
    "a" * 251 + ".nx1",
    "ã" * 125 + ".nx1",
    os.fsdecode(b"latin-1 \xe7\xe3o.nx1"),
    os.fsdecode(b"\xff\xfe\x80.nx1"),
    "aspas ' e \" e $HOME `x`.nx1",
    "-f.nx1",
)


@pytest.fixture
def folder(scene: Scene) -> Iterator[Path]:
    """Yield a registered, empty folder of table files."""
    scene.reset()
    folder = scene.live / "nomes"
    folder.mkdir()
    scene.configuration().add(Database("NOMES", "folder", str(folder)))
    yield folder
    scene.reset()


@pytest.fixture
def back_up_and_restore(scene: Scene, folder: Path) -> Callable[[], None]:
    """Return a function that backs up, verifies, changes, restores, undoes and restores again; files are as before then."""

    def run() -> None:
        before, times = content_of(folder), _times(folder)
        file = scene.destination / "nomes.bkb"
        carry_out(BackupPlan(("NOMES",), scene.destination, file.name), scene.configuration(), None)
        assert carry_out(VerifyPlan(file), scene.configuration(), None).warnings == ()
        for path in folder.iterdir():
            path.write_bytes(b"changed")
        changed = content_of(folder)
        plan = RestorePlan(file, ("NOMES",))
        for step, expected in ((plan, before), (UndoPlan("NOMES"), changed), (plan, before)):
            carry_out(step, scene.configuration(), None)
            assert content_of(folder) == expected
        assert _times(folder) == times

    return run


def _times(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns // 1_000_000_000 for path in folder.iterdir() if path.is_file()}


def test_any_name_of_a_file(folder: Path, back_up_and_restore: Callable[[], None]) -> None:
    for number, name in enumerate(NAMES):
        (folder / name).write_bytes(f"table {number}".encode())
    assert len(list(folder.iterdir())) == len(NAMES)
    back_up_and_restore()


def test_any_time_of_a_file(folder: Path, back_up_and_restore: Callable[[], None]) -> None:
    for number, (name, moment) in enumerate(MOMENTS.items()):
        path = folder / f"{name}.nx1"
        path.write_bytes(f"table {number}".encode())
        os.utime(path, (moment, moment))
    back_up_and_restore()


@pytest.mark.parametrize("zone", ["America/Sao_Paulo", "Europe/Lisbon", "Pacific/Kiritimati", "America/St_Johns"])
def test_across_a_change_of_clocks(
    folder: Path, back_up_and_restore: Callable[[], None], monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    """Times around the skipped and the repeated hour, in 2018 in São Paulo and in 2026 in Lisbon."""
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        for start in (1_541_300_400, 1_550_368_800, 1_774_746_000, 1_792_890_000):
            for hour in range(-2, 3):
                path = folder / f"{start}{hour}.nx1"
                path.write_bytes(b"x")
                os.utime(path, (start + 3600 * hour,) * 2)
        back_up_and_restore()
    finally:
        monkeypatch.undo()
        time.tzset()


def test_files_with_any_name_and_time(scene: Scene, tmp_path: Path) -> None:
    scene.reset()
    source, back = tmp_path / "de", tmp_path / "para"
    source.mkdir()
    back.mkdir()
    for number, name in enumerate(NAMES):
        (source / name).write_bytes(f"file {number}".encode())
        moment = list(MOMENTS.values())[number % len(MOMENTS)]
        os.utime(source / name, (moment, moment))
    done = carry_out(FilesBackupPlan((source,), scene.destination, "arquivos"), scene.configuration(), None)
    carry_out(VerifyPlan(done.path), scene.configuration(), None)
    carry_out(FilesRestorePlan(done.path, back), scene.configuration(), None)
    (restored,) = (folder for folder in (back, back / source.name) if any(path.is_file() for path in folder.glob("*")))
    was, now = content_of(source), content_of(restored)
    assert sorted(now.values()) == sorted(was.values())
    for name in NAMES:
        if _is_text(name):
            assert now[name] == was[name]
    assert sorted(_times(restored).values()) == sorted(_times(source).values())


def _is_text(name: str) -> bool:
    """Return whether a name is valid UTF-8; other files are restored under a readable name."""
    return not any(0xDC80 <= ord(sign) <= 0xDCFF for sign in name)


@pytest.mark.parametrize("moment", ["1971-01-01 00:00:00", "2107-12-31 23:59:59", "2200-06-01 12:00:00"])
def test_a_wrong_clock_makes_complete_backups(scene: Scene, monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    """An empty battery: every time that hctui writes is wrong, and everything else is right."""
    import zipfile

    from hctui.operations import backup

    scene.reset()
    now = datetime.fromisoformat(moment).replace(tzinfo=UTC)

    class Clock(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:
            return now

    monkeypatch.setattr(__import__("sys").modules[backup.__module__], "datetime", Clock)
    carry_out(BackupPlan(("LOJA", "FABRICA"), scene.destination, ""), scene.configuration(), None)
    monkeypatch.undo()
    (made,) = [path for path in scene.destination.iterdir() if path.name.startswith("LOJA+FABRICA")]
    assert moment[:10] in made.name
    carry_out(VerifyPlan(made), scene.configuration(), None)
    with ArchiveReader(made) as archive, zipfile.ZipFile(made) as other:
        assert archive.manifest().created == now
        assert other.testzip() is None
    before = content_of(scene.location("FABRICA"))
    carry_out(RestorePlan(made), scene.configuration(), None)
    assert content_of(scene.location("FABRICA")) == before


def test_aliases_that_differ_only_in_case(scene: Scene) -> None:
    scene.reset()
    code, output = run_hctui(scene, "databases", "add", "loja", str(scene.live / "padaria.db"))
    assert code == 2 and "capitals" in output
    code, output = run_hctui(scene, "restore", str(scene.backup), "--database", "FABRICA", "--into", "Loja", "--yes")
    assert code == 2 and "capitals" in output
    assert [each.alias for each in Configuration.load(scene.folder / "hctui.toml").databases] == ["LOJA", "PADARIA", "FABRICA"]
    code, output = run_hctui(scene, "restore", str(scene.backup), "--database", "loja", "--yes")
    assert code in (0, 3), output
