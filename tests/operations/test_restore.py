"""Tests of restores of real databases from real backups."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from hctui.databases.engine import Restoration, RestorationRequest
from hctui.databases.sqlite.engine import SqliteEngine
from hctui.errors import (
    DatabaseInUse,
    HctuiError,
    NothingToDo,
    PasswordNeeded,
    RestoreRefused,
    SimilarTable,
    TableRefused,
    UnknownDatabase,
    UnknownTable,
    UsageError,
    WrongPassword,
)
from hctui.events import RestoreDone, Started, Step, StepStarted, TableDone
from hctui.model import Encryption
from hctui.operations import preview_restore
from hctui.operations.progress import OperationReporter
from hctui.plans import RestorePlan, UndoPlan

if TYPE_CHECKING:
    from conftest import Server

KEPT = {"auditoria", "usuarios", "config"}


def columns(server: Server) -> set[object]:
    return {name for (name,) in server.query("SELECT name FROM pragma_table_info('produtos')")}


@pytest.mark.parametrize("encryption", [None, *Encryption])
async def test_a_whole_restore_keeps_users_audit_and_settings(server: Server, encryption: Encryption | None) -> None:
    password = server.password if encryption else None
    file = await server.backup("LOJA", password=password, encryption=encryption)
    server.spoil()
    done, events = await server.run(RestorePlan(file), password)
    assert isinstance(done, RestoreDone)
    assert server.counts() == (500, 6)
    assert server.query("SELECT senha FROM usuarios") == [("segredo-novo",)]
    assert server.query("SELECT count(*) FROM auditoria") == [(2,)]
    assert server.query("SELECT valor FROM config") == [("Padaria Nova",)]
    assert set(done.databases[0].kept) == KEPT
    assert done.databases[0].undo
    started = next(event for event in events if isinstance(event, Started))
    assert {(event.alias, event.table) for event in events if isinstance(event, TableDone)} == set(started.tables)
    steps = [event.step for event in events if isinstance(event, StepStarted)]
    assert steps.index(Step.STAGE) < steps.index(Step.SWAP)


async def test_kept_tables_are_restored_when_the_plan_says_so(server: Server) -> None:
    file = await server.backup("LOJA")
    server.spoil()
    await server.run(RestorePlan(file, users_and_audit=True))
    assert server.query("SELECT senha FROM usuarios") == [("segredo-velho",)]
    assert server.query("SELECT count(*) FROM auditoria") == [(1,)]
    assert server.query("SELECT valor FROM config") == [("Padaria Nova",)]
    await server.run(RestorePlan(file, settings=True))
    assert server.query("SELECT valor FROM config") == [("Padaria",)]


async def test_a_partial_restore_replaces_only_the_chosen_tables(server: Server) -> None:
    file = await server.backup("LOJA")
    server.spoil()
    done, _ = await server.run(RestorePlan(file, tables=("PRODUTOS",)))
    assert server.counts() == (500, 999)
    assert done.databases[0].tables == 1
    assert set(done.databases[0].kept) == {*KEPT, "pedidos", "produtos_imagem"}


async def test_undo_puts_back_the_replaced_data(server: Server) -> None:
    file = await server.backup("LOJA")
    server.spoil()
    await server.run(RestorePlan(file))
    await server.run(UndoPlan("LOJA"))
    assert server.counts() == (10, 999)
    await server.run(UndoPlan("LOJA"))
    assert server.counts() == (500, 6)


async def test_a_column_added_since_stops_a_partial_restore_and_not_a_whole_one(server: Server) -> None:
    file = await server.backup("LOJA")
    server.query("ALTER TABLE produtos ADD COLUMN peso REAL")
    with pytest.raises(RestoreRefused, match="peso"):
        await server.run(RestorePlan(file, tables=("produtos",)))
    assert preview_restore(RestorePlan(file, tables=("produtos",)), server.configuration, None).databases[0].conflicts
    assert "peso" in columns(server)
    await server.run(RestorePlan(file))
    assert "peso" not in columns(server)


async def test_tables_made_since_stay_unless_exact(server: Server) -> None:
    file = await server.backup("LOJA")
    server.query("CREATE TABLE promocoes (id INTEGER PRIMARY KEY)")
    server.query("CREATE TABLE usuarios_novos (id INTEGER PRIMARY KEY)")
    done, _ = await server.run(RestorePlan(file))
    assert "promocoes" in done.databases[0].kept
    assert server.query("SELECT count(*) FROM promocoes") == [(0,)]
    await server.run(RestorePlan(file, exact=True))
    names = {row[0] for row in server.query("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    assert "promocoes" not in names


async def test_a_left_out_table_that_is_lost_is_named(server: Server) -> None:
    file = await server.backup("LOJA", images=False)
    for path in server.sqlite.parent.glob("loja.db*"):
        path.unlink()
    assert "produtos_imagem" in str(preview_restore(RestorePlan(file), server.configuration, None).warnings[0])
    done, _ = await server.run(RestorePlan(file))
    assert "produtos_imagem" in str(done.advice[0]) and done.warnings == ()


async def test_tables_made_since_in_a_folder_stay_unless_exact(server: Server) -> None:
    file = await server.backup("FABRICA")
    shutil.copy(server.folder / "maquinas.dbf", server.folder / "novas.dbf")
    done, _ = await server.run(RestorePlan(file))
    assert "novas" in done.databases[0].kept
    assert (server.folder / "novas.dbf").exists()
    await server.run(RestorePlan(file, exact=True))
    assert not (server.folder / "novas.dbf").exists()
    await server.run(UndoPlan("FABRICA"))
    assert (server.folder / "novas.dbf").exists()


async def test_a_lost_database_is_restored_whole(server: Server) -> None:
    file = await server.backup("LOJA")
    for path in server.sqlite.parent.glob("loja.db*"):
        path.unlink()
    done, _ = await server.run(RestorePlan(file))
    assert done.databases[0].kept == ()
    assert server.query("SELECT senha FROM usuarios") == [("segredo-velho",)]


@pytest.mark.parametrize("alias", ["LOJA", "FABRICA"])
async def test_a_database_of_a_lost_disk_is_restored(server: Server, alias: str) -> None:
    file = await server.backup(alias)
    shutil.rmtree(server.sqlite.parent)
    server.sqlite.parent.mkdir()
    preview = preview_restore(RestorePlan(file), server.configuration, None).databases[0]
    assert not preview.exists
    assert {table.action.value for table in preview.tables} == {"create"}
    done, _ = await server.run(RestorePlan(file))
    assert done.databases[0].kept == ()
    assert server.sqlite.exists() or (server.folder / "maquinas.dbf").exists()


async def test_recovery_does_not_disturb_a_running_restore(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    file = await server.backup("LOJA", "FABRICA")
    server.spoil()
    (server.folder / "maquinas.dbf").unlink()
    script = "import sys; from pathlib import Path; from hctui.config import Configuration\n"
    script += "from hctui.operations import recover_all; print(recover_all(Configuration.load(Path(sys.argv[1]))))"
    step, outputs = OperationReporter.step, []

    def slow_step(reporter: OperationReporter, alias: str, next_step: Step) -> None:
        """Start another hctui between two steps of this one."""
        command = [sys.executable, "-c", script, server.configuration.path]
        outputs.append(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        step(reporter, alias, next_step)

    monkeypatch.setattr(OperationReporter, "step", slow_step)
    await server.run(RestorePlan(file))
    assert len(outputs) >= 6 and set(outputs) == {"()\n"}
    assert server.counts() == (500, 6)
    assert (server.folder / "maquinas.dbf").exists()


async def test_a_damaged_database_is_restored_with_a_warning(server: Server) -> None:
    file = await server.backup("LOJA")
    server.sqlite.write_bytes(b"not a database at all, but a long text " * 400)
    assert preview_restore(RestorePlan(file), server.configuration, None).warnings
    done, _ = await server.run(RestorePlan(file))
    assert done.warnings
    assert server.counts() == (500, 6)
    assert server.query("SELECT senha FROM usuarios") == [("segredo-velho",)]


async def test_left_out_tables_stay_as_they_are(server: Server) -> None:
    file = await server.backup("LOJA", images=False, audit=False, indexes=False)
    server.spoil()
    done, _ = await server.run(RestorePlan(file, users_and_audit=True))
    assert server.query("SELECT count(*) FROM auditoria") == [(2,)]
    assert server.query("SELECT length(imagem) FROM produtos_imagem") == [(200_000,)]
    assert {"auditoria", "produtos_imagem"} <= set(done.databases[0].kept)
    assert server.query("SELECT count(*) FROM sqlite_schema WHERE name = 'produtos_nome'") == [(1,)]
    with pytest.raises(TableRefused):
        await server.run(RestorePlan(file, tables=("auditoria",)))


async def test_table_files_are_restored_byte_by_byte(server: Server) -> None:
    before = {path.name: path.read_bytes() for path in server.folder.iterdir()}
    file = await server.backup("FABRICA")
    for path in server.folder.iterdir():
        if not path.name.startswith("usuarios"):
            path.write_bytes(path.read_bytes()[:-100])
    (server.folder / "maquinas.dbf").unlink()
    done, _ = await server.run(RestorePlan(file))
    assert server.files() == before
    assert done.databases[0].kept == ("usuarios",)
    server.folder.joinpath("pecas.dbf").unlink()
    server.folder.joinpath("maquinas.dbf").write_bytes(b"changed since")
    await server.run(RestorePlan(file, tables=("pecas",)))
    assert server.folder.joinpath("pecas.dbf").read_bytes() == before["pecas.dbf"]
    assert server.folder.joinpath("maquinas.dbf").read_bytes() == b"changed since"


async def test_several_databases_are_staged_before_the_first_is_swapped(server: Server) -> None:
    file = await server.backup("LOJA", "FABRICA")
    server.spoil()
    (server.folder / "maquinas.dbf").unlink()
    done, events = await server.run(RestorePlan(file))
    assert [each.alias for each in done.databases] == ["LOJA", "FABRICA"]
    steps = [event.step for event in events if isinstance(event, StepStarted)]
    assert max(n for n, step in enumerate(steps) if step is Step.STAGE) < steps.index(Step.SWAP)
    assert (server.folder / "maquinas.dbf").exists()
    assert server.counts() == (500, 6)


async def test_the_first_swap_is_undone_when_the_second_fails(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    from hctui.databases.tablefiles import engine as folder

    file = await server.backup("LOJA", "FABRICA")
    server.spoil()
    original = folder.FolderEngine.restoration

    def restoration(self, request):  # type: ignore[no-untyped-def]
        started = original(self, request)

        class Failing:
            def __enter__(self):  # type: ignore[no-untyped-def]
                self.inner = started.__enter__()
                return self

            def __exit__(self, *error):  # type: ignore[no-untyped-def]
                return started.__exit__(*error)

            def __getattr__(self, name):  # type: ignore[no-untyped-def]
                return getattr(self.inner, name)

            def commit(self, reporter):  # type: ignore[no-untyped-def]
                raise DatabaseInUse(alias="FABRICA", who="vi")

        return Failing()

    monkeypatch.setattr(folder.FolderEngine, "restoration", restoration)
    with pytest.raises(DatabaseInUse):
        await server.run(RestorePlan(file))
    assert server.counts() == (10, 999)


async def test_a_failed_clean_up_after_the_swap_is_a_warning(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    file = await server.backup("LOJA")
    server.spoil()
    original = SqliteEngine.restoration

    @contextmanager
    def restoration(self: SqliteEngine, request: RestorationRequest) -> Iterator[Restoration]:
        with original(self, request) as started:
            yield started
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(SqliteEngine, "restoration", restoration)
    done, _ = await server.run(RestorePlan(file))
    assert "tidied up" in str(done.warnings[0])
    assert server.counts() == (500, 6)


async def test_a_wrong_password_changes_nothing(server: Server, fingerprint: Callable[[Path], object]) -> None:
    for encryption in Encryption:
        plan = replace(server.backup_plan("LOJA", encryption=encryption), name=encryption.value)
        done, _ = await server.run(plan, server.password)
        before = fingerprint(server.sqlite.parent)
        for password, error in (("errada", WrongPassword), (None, PasswordNeeded)):
            with pytest.raises(error):
                await server.run(RestorePlan(done.file), password)
            with pytest.raises(error):
                preview_restore(RestorePlan(done.file), server.configuration, password)
        assert fingerprint(server.sqlite.parent) == before


async def test_a_preview_changes_nothing_and_describes_the_restore(
    server: Server, fingerprint: Callable[[Path], object]
) -> None:
    file = await server.backup("LOJA", "FABRICA")
    server.spoil()
    server.query("CREATE TABLE promocoes (id INTEGER PRIMARY KEY)")
    before = fingerprint(server.sqlite.parents[1])
    preview = preview_restore(RestorePlan(file, exact=True), server.configuration, None)
    assert fingerprint(server.sqlite.parents[1]) == before
    shop = preview.databases[0]
    actions = {table.name: table.action.value for table in shop.tables}
    assert actions == {
        **dict.fromkeys(("produtos", "pedidos", "produtos_imagem"), "replace"),
        **dict.fromkeys(KEPT, "keep"),
        "promocoes": "drop",
    }
    products = next(table for table in shop.tables if table.name == "produtos")
    assert products.backup is not None and products.live is not None
    assert (products.backup.rows, products.live.rows) == (500, 10)
    assert all(table.reason is not None for table in shop.tables if table.action.value == "keep")
    assert (shop.sessions, shop.conflicts) == ((), ())
    assert shop.size > 0 and shop.free is not None and shop.free > shop.size
    partial = preview_restore(RestorePlan(file, databases=("LOJA",), tables=()), server.configuration, None)
    assert {table.action.value for table in partial.databases[0].tables} == {"keep"}


async def test_a_database_in_use_is_refused_with_the_name_of_the_program(server: Server) -> None:
    file = await server.backup("LOJA")
    script = f"import sqlite3, sys; c = sqlite3.connect({str(server.sqlite)!r}); c.execute('select * from config').fetchone()"
    script += "; print('open', flush=True); sys.stdin.read()"
    command = [shutil.which("python3") or "python3", "-c", script]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert preview_restore(RestorePlan(file), server.configuration, None).databases[0].sessions
        with pytest.raises(DatabaseInUse, match=str(process.pid)):
            await server.run(RestorePlan(file))
        process.communicate()
    await server.run(RestorePlan(file))


async def test_invalid_plans_are_refused(server: Server) -> None:
    file = await server.backup("LOJA", "FABRICA")
    cases: list[tuple[RestorePlan, type[HctuiError], str]] = [
        (RestorePlan(file, databases=("LOJ",)), UnknownDatabase, "LOJA"),
        (RestorePlan(file, databases=("LOJA",), tables=("produto",)), SimilarTable, "produtos"),
        (RestorePlan(file, databases=("LOJA",), tables=("xyz",)), UnknownTable, "xyz"),
        (RestorePlan(file, tables=("produtos",)), UsageError, "one database"),
        (RestorePlan(file, into="X"), UsageError, "one database"),
        (RestorePlan(file, databases=("LOJA",), tables=("produtos",), exact=True), UsageError, "exact"),
        (RestorePlan(file, databases=("LOJA",), tables=()), NothingToDo, "table"),
    ]
    for plan, error, words in cases:
        with pytest.raises(error, match=words):
            await server.run(plan)
