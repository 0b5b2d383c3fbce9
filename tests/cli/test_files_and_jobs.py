"""`hctui files` and `hctui jobs`."""

from __future__ import annotations

import json
import re
from pathlib import Path

from hctui.demo.server import DemoServer


def test_files_are_backed_up_and_restored_into_a_folder(hctui, tmp_path: Path, server: DemoServer) -> None:
    source = tmp_path / "papéis"
    (source / "sub").mkdir(parents=True)
    (source / "nota.txt").write_text("olá")
    (source / "sub" / "b.bin").write_bytes(bytes(range(256)))
    (source / "atalho").symlink_to("nota.txt")
    made = hctui("files", "backup", source, "--to", tmp_path, "--name", "arquivos")
    assert made.code in (0, 3) and "The backup is ready" in made.out
    shown = hctui("show", tmp_path / "arquivos.bkb").out
    assert "nota.txt" in shown and "link to nota.txt" in shown
    back = tmp_path / "de volta"
    back.mkdir()
    assert hctui("files", "restore", tmp_path / "arquivos.bkb", "--to", back).code == 0
    restored = {path.name: path for path in back.rglob("*") if not path.is_dir()}
    assert restored["nota.txt"].read_text() == "olá" and restored["atalho"].is_symlink()
    restored["nota.txt"].write_text("nova")
    assert hctui("files", "restore", tmp_path / "arquivos.bkb", "--to", back).code == 3
    assert restored["nota.txt"].read_text() == "nova"
    assert hctui("files", "restore", tmp_path / "arquivos.bkb", "--to", back, "--replace").code == 0
    assert restored["nota.txt"].read_text() == "olá"


def test_only_restores_the_matching_files(hctui, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    for name in ("x.txt", "y.bin"):
        (tmp_path / "a" / name).write_text(name)
    hctui("files", "backup", tmp_path / "a", "--to", tmp_path, "--name", "f")
    (tmp_path / "out").mkdir()
    assert hctui("files", "restore", tmp_path / "f.bkb", "--to", tmp_path / "out", "--only", "*.txt").code == 0
    assert [path.name for path in (tmp_path / "out").rglob("*") if path.is_file()] == ["x.txt"]


def test_jobs_are_listed_and_can_be_followed_again(hctui) -> None:
    assert hctui("jobs").out == "There are no jobs.\n"
    assert hctui("jobs", "follow").code == 1
    first = hctui("backup", "--name", "um")
    listed = hctui("jobs").out.splitlines()
    assert listed[0].split() == ["id", "operation", "databases", "started", "state"]
    assert re.split(r" {2,}", listed[1])[1:] == ["Backup", "PAO_DE_OURO", "just now", "done"]
    (job,) = (json.loads(line) for line in hctui("jobs", "list", "--json").out.splitlines())
    assert (job["state"], job["seen"], job["databases"]) == ("done", True, ["PAO_DE_OURO"])
    again = hctui("jobs", "follow", job["id"])
    assert (again.code, again.out) == (first.code, first.out)
    assert hctui("jobs", "cancel", job["id"]).code == 1
    unknown = hctui("jobs", "follow", "x")
    assert unknown.code == 1 and "There is no job “x”" in unknown.sentence
