"""`hctui backups`."""

from __future__ import annotations

import json
from pathlib import Path

from hctui.demo.server import DemoServer
from hctui.operations import existing_backups


def test_list_has_the_newest_first_and_names_what_is_damaged(hctui, server: DemoServer, tmp_path: Path) -> None:
    assert "no backup in" in hctui("backups", "list").out
    hctui("backup", "--name", "one")
    hctui("backup", "--all", "--name", "two", "--encrypt", "aes256", "--password-file", _password(tmp_path))
    (server.backups / "torn.bkb").write_bytes(b"PK")
    (server.backups / "note.txt").touch()
    lines = hctui("backups", "list").out.splitlines()
    assert lines[0].split() == ["made", "databases", "size", "encryption", "consistency", "verified", "file"]
    files = {line.split()[-1]: line for line in lines[1:]}
    assert files.keys() == {"one.bkb", "two.bkb", "torn.bkb"}
    assert "damaged" in files["torn.bkb"] and "AES-256" in files["two.bkb"] and "PAO_DE_OURO" in files["one.bkb"]
    objects = {Path(each["file"]).name: each for each in map(json.loads, hctui("backups", "list", "--json").out.splitlines())}
    assert objects["one.bkb"]["aliases"] == ["PAO_DE_OURO"] and objects["torn.bkb"]["problem"]["text"]
    assert hctui("backups", "list", tmp_path / "nowhere").code == 10


def test_list_without_a_folder_says_what_to_do(hctui, server: DemoServer) -> None:
    hctui("config", "set", "destination", "")
    ran = hctui("backups", "list")
    assert ran.code == 2 and "destination" in ran.sentence


def test_delete_needs_a_yes_and_deletes_backups_alone(hctui, server: DemoServer, tmp_path: Path) -> None:
    hctui("backup", "--name", "one")
    file = server.backups / "one.bkb"
    asked = hctui("backups", "delete", file)
    assert asked.code == 2 and "--yes" in asked.err and "lost for good" in asked.out and file.exists()
    (server.backups / "note.txt").touch()
    (server.backups / "folder.bkb").mkdir()
    (server.backups / "link.bkb").symlink_to(file)
    for name in ("note.txt", "folder.bkb", "link.bkb"):
        refused = hctui("backups", "delete", server.backups / name, "--yes")
        assert refused.code == 1 and "is not a backup" in refused.sentence
    assert hctui("backups", "delete", server.backups / "none.bkb", "--yes").code == 10
    deleted = json.loads(hctui("backups", "delete", file, "--yes", "--json").out)
    assert deleted["file"] == str(file) and not file.exists()
    (server.backups / "link.bkb").unlink()
    torn = server.backups / "torn.bkb"
    torn.write_bytes(b"PK")
    ran = hctui("backups", "delete", torn, "--yes")
    assert ran.code == 0 and "torn.bkb: deleted." in ran.out and "not a backup" in ran.out
    assert existing_backups(server.backups) == ()


def _password(folder: Path) -> Path:
    file = folder / "password"
    file.write_text("uma senha longa\n")
    return file
