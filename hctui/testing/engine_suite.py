"""The contract of every engine (DESIGN.md 4, 6, 7), as tests that a package with an engine of its own runs too.

A test module of such a package imports all of this module, and has a fixture `case` (docs/CONTRIBUTING.md).
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from msgspec.structs import replace

from hctui import codec
from hctui.databases import from_members, inspector, open_engine, recognise
from hctui.databases.engine import Engine, RestorationRequest, SnapshotRequest
from hctui.errors import Cancelled, DatabaseDamaged, DatabaseInUse, DatabaseMissing, HctuiError, NothingToUndo
from hctui.messages import Message
from hctui.model import Consistency, DatabaseManifest, Part, PartKind, Role
from hctui.testing.engine_case import EngineCase, Recorder, back_up, restore

KEPT = (Role.USERS, Role.AUDIT, Role.SETTINGS)
CONTENT = (Role.DATA, Role.IMAGES)


@pytest.fixture
def engine(case: EngineCase) -> Engine:
    """Return the engine of `case`."""
    return open_engine(case.database)


def test_tables_are_listed_with_their_roles(case: EngineCase, engine: Engine) -> None:
    listed = {table.name: table for table in engine.tables()}
    for role, name in case.names.items():
        assert listed[name].role is role
        assert listed[name].size > 0
    assert set(listed) == set(case.rows())
    assert engine.exists()
    outline = engine.outline()
    assert outline.size > 0
    outlined = {table.name: table for table in outline.tables}
    assert set(outlined) == set(listed)
    assert all((outlined[name].role, outlined[name].size) == (table.role, table.size) for name, table in listed.items())
    assert all(path.exists() for path in engine.paths())


def test_rows_and_columns_are_right_if_known(case: EngineCase, engine: Engine) -> None:
    rows = case.rows()
    for table in engine.tables():
        assert table.rows in (None, len(rows[table.name]))
        assert bool(table.columns) == case.columns_known


def test_location_is_recognised(case: EngineCase) -> None:
    assert recognise(case.database.location) == case.database.engine


def test_empty_location(case: EngineCase, engine: Engine) -> None:
    case.destroy()
    assert not engine.exists()
    assert engine.sessions() == ()
    assert engine.recover() is None
    assert engine.undo_kept() is None
    with pytest.raises(DatabaseMissing):
        engine.tables()
    with pytest.raises(DatabaseMissing):
        back_up(engine)
    assert not engine.exists()


def test_backup_changes_nothing(case: EngineCase, engine: Engine) -> None:
    before, beside = case.rows(), sorted(path.name for path in Path(case.database.location).parent.rglob("*"))
    back_up(engine)
    assert case.rows() == before
    assert sorted(path.name for path in Path(case.database.location).parent.rglob("*")) == beside


def test_manifest_lists_what_is_in_the_backup(case: EngineCase, engine: Engine) -> None:
    reporter = Recorder()
    backup = back_up(engine, reporter=reporter)
    manifest = backup.manifest
    rows = case.rows()
    assert manifest.alias == case.database.alias
    assert manifest.engine == case.database.engine
    assert manifest.consistency is Consistency.CONSISTENT
    assert manifest.taken is not None and manifest.taken.tzinfo is not None
    assert {table.name for table in manifest.tables} == set(rows)
    assert all(table.rows in (None, len(rows[table.name])) for table in manifest.tables)
    assert [part.path for part in manifest.parts] == list(backup.parts)
    assert set(reporter.started) <= set(rows)
    assert codec.decode(codec.encode(manifest), DatabaseManifest) == manifest


def test_unpacked_backup_is_whole(case: EngineCase, engine: Engine, tmp_path: Path) -> None:
    backup = back_up(engine)
    folder = backup.unpack(tmp_path / "unpacked")
    inspect = inspector(case.database.engine, case.database.alias)
    assert inspect(folder, backup.manifest, Recorder()) is Consistency.CONSISTENT
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} == set(backup.parts)


def test_damaged_part_is_named(case: EngineCase, engine: Engine, tmp_path: Path) -> None:
    backup = back_up(engine)
    folder = backup.unpack(tmp_path / "unpacked")
    case.damage_part(folder, backup.manifest, case.other)
    with pytest.raises(DatabaseDamaged, match=case.other):
        inspector(case.database.engine, case.database.alias)(folder, backup.manifest, Recorder())


def test_backup_is_known_by_its_members(case: EngineCase, engine: Engine) -> None:
    backup = back_up(engine)
    members = [(name, len(content)) for name, content in backup.parts.items()]
    found = from_members(case.database.alias, members)
    assert found is not None
    assert (found.alias, found.engine) == (case.database.alias, case.database.engine)
    assert {part.path for part in found.parts} == set(backup.parts)


def test_whole_restore_replaces_what_is_asked_for_and_keeps_the_rest(case: EngineCase, engine: Engine) -> None:
    then, backup = case.rows(), back_up(engine)
    case.change()
    changed = case.rows()
    asked = backup.names(*CONTENT)
    outcome = restore(engine, backup, asked)
    now = case.rows()
    for name in changed:
        assert now[name] == (then[name] if name in asked else changed[name]), name
    assert set(now) == set(changed)
    assert {table.name for table in outcome.tables} == set(asked)
    assert {case.names[role] for role in KEPT} | {"made_since"} <= set(outcome.kept)
    assert outcome.undo


def test_exact_restore_makes_it_what_it_was(case: EngineCase, engine: Engine) -> None:
    then, indexes, backup = case.rows(), case.indexes(), back_up(engine)
    case.change()
    restore(engine, backup, backup.names(), drop=["made_since"])
    assert case.rows() == then
    assert case.indexes() == indexes


def test_restore_to_an_empty_location(case: EngineCase, engine: Engine) -> None:
    then, indexes, backup = case.rows(), case.indexes(), back_up(engine)
    case.destroy()
    restore(engine, backup, backup.names())
    assert case.rows() == then
    assert case.indexes() == indexes
    engine.undo(Recorder())
    assert not engine.exists()


def test_restore_over_damage(case: EngineCase, engine: Engine) -> None:
    then, backup = case.rows(), back_up(engine)
    case.damage()
    with pytest.raises(HctuiError):
        back_up(engine)
    outcome = restore(engine, backup, backup.names())
    assert case.rows() == then
    assert set(backup.names()) == {table.name for table in outcome.tables}
    engine.undo(Recorder())
    with pytest.raises(HctuiError):
        back_up(engine)
    engine.undo(Recorder())
    assert case.rows() == then


def test_partial_restore_touches_only_the_ticked_table(case: EngineCase, engine: Engine) -> None:
    then, indexes, backup = case.rows(), case.indexes(), back_up(engine)
    case.change()
    changed = case.rows()
    ticked = (case.names[Role.DATA], case.other)
    outcome = restore(engine, backup, ticked, whole=False)
    now = case.rows()
    assert {name: now[name] for name in ticked} == {name: then[name] for name in ticked}
    assert {name: now[name] for name in now if name not in ticked} == {
        name: changed[name] for name in changed if name not in ticked
    }
    assert {table.name for table in outcome.tables} == set(ticked)
    assert case.indexes() == indexes


@pytest.mark.parametrize("whole", [True, False])
def test_undo_can_be_undone(case: EngineCase, engine: Engine, whole: bool) -> None:
    backup = back_up(engine)
    case.change()
    changed = case.rows()
    restore(engine, backup, backup.names(*CONTENT), whole=whole)
    restored = case.rows()
    kept = engine.undo_kept()
    assert kept is not None
    assert kept.origin == "test.bkb"
    assert set(backup.names(*CONTENT)) <= set(kept.tables)
    assert kept.size > 0
    assert engine.undo(Recorder()).undo
    assert case.rows() == changed
    engine.undo(Recorder())
    assert case.rows() == restored
    assert list(case.leftovers()) == []
    engine.drop_undo()
    assert engine.undo_kept() is None
    with pytest.raises(NothingToUndo):
        engine.undo(Recorder())
    assert case.rows() == restored


@pytest.mark.parametrize("role", [Role.AUDIT, Role.IMAGES])
def test_left_out_content_is_nowhere(case: EngineCase, engine: Engine, role: Role) -> None:
    name, marker = case.names[role], case.marker(role)
    assert any(marker in content for content in back_up(engine).parts.values())
    backup = back_up(engine, SnapshotRequest(left_out=frozenset({role})))
    assert not any(marker in content for content in backup.parts.values())
    assert {table.name for table in backup.manifest.tables if table.left_out} == {name}
    case.change()
    changed = case.rows()
    restore(engine, backup, backup.names())
    assert case.rows()[name] == changed[name]


def test_indexes_left_out_are_rebuilt(case: EngineCase, engine: Engine) -> None:
    then, indexes = case.rows(), case.indexes()
    full, backup = back_up(engine), back_up(engine, SnapshotRequest(indexes=False))
    assert not backup.manifest.indexes_included
    if indexes:
        assert sum(map(len, backup.parts.values())) < sum(map(len, full.parts.values()))
    case.change()
    restore(engine, backup, backup.names(), drop=["made_since"])
    assert case.rows() == then
    assert case.indexes() == indexes


def test_leaving_before_the_swap_changes_nothing(case: EngineCase, engine: Engine) -> None:
    backup = back_up(engine)
    case.change()
    changed = case.rows()
    request = RestorationRequest(backup.manifest, backup.names(), whole=True)
    with engine.restoration(request) as restoration:
        for part in restoration.wanted():
            with restoration.receive(part) as sink:
                sink.write(backup.parts[part.path])
        restoration.prepare(Recorder())
    assert case.rows() == changed
    assert list(case.leftovers()) == []
    assert engine.undo_kept() is None


def test_part_that_fails_while_it_is_received_is_removed(case: EngineCase, engine: Engine) -> None:
    backup = back_up(engine)
    before = case.rows()
    request = RestorationRequest(backup.manifest, backup.names(), whole=True)
    with pytest.raises(ConnectionError), engine.restoration(request) as restoration:
        part = restoration.wanted()[0]
        with restoration.receive(part) as sink:
            sink.write(b"half")
            raise ConnectionError
    assert case.rows() == before
    assert list(case.leftovers()) == []


def test_cancelled_backup_leaves_nothing(case: EngineCase, engine: Engine) -> None:
    before = case.rows()
    call = 0
    while True:
        call += 1
        try:
            back_up(engine, reporter=Recorder(cancel_at=call))
        except Cancelled:
            assert list(case.leftovers()) == []
        else:
            break
    assert call > 1
    assert case.rows() == before


@pytest.mark.parametrize("whole", [True, False])
def test_cancelled_restore_changes_nothing(case: EngineCase, engine: Engine, whole: bool) -> None:
    backup = back_up(engine)
    case.change()
    changed = case.rows()
    call = 0
    while True:
        call += 1
        try:
            restore(engine, backup, backup.names(), whole=whole, reporter=Recorder(cancel_at=call))
        except Cancelled:
            assert case.rows() == changed
            assert list(case.leftovers()) == []
        else:
            break
    assert call > 1
    assert case.rows() != changed


def test_another_program_is_named_and_loses_nothing(case: EngineCase, engine: Engine) -> None:
    backup = back_up(engine)
    case.change()
    changed = case.rows()
    with case.other_program() as process:
        assert [session.process for session in engine.sessions()] == [process]
        for whole in (True, False):
            with pytest.raises(DatabaseInUse, match=str(process)):
                restore(engine, backup, backup.names(), whole=whole)
    assert engine.sessions() == ()
    assert case.rows() == changed
    assert list(case.leftovers()) == []


def test_tables_with_other_columns_are_reported_before_a_restore(case: EngineCase, engine: Engine) -> None:
    backup = back_up(engine)
    name = case.names[Role.DATA]
    assert engine.conflicts(backup.manifest, backup.names()) == ()
    case.add_column(name)
    changed = case.rows()
    if case.drift_refused:
        conflicts = engine.conflicts(backup.manifest, backup.names())
        assert [message.values["table"] for message in conflicts] == [name]
        with pytest.raises(HctuiError, match=name):
            restore(engine, backup, [name], whole=False)
        assert case.rows() == changed
    restore(engine, backup, backup.names())
    assert case.rows() != changed


def test_tables_that_refer_to_a_ticked_one_are_named(case: EngineCase, engine: Engine) -> None:
    data, source = case.names[Role.DATA], back_up(engine).manifest

    def notes(*tables: str) -> tuple[Message, ...]:
        return engine.notes(source, tables, whole=False)

    engine.check_backup()
    referring = notes(data)
    assert [message.values["tables"] for message in referring] == ([f"{case.other} → {data}"] if case.has_foreign_keys else [])
    assert notes(data, case.other) == notes(case.names[Role.AUDIT]) == notes() == ()
    assert engine.notes(source, [data], whole=True) == ()


def test_restore_under_another_name(case: EngineCase, engine: Engine, tmp_path: Path) -> None:
    then, backup = case.rows(), back_up(engine)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    copied = type(case)(elsewhere, case.variants[0])
    restore(open_engine(copied.database), backup, backup.names())
    assert copied.rows() == then
    assert case.rows() == then


def test_recover_finds_nothing(engine: Engine) -> None:
    assert engine.recover() is None


def test_hostile_part_is_not_written_outside(case: EngineCase, engine: Engine) -> None:
    backup = back_up(engine)
    before = case.rows()
    manifest = replace(backup.manifest, parts=(Part("../../outside", PartKind.DATA),))
    request = RestorationRequest(manifest, backup.names(), whole=True)
    with suppress(HctuiError), engine.restoration(request) as restoration:
        for part in restoration.wanted():
            with restoration.receive(part) as sink:
                sink.write(b"x")
        restoration.prepare(Recorder())
    place = Path(case.database.location)
    assert not any((folder / "outside").exists() for folder in place.parents[:4])
    assert case.rows() == before
    assert list(case.leftovers()) == []
