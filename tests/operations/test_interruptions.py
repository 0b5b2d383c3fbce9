"""Tests of operations that are cancelled, fail or fill the disk: they leave nothing incomplete, and live data unchanged."""

from __future__ import annotations

import asyncio
import errno
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import aclosing, contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace
from waiting import wait_until_async

from hctui.destinations import FolderDestination
from hctui.errors import DestinationError, HctuiError, NoSpace
from hctui.events import BackupDone, Done
from hctui.model import Level
from hctui.operations import recover_all, run
from hctui.plans import FilesBackupPlan, FilesRestorePlan, Plan, RestorePlan, VerifyPlan

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("nobody_else")]

if TYPE_CHECKING:
    from conftest import Server

FINGERPRINT = Callable[[Path], dict[str, str]]


async def stop_after(server: Server, plan: Plan, count: int, *, cancel: bool) -> Done | None:
    """Stop an operation after its `count`th event, by cancelling its task or by closing the generator."""

    async def follow() -> Done | None:
        last = None
        async with aclosing(run(plan, server.configuration, None)) as events:
            number = 0
            async for event in events:
                number += 1
                last = event if isinstance(event, Done) else None
                if number == count:
                    if cancel:
                        task.cancel()
                        await asyncio.sleep(0)
                    return last
        return last

    task = asyncio.create_task(follow())
    try:
        return await task
    except asyncio.CancelledError:
        return None


def is_idle(server: Server) -> bool:
    """Return whether no thread of an operation runs."""
    import threading

    return not [thread for thread in threading.enumerate() if thread.name.startswith("hctui-operation")]


@pytest.mark.parametrize("cancel", [False, True], ids=["closed", "cancelled"])
async def test_a_backup_stopped_at_any_event_leaves_nothing(server: Server, fingerprint: FINGERPRINT, cancel: bool) -> None:
    before = fingerprint(server.sqlite.parent)
    _, events = await server.run(server.backup_plan("LOJA", "FABRICA"))
    (server.destination / "copia.bkb").unlink()
    for count in range(1, len(events)):
        done = await stop_after(server, server.backup_plan("LOJA", "FABRICA"), count, cancel=cancel)
        left = [path.name for path in server.destination.iterdir()]
        # After the last byte was packed the file may be complete already: then it must be a whole backup.
        assert left in ([], ["copia.bkb"])
        if left:
            result, _ = await server.run(VerifyPlan(server.destination / "copia.bkb"))
            assert result.warnings == ()
            (server.destination / "copia.bkb").unlink()
        assert done is None or left, "a run of fewer events than the first ends as done only where the file exists"
    assert fingerprint(server.sqlite.parent) == before


@pytest.mark.parametrize("cancel", [False, True], ids=["closed", "cancelled"])
async def test_a_restore_stopped_at_any_event_leaves_the_old_or_the_new_database(
    server: Server, fingerprint: FINGERPRINT, cancel: bool
) -> None:
    file = await server.backup("LOJA", "FABRICA")
    _, events = await server.run(RestorePlan(file))
    for count in range(1, len(events)):
        server.query("DELETE FROM produtos")
        (server.folder / "maquinas.dbf").write_bytes(b"changed")
        await stop_after(server, RestorePlan(file), count, cancel=cancel)
        shop, factory = server.query("SELECT count(*) FROM produtos")[0][0], (server.folder / "maquinas.dbf").stat().st_size
        assert (shop, factory) == (0, 7) or (shop == 500 and factory > 7)
        assert not [name for name in fingerprint(server.sqlite.parent) if "staging" in name]
        assert recover_all(server.configuration) == ()


async def test_a_verification_stopped_at_any_event_leaves_nothing(server: Server, tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    server.configuration.staging = scratch
    file = await server.backup("LOJA", "FABRICA")
    _, events = await server.run(VerifyPlan(file))
    for count in range(1, len(events)):
        await stop_after(server, VerifyPlan(file), count, cancel=count % 2 == 0)
        assert list(scratch.iterdir()) == []


async def test_a_files_restore_stopped_at_any_event_leaves_only_whole_files(server: Server, tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / "src").mkdir(exist_ok=True)
        (tmp_path / "src" / f"{number}").write_bytes(os.urandom(1_100_000))
    plan = FilesBackupPlan((tmp_path / "src",), server.destination, "arquivos", level=Level.NONE)
    done, events = await server.run(plan)
    for count in range(1, len(events), 5):
        await stop_after(server, replace(plan, name=f"outro{count}"), count, cancel=count % 2 == 0)
        assert not list(server.destination.glob("*.part"))
        back = tmp_path / f"back{count}"
        back.mkdir()
        await stop_after(server, FilesRestorePlan(done.path, back), count, cancel=count % 2 == 0)
        assert all(path.stat().st_size == 1_100_000 for path in back.rglob("*") if path.is_file())
        assert not list(back.rglob(".hctui-*"))


async def test_no_thread_of_a_stopped_operation_continues(server: Server) -> None:
    await stop_after(server, server.backup_plan("LOJA"), 3, cancel=True)
    assert is_idle(server)


async def test_the_next_backup_removes_the_files_of_a_killed_one(server: Server) -> None:
    for _ in range(8):
        server.query("INSERT INTO produtos_imagem (imagem) VALUES (randomblob(2000000))")
    script = (
        "import asyncio, sys; from pathlib import Path; from hctui.config import Configuration\n"
        "from hctui.operations import run; from hctui.plans import BackupPlan; from hctui.model import Level\n"
        "configuration = Configuration.load(Path(sys.argv[1]))\n"
        "async def main():\n"
        "    plan = BackupPlan(('LOJA',), Path(sys.argv[2]), sys.argv[3], level=Level.MAX)\n"
        "    async for event in run(plan, configuration, None): pass\n"
        "asyncio.run(main())\n"
    )
    for name in ("outra", "copia"):
        command = [sys.executable, "-c", script, server.configuration.path, server.destination, name]
        part = server.destination / f"{name}.bkb.part"
        with subprocess.Popen(command) as process:
            await wait_until_async(part.exists, f"{part} exists", 0.001)
            assert process.poll() is None
            process.kill()
        assert part.exists()
        assert list(server.destination.glob("*.bkb")) == []
    done, _ = await server.run(server.backup_plan("LOJA"))
    assert [path.name for path in server.destination.iterdir()] == ["copia.bkb"]
    verified, _ = await server.run(VerifyPlan(done.file))
    assert verified.warnings == ()
    assert not [path for path in server.sqlite.parent.iterdir() if path.name.startswith(".hctui-work")]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Yield a disk of 400 KB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k,mode=700", "tmpfs", disk], capture_output=True).returncode:
        pytest.skip("mounting takes root")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


async def test_a_full_destination_is_one_error_and_leaves_nothing(server: Server, small_disk: Path) -> None:
    server.query("INSERT INTO produtos_imagem VALUES (2, randomblob(600000))")
    for level in Level:
        with pytest.raises(DestinationError) as caught:
            await server.run(replace(server.backup_plan("LOJA", level=level), destination=small_disk))
        assert str(small_disk) in str(caught.value)
        assert list(small_disk.iterdir()) == []


async def test_a_disk_that_becomes_full_during_a_backup(
    server: Server, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FolderDestination, "require_space", lambda destination, needed: None)
    await test_a_full_destination_is_one_error_and_leaves_nothing(server, small_disk)


async def test_no_space_to_stage_beside_the_target(server: Server, small_disk: Path, fingerprint: FINGERPRINT) -> None:
    server.query("INSERT INTO produtos_imagem VALUES (2, randomblob(600000))")
    file = await server.backup("LOJA")
    database = replace(server.configuration.database("LOJA"), location=str(small_disk / "loja.db"))
    server.configuration.replace("LOJA", database)
    with pytest.raises(NoSpace):
        await server.run(RestorePlan(file))
    assert fingerprint(small_disk) == {}


async def test_a_disk_that_becomes_full_during_a_restore_changes_nothing(
    server: Server, small_disk: Path, fingerprint: FINGERPRINT, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_module("hctui.operations.restore"), "require_space", lambda folder, needed: None)
    file = await server.backup("FABRICA")
    target = small_disk / "fabrica"
    target.mkdir()
    (target / "maquinas.dbf").write_bytes((server.folder / "maquinas.dbf").read_bytes())
    (small_disk / "filler").write_bytes(bytes(360_000))
    database = replace(server.configuration.database("FABRICA"), location=str(target))
    server.configuration.replace("FABRICA", database)
    before = fingerprint(small_disk)
    with pytest.raises(HctuiError) as caught:
        await server.run(RestorePlan(file))
    assert "\n" not in str(caught.value)
    assert fingerprint(small_disk) == before


def counts(server: Server) -> tuple[object, ...]:
    """Return the number of products and of orders."""
    return server.query("SELECT (SELECT count(*) FROM produtos), (SELECT count(*) FROM pedidos)")[0]


@contextmanager
def failing(module: object, name: str, number: int, error: int) -> Iterator[None]:
    """Make the `number`th call of a function raise."""
    original = getattr(module, name)
    calls = 0

    def broken(*args: object, **options: object) -> object:
        nonlocal calls
        calls += 1
        if calls == number:
            raise OSError(error, os.strerror(error))
        return original(*args, **options)

    setattr(module, name, broken)
    try:
        yield
    finally:
        setattr(module, name, original)


@pytest.mark.parametrize("name", ["fsync", "write"])
@pytest.mark.parametrize("error", [errno.EIO, errno.ENOSPC, errno.EACCES, errno.ENOENT], ids=errno.errorcode.get)
async def test_every_error_of_the_disk_is_one_of_ours(server: Server, fingerprint: FINGERPRINT, name: str, error: int) -> None:
    before = fingerprint(server.sqlite.parent)
    with failing(os, name, 1, error):
        try:
            done, _ = await server.run(server.backup_plan("LOJA", "FABRICA"))
        except HctuiError as raised:
            assert str(raised).strip()
            assert list(server.destination.iterdir()) == []
        else:
            assert isinstance(done, BackupDone)
    assert fingerprint(server.sqlite.parent) == before


@pytest.mark.parametrize("name", ["fsync", "rename", "open", "mkdir"])
@pytest.mark.parametrize("alias", ["LOJA", "FABRICA"])
async def test_a_disk_that_fails_at_any_call_leaves_the_old_or_the_new_database(server: Server, name: str, alias: str) -> None:
    file = await server.backup(alias)
    good = {path.name: path.read_bytes() for path in server.folder.iterdir()}
    bad = {**good, "maquinas.dbf": b"changed", "pecas.dbf": b"changed too"}
    succeeded = number = 0
    while succeeded < 2:
        number += 1
        server.query("DELETE FROM produtos")
        for path, content in bad.items():
            (server.folder / path).write_bytes(content)
        with failing(os, name, number, errno.EIO):
            try:
                await server.run(RestorePlan(file))
                succeeded += 1
            except HctuiError as error:
                assert str(error).strip()
        recover_all(server.configuration)
        assert counts(server) in ((0, 500), (500, 500))
        assert {path.name: path.read_bytes() for path in server.folder.iterdir() if path.is_file()} in (good, bad)
    assert counts(server)[0] == 500 if alias == "LOJA" else (server.folder / "pecas.dbf").stat().st_size > 20


async def test_a_size_limit_is_a_full_disk(server: Server, tmp_path: Path) -> None:
    server.query("INSERT INTO produtos_imagem VALUES (2, randomblob(600000))")
    script = (
        "import asyncio, resource, signal, sys; from pathlib import Path; from hctui.config import Configuration\n"
        "from hctui.operations import run; from hctui.plans import BackupPlan; from hctui.errors import HctuiError\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "configuration = Configuration.load(Path(sys.argv[1]))\n"
        "async def main():\n"
        "    async for event in run(BackupPlan(('FABRICA', 'LOJA'), Path(sys.argv[2]), 'x'), configuration, None): pass\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]),) * 2)\n"
        "try: asyncio.run(main())\n"
        "except HctuiError as error: print(type(error).__name__, error)\n"
    )
    for limit in (1, 5_000, 100_000, 700_000):
        # -B: the limit would cut Python's bytecode files short, and every later start would fail
        command = [sys.executable, "-B", "-c", script, server.configuration.path, server.destination, str(limit)]
        result = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True)
        assert result.returncode == 0, result.stderr
        assert result.stdout.count("\n") == 1, result.stdout
        assert list(server.destination.iterdir()) == []
