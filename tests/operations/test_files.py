"""Backups and restores of any files and folders."""

from __future__ import annotations

import os
import socket
import stat
import zipfile
from collections.abc import Callable
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from hctui import codec
from hctui.disk.errors import reading
from hctui.errors import DestinationMissing, HctuiError, HostileArchive, NothingToDo, ReadFailed, UsageError
from hctui.events import FilesDone
from hctui.model import Encryption, Level, Manifest, StoredFile
from hctui.operations import existing_backups, show
from hctui.operations.files_backup import NamedReader
from hctui.plans import FilesBackupPlan, FilesRestorePlan, RestorePlan, VerifyPlan

if TYPE_CHECKING:
    from conftest import Server


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Make a folder with files, links and other objects that are usual on a server."""
    root = tmp_path / "casa" / "docs"
    (root / "fotos" / "férias").mkdir(parents=True)
    (root / "vazia").mkdir(mode=0o750)
    (root / "notas.txt").write_text("olá")
    (root / "notas.txt").chmod(0o640)
    (root / "fotos" / "férias" / "praia.jpg").write_bytes(os.urandom(3000))
    (root / "fotos" / "zero").touch()
    (root / "fotos" / "link").symlink_to("férias/praia.jpg")
    (root / "fora").symlink_to("/etc/passwd")
    os.utime(root / "notas.txt", ns=(0, 1_000_000_000_123_456_000))
    os.utime(root / "vazia", (0, 1_500_000_000))
    return root


def snapshot(root: Path) -> dict[str, tuple[str, bytes | str, int]]:
    """Return modes, content and times of everything below `root`."""
    found: dict[str, tuple[str, bytes | str, int]] = {}
    for path in sorted(root.rglob("*")):
        status = path.lstat()
        content = str(path.readlink()) if path.is_symlink() else path.read_bytes() if path.is_file() else ""
        time = 0 if path.is_symlink() or (path.is_dir() and path.name != "vazia") else status.st_mtime_ns // 1000
        found[str(path.relative_to(root))] = (stat.filemode(status.st_mode), content, time)
    return found


def plan_for(server: Server, *paths: Path, **options: object) -> FilesBackupPlan:
    return FilesBackupPlan(paths, server.destination, "arquivos", **options)


async def restored(server: Server, file: Path, to: Path, password: str | None = None, **options: object) -> FilesDone:
    to.mkdir(exist_ok=True)
    done, _ = await server.run(FilesRestorePlan(file, to, **options), password)
    return done


@pytest.mark.parametrize("encryption", [None, Encryption.ZIPCRYPTO, Encryption.AES256])
async def test_files_are_restored_as_they_were(
    server: Server, tree: Path, tmp_path: Path, encryption: Encryption | None
) -> None:
    password = server.password if encryption else None
    done, _ = await server.run(plan_for(server, tree, encryption=encryption), password)
    assert (done.files, done.warnings) == (5, ())
    verified, _ = await server.run(VerifyPlan(done.file if hasattr(done, "file") else done.path), password)
    assert verified.warnings == ()
    result = await restored(server, done.path, tmp_path / "back", password)
    expected = snapshot(tree)
    del expected["fora"]
    assert snapshot(tmp_path / "back" / "docs") == expected
    assert result.files == 4
    assert ["fora" in str(warning) for warning in result.warnings] == [True]


async def test_other_programs_unpack_the_same_files(
    server: Server, tree: Path, tmp_path: Path, tool: Callable[[str], str]
) -> None:
    import subprocess

    done, _ = await server.run(plan_for(server, tree))
    subprocess.run([tool("unzip"), "-q", done.path, "-d", tmp_path / "out"], check=True)
    assert (tmp_path / "out/docs/fotos/férias/praia.jpg").read_bytes() == (tree / "fotos/férias/praia.jpg").read_bytes()
    assert (tmp_path / "out/docs/vazia").is_dir()
    assert os.readlink(tmp_path / "out/docs/fotos/link") == "férias/praia.jpg"


async def test_stored_paths_start_at_the_common_folder(server: Server, tree: Path, tmp_path: Path) -> None:
    done, _ = await server.run(plan_for(server, tree / "fotos", tree / "notas.txt", tree / "fotos" / "zero"))
    assert {file.path for file in show(done.path, None).files if not file.folder} == {
        "fotos/férias/praia.jpg",
        "fotos/link",
        "fotos/zero",
        "notas.txt",
    }


async def test_a_file_that_can_not_be_stored_is_named(server: Server, tree: Path) -> None:
    os.mkfifo(tree / "fila")
    with socket.socket(socket.AF_UNIX) as unix:
        unix.bind(str(tree / "tomada"))
        done, _ = await server.run(plan_for(server, tree))
    assert [Path(str(warning.values["path"])).name for warning in done.warnings] == ["fila"]
    assert [Path(str(advice.values["path"])).name for advice in done.advice] == ["tomada"], "nobody can restore a socket"
    with pytest.raises(ReadFailed):
        await server.run(replace(plan_for(server, tree / "nada"), name="outro"))
    with pytest.raises(NothingToDo):
        await server.run(replace(plan_for(server), name="outro"))


async def test_a_read_error_in_one_file_is_named_and_the_others_are_stored(
    server: Server, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Failing(NamedReader):
        def read(self, size: int = -1) -> bytes:
            if "praia" in self._path:
                with reading(self._path):
                    raise OSError(5, "EIO")
            return super().read(size)

    monkeypatch.setattr(import_module("hctui.operations.files_backup"), "NamedReader", Failing)
    done, _ = await server.run(plan_for(server, tree))
    assert "praia.jpg" in str(done.warnings[0])
    assert "docs/fotos/férias/praia.jpg" not in {file.path for file in show(done.path, None).files}
    assert done.files == 4


async def test_the_backup_does_not_contain_itself(server: Server, tree: Path) -> None:
    plan = FilesBackupPlan((tree,), tree, "dentro", level=Level.NONE)
    done, _ = await server.run(plan)
    assert not any("dentro" in file.path for file in show(done.path, None).files)


async def test_unusual_names_are_restored(server: Server, tree: Path, tmp_path: Path) -> None:
    odd = [
        "a:b",
        "barra\\invertida",
        "con",
        "manifest.json",
        "nova\nlinha",
        "e\u0301",
        "é",
        "LEIA-ME.txt",
        "x" * 255,
        "%41",
        " .",
    ]
    only = tmp_path / "odd"
    only.mkdir()
    for name in odd:
        (only / name).write_text(name)
    (only / os.fsdecode("informação".encode("latin-1"))).write_text("latin")
    done, _ = await server.run(plan_for(server, *only.iterdir()))
    (only / "informação").write_text("utf-8")
    done, _ = await server.run(replace(plan_for(server, *only.iterdir()), name="de novo"))
    assert len(done.warnings) == 1
    await server.run(VerifyPlan(done.path))
    result = await restored(server, done.path, tmp_path / "back")
    assert result.warnings == ()
    names = {path.name: path.read_text() for path in (tmp_path / "back").iterdir()}
    assert names == {**{name: name for name in odd}, "informação": "utf-8", "informação~2": "latin"}


async def test_existing_files_stay_unless_they_are_to_be_replaced(server: Server, tree: Path, tmp_path: Path) -> None:
    done, _ = await server.run(plan_for(server, tree))
    back = tmp_path / "back"
    await restored(server, done.path, back)
    (back / "docs" / "notas.txt").write_text("mais novo")
    result = await restored(server, done.path, back)
    assert (back / "docs" / "notas.txt").read_text() == "mais novo"
    assert result.files == 0
    assert any("notas.txt" in str(warning) for warning in result.warnings)
    await restored(server, done.path, back, replace=True)
    assert (back / "docs" / "notas.txt").read_text() == "olá"


async def test_many_existing_files_are_counted(server: Server, tmp_path: Path) -> None:
    many = tmp_path / "muitas"
    many.mkdir()
    for number in range(50):
        (many / f"{number:02}").write_text("x")
    done, _ = await server.run(plan_for(server, many))
    await restored(server, done.path, tmp_path / "back")
    result = await restored(server, done.path, tmp_path / "back")
    assert len(result.warnings) == 21
    assert result.warnings[-1].values["count"] == 30


async def test_folders_above_matching_files_are_restored_with_their_permissions(
    server: Server, tree: Path, tmp_path: Path
) -> None:
    tree.chmod(0o711)
    done, _ = await server.run(plan_for(server, tree))
    await restored(server, done.path, tmp_path / "back", only=("*.jpg",))
    assert stat.S_IMODE((tmp_path / "back" / "docs").stat().st_mode) == 0o711


async def test_pseudo_file_systems_are_left_out(server: Server) -> None:
    if not Path("/proc/self").exists():
        pytest.skip("this system has no /proc")
    done, _ = await server.run(plan_for(server, Path("/proc")))
    assert done.files == 0
    assert "/proc" in str(done.warnings[0])


async def test_the_list_shows_which_backups_hold_files(server: Server, tree: Path) -> None:
    await server.run(plan_for(server, tree, encryption=Encryption.AES256), server.password)
    await server.run(replace(plan_for(server, tree), name="abertos"))
    found = existing_backups(server.destination)
    assert [(each.aliases, each.files > 5) for each in found] == [((), True), ((), True)]


async def test_only_matching_files_are_restored(server: Server, tree: Path, tmp_path: Path) -> None:
    done, _ = await server.run(plan_for(server, tree))
    for globs, expected in ((("*.jpg",), 1), (("docs/fotos",), 3), (("docs/f*/", "*notas*"), 4)):
        result = await restored(server, done.path, tmp_path / f"back{expected}", only=globs)
        assert result.files == expected
    with pytest.raises(NothingToDo):
        await restored(server, done.path, tmp_path / "back", only=("nada*",))


async def test_nothing_is_written_through_existing_links(server: Server, tree: Path, tmp_path: Path) -> None:
    done, _ = await server.run(plan_for(server, tree))
    outside, back = tmp_path / "outside", tmp_path / "back"
    outside.mkdir()
    (back / "docs").mkdir(parents=True)
    (back / "docs" / "fotos").symlink_to(outside)
    (back / "docs" / "notas.txt").symlink_to(outside / "notas.txt")
    result = await restored(server, done.path, back, replace=True)
    assert list(outside.iterdir()) == []
    assert not (back / "docs" / "notas.txt").is_symlink()
    assert any("fotos" in str(warning) for warning in result.warnings)


def forge(path: Path, files: list[tuple[StoredFile, bytes]], created: str = "2026-11-22T19:30:00Z") -> Path:
    """Make a backup with a manifest that an attacker wrote."""
    manifest = Manifest(codec.decode(f'"{created}"', datetime), "9", files=tuple(file for file, _ in files))
    with zipfile.ZipFile(path, "w") as archive:
        for number, (file, content) in enumerate(files):
            if not file.folder:
                archive.writestr(file.member or f"m{number}", content)
        archive.writestr("manifest.json", codec.encode(manifest))
    return path


@pytest.mark.parametrize("path", ["../fora", "a/../../fora", "/etc/fora", "a//b", "./a", "", "a/.", "a\0b"])
async def test_paths_that_leave_the_folder_are_refused_before_anything_is_written(
    server: Server, tmp_path: Path, path: str
) -> None:
    good, bad = StoredFile("good", 2, member="m0"), StoredFile(path, 2, member="m1")
    file = forge(tmp_path / "hostile.bkb", [(good, b"hi"), (bad, b"hi")])
    (tmp_path / "back").mkdir()
    with pytest.raises(HostileArchive):
        await restored(server, file, tmp_path / "back")
    assert list((tmp_path / "back").iterdir()) == []


async def test_links_never_lead_outside_the_folder(server: Server, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    forged = [
        (StoredFile("d", folder=True), b""),
        (StoredFile("d/up", link="..", member="m1"), b".."),
        (StoredFile("d/one", link="two/../../secret", member="m2"), b"two/../../secret"),
        (StoredFile("d/two", link=".", member="m3"), b"."),
        (StoredFile("d/abs", link=str(tmp_path / "secret"), member="m4"), b"x"),
        (StoredFile("d/loop", link="loop", member="m5"), b"loop"),
        (StoredFile("d/up/escape", 2, member="m6"), b"hi"),
    ]
    file = forge(tmp_path / "hostile.bkb", forged)
    back = tmp_path / "back"
    result = await restored(server, file, back)
    for path in back.rglob("*"):
        assert Path(os.path.realpath(path)).is_relative_to(back), path
    assert not (tmp_path / "escape").exists()
    assert result.warnings


async def test_setuid_bits_are_not_restored(server: Server, tmp_path: Path) -> None:
    file = forge(tmp_path / "hostile.bkb", [(StoredFile("root", 2, mode=0o4755, member="m0"), b"hi")])
    await restored(server, file, tmp_path / "back")
    assert stat.S_IMODE((tmp_path / "back" / "root").stat().st_mode) == 0o755


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00", "9999-12-31T23:59:59-12:00", "1901-01-01T00:00:00Z"])
async def test_files_with_unusual_times_are_restored(server: Server, tmp_path: Path, moment: str) -> None:
    stored = replace(StoredFile("x", 2, member="m0"), modified=codec.decode(f'"{moment}"', datetime))
    file = forge(server.destination / "velha.bkb", [(stored, b"hi")], created=moment)
    await server.run(replace(plan_for(server, server.sqlite), name="nova"))
    result = await restored(server, file, tmp_path / "back")
    assert result.files == 1
    assert len(existing_backups(server.destination)) == 2


async def test_a_damaged_file_is_named_and_the_others_are_restored(server: Server, tree: Path, tmp_path: Path) -> None:
    done, _ = await server.run(plan_for(server, tree, level=Level.NONE))
    content = bytearray(done.path.read_bytes())
    at = content.index((tree / "fotos/férias/praia.jpg").read_bytes())
    content[at + 100] ^= 1
    done.path.write_bytes(content)
    result = await restored(server, done.path, tmp_path / "back", only=("*.txt", "*.jpg"))
    assert sorted(path.name for path in (tmp_path / "back").rglob("*") if path.is_file()) == ["notas.txt"]
    assert "praia.jpg" in str(result.warnings[0])


async def test_a_foreign_zip_restores(server: Server, tree: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "foreign.zip", "w") as archive:
        archive.write(tree / "notas.txt", "x/notas.txt")
        archive.mkdir("x/empty")
        link = zipfile.ZipInfo("x/link")
        link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "notas.txt")
    await restored(server, tmp_path / "foreign.zip", tmp_path / "back")
    assert (tmp_path / "back/x/notas.txt").read_text() == "olá"
    assert (tmp_path / "back/x/empty").is_dir()
    assert os.readlink(tmp_path / "back/x/link") == "notas.txt"


async def test_each_kind_of_backup_has_its_own_restore(server: Server, tree: Path, tmp_path: Path) -> None:
    files_backup, _ = await server.run(plan_for(server, tree))
    database = await server.backup("LOJA")
    cases: list[tuple[object, type[HctuiError]]] = [
        (RestorePlan(files_backup.path), UsageError),
        (FilesRestorePlan(database, tmp_path), UsageError),
        (FilesRestorePlan(files_backup.path, tmp_path / "nowhere"), DestinationMissing),
    ]
    for plan, error in cases:
        with pytest.raises(error):
            await server.run(plan)  # type: ignore[arg-type]


async def test_files_of_a_killed_restore_are_removed(server: Server, tree: Path, tmp_path: Path) -> None:
    done, _ = await server.run(plan_for(server, tree))
    (tmp_path / "back" / "docs").mkdir(parents=True)
    (tmp_path / "back" / "docs" / ".hctui-0123456789abcdef.part").write_text("half")
    await restored(server, done.path, tmp_path / "back")
    assert not list((tmp_path / "back").rglob(".hctui-*"))
