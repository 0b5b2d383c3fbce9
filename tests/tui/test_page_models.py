"""What the pages work out without a screen: strength, globs, sections, totals."""

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
from hctui.operations import default_name, show
from hctui.operations.files_restore import matching
from hctui.operations.results import Action, DatabasePreview, RestorePreview, TableComparison
from hctui.password_strength import strength
from hctui.tui.screens.backup.destination_fields import destination_error
from hctui.tui.screens.backup.screen import last_backup_text
from hctui.tui.screens.files_backup.disk_usage import entries, measure
from hctui.tui.screens.files_restore.contents import entries_by_folder, patterns
from hctui.tui.screens.restore.preview import sections_of, warnings_of
from hctui.tui.screens.server.form import engine_at, proposed_alias
from hctui.tui.screens.server.probe import look_at


@pytest.fixture(autouse=True)
def english() -> None:
    language.activate("en")


@pytest.mark.parametrize(
    ("password", "bars"),
    [("123456", 1), ("senha123", 1), ("hipercusto2026", 2), ("girafa-plana-7-vidro", 4), ("x" * 5000, 1)],
)
def test_strength_knows_what_people_choose(password: str, bars: int) -> None:
    assert strength(password).bars == bars


def test_what_the_other_side_knows_makes_a_password_weaker() -> None:
    assert strength("Zwqhipercusto", ["Zwqhipercusto"]).bars < strength("Zwqhipercusto").bars


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


def test_ticks_become_globs_that_match_nothing_else() -> None:
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


def test_the_plan_of_a_restore_names_every_table_and_why_it_stays() -> None:
    sections = dict(sections_of(preview(TABLES)))
    assert sections["Replaced: 1 table"] == (("produtos", "12,466 rows now, 12,480 in the backup"),)
    assert sections["Dropped: 1 table"] == (("nova", "3 rows"),)
    assert sections["Made again: 1 table"] == (("velha", "1 row"),)
    assert sections["Stays: 1 table"] == (("usuarios", "not asked for"),)


def test_the_plan_of_a_restore_names_who_is_connected_and_what_is_undone_no_more() -> None:
    undo = Undo(datetime(2026, 11, 1, tzinfo=UTC), "old.bkb", ("produtos",), 1000)
    told = preview(TABLES, sessions=(Session("dbeaver", "ana", 4711),), undo=undo)
    sections = dict(sections_of(told))
    assert sections["Who has it open now"] == (("", "dbeaver (4711) ana"),)
    assert any("undo of the restore" in line and "1 kB" in line for _, line in sections["Place"])
    assert "HIPERCUSTO is in use. Close" in warnings_of(told, disconnect=True), "nobody can be put out of a file"
    server = preview(TABLES, sessions=(Session("dbeaver", "ana", 4711),), engine="postgresql")
    assert "will be ended" in warnings_of(server, disconnect=True) and "Close" in warnings_of(server)


def test_too_little_room_is_a_warning() -> None:
    assert "needs 1 MB" in warnings_of(preview(TABLES, free=10))


def test_last_backup_is_as_old_as_the_oldest_of_several() -> None:
    now = datetime.now(UTC)
    old = datetime(2020, 1, 1, 12, tzinfo=UTC)
    assert last_backup_text([None]) == "never"
    assert last_backup_text([(now, Path("a")), None]) == "some databases have never been backed up"
    assert last_backup_text([(now, Path("a")), (old, Path("b"))]) == language.age(old)


def test_an_alias_is_proposed_from_the_location() -> None:
    assert proposed_alias("/srv/dados/padaria são joão.db") == "PADARIA_S_O_JO_O"
    assert proposed_alias("postgresql://ana@host/loja?sslmode=require") == "LOJA"


def test_measuring_counts_and_marks(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "one").write_bytes(b"x" * 100)
    (tmp_path / "two").write_bytes(b"x" * 50)
    (tmp_path / "link").symlink_to("/")
    total = list(measure(str(tmp_path)))[-1]
    assert (total.files, total.unreadable, total.complete) == (3, 0, True)
    assert total.size == 150 + os.lstat(tmp_path / "link").st_size
    assert {(entry.name, entry.folder, entry.link) for entry in entries(str(tmp_path))} == {
        ("a", True, False),
        ("two", False, False),
        ("link", False, True),
    }
    assert list(measure(str(tmp_path / "gone")))[-1].unreadable == 1
    with pytest.raises(ReadFailed):
        entries(str(tmp_path / "gone"))


@pytest.mark.parametrize("location", ["/" + "x" * 300, "/dev/null/x", "", "\udce9"])
def test_whatever_is_typed_as_a_place_is_answered_in_words(location: str) -> None:
    folder = Path(location)
    destination_error(folder)
    assert default_name(("A",), datetime.now(), folder)
    assert engine_at(location + "/no.db") is None
    for engine in ("sqlite", "folder"):
        assert look_at(Database("A", engine, location + "/no.db")).problem is not None
    for unpacked in (False, True):
        with pytest.raises(HctuiError):
            show(folder / "no.bkb", None, unpacked=unpacked)
