"""The functions of pages that need no screen: globs, previews, totals, texts."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hctui.databases.engine import Undo
from hctui.errors import HctuiError, ReadFailed
from hctui.i18n import language
from hctui.messages import N_, message
from hctui.model import Consistency, Database, Encryption, Role, Session, StoredFile, Table
from hctui.operations import default_name, preview_files, show
from hctui.operations.files_restore import matching
from hctui.operations.results import Action, DatabasePreview, RestorePreview, TableComparison
from hctui.plans import FilesRestorePlan
from hctui.tui.screens.backup.screen import last_backup_text
from hctui.tui.screens.files_backup.disk_usage import list_folder, measure
from hctui.tui.screens.files_restore.contents import entries_by_folder, patterns
from hctui.tui.screens.restore.preview import sections_of, warnings_of
from hctui.tui.screens.server.form import engine_at, proposed_alias
from hctui.tui.screens.server.probe import probe_database


@pytest.fixture(autouse=True)
def english() -> None:
    language.activate("en")


FILES = (
    StoredFile("docs", folder=True),
    StoredFile("docs/a [1].txt", size=10),
    StoredFile("docs/deep/b.txt", size=20),
    StoredFile("top.txt", size=5),
)


def test_files_of_a_backup_become_folders_with_sizes() -> None:
    inside = entries_by_folder(FILES)
    assert {entry.path: entry.size for entry in inside[""]} == {"docs": 30, "top.txt": 5}
    assert {entry.path: entry.folder for entry in inside["docs"]} == {"docs/a [1].txt": False, "docs/deep": True}


def test_globs_match_the_ticked_files_alone() -> None:
    top = entries_by_folder(FILES)[""]
    assert patterns(["docs", "top.txt"], top) == ()
    globs = patterns(["docs/a [1].txt", "docs/deep"], top)
    matched = [each.path for each in matching(FILES, globs) if not each.folder]
    assert matched == ["docs/a [1].txt", "docs/deep/b.txt"]


def preview(tables: tuple[TableComparison, ...], **changes: object) -> RestorePreview:
    facts: dict[str, object] = {
        "alias": "HIPERCUSTO",
        "target": "HIPERCUSTO",
        "engine": "sqlite",
        "location": "/srv/h.db",
        "exists": True,
        "taken": datetime(2026, 11, 21, 19, 30, tzinfo=UTC),
        "consistency": Consistency.CONSISTENT,
        "tables": tables,
        "sessions": (),
        "conflicts": (),
        "undo": None,
        "size": 1_000_000,
        "free": 5_000_000,
    }
    database = DatabasePreview(**(facts | changes))  # type: ignore[arg-type]
    return RestorePreview(Path("x.bkb"), None, Encryption.AES256, (database,))


TABLES = (
    TableComparison("produtos", Role.DATA, Action.REPLACE, None, Table("produtos", rows=12480), Table("produtos", rows=12466)),
    TableComparison("usuarios", Role.USERS, Action.KEEP, message(N_("not asked for")), Table("usuarios"), Table("usuarios")),
    TableComparison("nova", Role.DATA, Action.DROP, None, None, Table("nova", rows=3)),
    TableComparison("velha", Role.DATA, Action.CREATE, None, Table("velha", rows=1), None),
)


def test_the_preview_of_a_restore_names_every_table_and_why_it_stays() -> None:
    sections = dict(sections_of(preview(TABLES)))
    assert sections["Replaced: 1 table"] == (("produtos", "12,466 rows now, 12,480 in the backup"),)
    assert sections["Dropped: 1 table"] == (("nova", "3 rows"),)
    assert sections["Made again: 1 table"] == (("velha", "1 row"),)
    assert sections["Stays: 1 table"] == (("usuarios", "not asked for"),)


def test_the_preview_of_a_restore_names_sessions_and_the_undo_that_is_dropped() -> None:
    undo = Undo(datetime(2026, 11, 1, tzinfo=UTC), "old.bkb", ("produtos",), 1000)
    shown = preview(TABLES, sessions=(Session("dbeaver", "ana", 4711),), undo=undo)
    sections = dict(sections_of(shown))
    assert sections["Who has it open now"] == (("", "dbeaver (4711) ana"),)
    assert any("undo of the restore" in line and "1 kB" in line for _, line in sections["Place"])
    assert "HIPERCUSTO is in use. Close" in warnings_of(shown, disconnect=True), "sessions of a file can't be ended"
    server = preview(TABLES, sessions=(Session("dbeaver", "ana", 4711),), engine="postgresql")
    assert "will be ended" in warnings_of(server, disconnect=True) and "Close" in warnings_of(server)


def test_too_little_space_is_a_warning() -> None:
    assert "needs 1 MB" in warnings_of(preview(TABLES, free=10))


def test_the_last_backup_of_several_databases_is_the_oldest() -> None:
    now = datetime.now(UTC)
    old = datetime(2020, 1, 1, 12, tzinfo=UTC)
    assert last_backup_text([None]) == "never"
    assert last_backup_text([(now, Path("a")), None]) == "some databases have never been backed up"
    assert last_backup_text([(now, Path("a")), (old, Path("b"))]) == language.age(old)


def test_an_alias_is_made_from_the_location() -> None:
    assert proposed_alias("/srv/dados/padaria são joão.db") == "PADARIA_S_O_JO_O"
    assert proposed_alias("postgresql://ana@host/loja?sslmode=require") == "LOJA"


def test_measure_counts_files_and_list_folder_marks_links(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "one").write_bytes(b"x" * 100)
    (tmp_path / "two").write_bytes(b"x" * 50)
    (tmp_path / "link").symlink_to("/")
    total = list(measure(str(tmp_path)))[-1]
    assert (total.files, total.unreadable, total.complete) == (3, 0, True)
    assert total.size == 150 + os.lstat(tmp_path / "link").st_size
    assert {(entry.name, entry.folder, entry.link) for entry in list_folder(str(tmp_path))} == {
        ("a", True, False),
        ("two", False, False),
        ("link", False, True),
    }
    assert list(measure(str(tmp_path / "gone")))[-1].unreadable == 1
    with pytest.raises(ReadFailed):
        list_folder(str(tmp_path / "gone"))


@pytest.mark.parametrize("location", ["/" + "x" * 300, "/dev/null/x", "", "\udce9"])
def test_no_location_raises_an_unexpected_error(location: str) -> None:
    folder = Path(location)
    preview_files(FilesRestorePlan(folder, folder))
    assert default_name(("A",), datetime.now(), folder)
    assert engine_at(location + "/no.db") is None
    for engine in ("sqlite", "folder"):
        assert probe_database(Database("A", engine, location + "/no.db")).problem is not None
    for unpacked in (False, True):
        with pytest.raises(HctuiError):
            show(folder / "no.bkb", None, unpacked=unpacked)
