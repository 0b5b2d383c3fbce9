"""Tests that passwords are in no file, argument or output, and that other users can't read what hctui creates."""

from __future__ import annotations

import os
import secrets
import stat
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from soak.concurrency import run_hctui, start_hctui
from soak.scene import FOLDER, ROLLBACK, UNTOUCHED, WAL, Scene
from soak.stats import Statistics

from hctui.archive import ArchiveReader
from hctui.errors import ExitCode

PASSWORD = f"Ninguém adivinha {secrets.token_hex(8)}"
"""Different in each run, so that two runs at the same time do not find each other's."""
SECRETS = [PASSWORD.encode(code) for code in ("utf-8", "latin-1", "utf-16-le")]
ENCRYPTIONS = ("zipcrypto", "aes128", "aes256")


@pytest.fixture(autouse=True)
def open_umask() -> Iterator[None]:
    """Remove the umask: files must be private without it."""
    before = os.umask(0)
    yield
    os.umask(before)


def readable(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""  # the process has ended, or the file is removed


def process_data() -> list[bytes]:
    """Return the arguments and the environment of every process."""
    return [readable(path) for name in ("cmdline", "environ") for path in Path("/proc").glob(f"[0-9]*/{name}")]


def has_secret(content: bytes) -> bool:
    return any(secret in content for secret in SECRETS)


@pytest.mark.parametrize(("way", "encryption"), [("file", "aes256"), ("environment", "zipcrypto")])
def test_a_password_is_in_no_process_output_or_file(
    scene: Scene, stats: Statistics, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, encryption: str, way: str
) -> None:
    scene.reset()
    file = tmp_path / "password"
    file.touch(0o600)
    file.write_text(PASSWORD)
    given = ["--password-file", str(file)] if way == "file" else []
    if way == "environment":
        monkeypatch.setenv("HCTUI_PASSWORD", PASSWORD)
    made = scene.destination / "secreta.bkb"
    commands = (
        ["backup", "--all", "--to", str(scene.destination), "--name", made.name, "--encrypt", encryption, *given],
        ["verify", str(made), *given],
        ["restore", str(made), "--all", "--yes", *given],
    )
    output = b""
    searched = 0
    for command in commands:
        process = start_hctui(scene, command)
        if way == "environment":  # hctui itself has it in its environment at first; its job must not
            monkeypatch.delenv("HCTUI_PASSWORD")
        while process.poll() is None:
            searched += 1
            own = {readable(Path(f"/proc/{process.pid}/{name}")) for name in ("cmdline", "environ")}
            assert not [each for each in process_data() if has_secret(each) and (way == "file" or each not in own)]
            time.sleep(0.05)
        out, err = process.communicate()
        output += (out + err).encode()
        assert process.returncode in (0, 3), err
        if way == "environment":
            monkeypatch.setenv("HCTUI_PASSWORD", PASSWORD)
    assert not has_secret(output)
    files = [path for path in scene.folder.rglob("*") if path.is_file() and not path.is_symlink()]
    assert not [path for path in files if has_secret(readable(path))]
    stats.add("searches of all processes for a password", count=searched)
    stats.add("files searched for a password", count=len(files))


def test_a_wrong_password_is_not_repeated(scene: Scene, tmp_path: Path, stats: Statistics) -> None:
    scene.reset()
    good, bad = tmp_path / "good", tmp_path / "bad"
    for path, secret in ((good, PASSWORD), (bad, PASSWORD[:-1])):
        path.touch(0o600)
        path.write_text(secret)
    made = str(scene.destination / "secreta.bkb")
    backup = ["backup", "--database", WAL, "--to", str(scene.destination), "--name", "secreta", "--encrypt", "aes256"]
    assert run_hctui(scene, *backup, "--password-file", str(good))[0] in (0, 3)
    before = scene.contents()
    for command in (["verify", made], ["restore", made, "--yes"], ["show", made]):
        code, output = run_hctui(scene, *command, "--password-file", str(bad))
        assert PASSWORD[:-1] not in output
        assert command[0] == "show" or (code == ExitCode.WRONG_PASSWORD and "password" in output.lower())
    assert scene.contents() == before


@pytest.mark.parametrize("encryption", ENCRYPTIONS)
def test_nothing_readable_without_the_password_shows_data(scene: Scene, tmp_path: Path, encryption: str) -> None:
    scene.reset()
    file = tmp_path / "password"
    file.touch(0o600)
    file.write_text(PASSWORD)
    made = scene.destination / "secreta.bkb"
    command = ["backup", "--all", "--to", str(scene.destination), "--name", made.name, "--encrypt", encryption]
    assert run_hctui(scene, *command, "--level", "none", "--password-file", str(file))[0] in (0, 3)
    content = made.read_bytes()
    for word in ("Pão nº 7", "maria", "nota 12", "clientes 3", "CREATE TABLE", '"rows"', "blake3"):
        assert word.encode() not in content
    with zipfile.ZipFile(made) as archive, ArchiveReader(made) as ours:
        plain = [each.filename for each in archive.infolist() if not each.flag_bits & 1]
        assert plain == ["LEIA-ME.txt"]
        for secret in (PASSWORD, "maria", "produtos"):
            assert secret not in archive.read("LEIA-ME.txt").decode()
        assert ours.needs_password


def test_other_users_can_not_read_what_was_created(scene: Scene, stats: Statistics) -> None:
    scene.reset()
    for path in (scene.location(WAL), scene.location(ROLLBACK), *scene.location(FOLDER).iterdir()):
        path.chmod(0o640)
    scene.location(FOLDER).chmod(0o750)
    (scene.folder / "hctui.toml").chmod(0o644)
    before = {path: stat.S_IMODE(path.stat().st_mode) for path in scene.folder.rglob("*")}
    recorded = stat.S_IMODE((scene.folder / "now" / "loja.db").stat().st_mode)
    assert recorded != 0o640
    for command in (
        ["backup", "--all", "--to", str(scene.destination), "--name", "nova"],
        ["restore", str(scene.backup), "--all", "--yes"],
        ["restore", str(scene.backup), "--database", WAL, "--into", "NOVA", "--yes"],
        ["restore", str(scene.backup), "--database", FOLDER, "--into", "OUTRA", "--yes"],
        ["undo", "--database", WAL, "--yes"],
        ["verify", str(scene.backup)],
    ):
        code, output = run_hctui(scene, *command)
        assert code in (0, 3), output
    seen, outra = 0, scene.live / "OUTRA"
    assert not stat.S_IMODE(outra.stat().st_mode) & 0o022, "anybody may replace a table"
    for path in scene.folder.rglob("*"):
        mode, name = stat.S_IMODE(path.lstat().st_mode), str(path.relative_to(scene.folder))
        if path in before and (name.startswith("live") or UNTOUCHED in name):
            assert mode == before[path], f"{name} had other permissions"
        elif path.is_file() and ("OUTRA" in name or "NOVA" in name) and not _inside_private(path):
            assert mode == recorded, f"{name} has other permissions than what was backed up"
        elif path not in before:
            seen += 1
            assert not mode & 0o077 or _inside_private(path) or path == outra, f"{name} may be read by others: {mode:o}"
    assert not stat.S_IMODE((scene.folder / "hctui.toml").stat().st_mode) & 0o077, "a restore under another name rewrites it"
    stats.add("files and folders whose permissions were checked", count=seen)


def _inside_private(path: Path) -> bool:
    """Return whether a folder above is private."""
    return any(not stat.S_IMODE(above.stat().st_mode) & 0o077 for above in path.parents if ".hctui-" in above.name)
