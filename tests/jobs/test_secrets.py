"""The password reaches a job through a pipe and is nowhere else: no argument, no environment, no file."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hctui.events import BackupDone, Started
from hctui.jobs import Job

PASSWORD = "Ninguém-acha-isto-2611"


def readable(path: Path) -> bytes:
    """Return what a file of another process holds; processes come and go."""
    try:
        return path.read_bytes()
    except OSError:
        return b""


async def test_the_password_is_nowhere_while_a_job_runs_nor_after_it(
    begin: Callable[..., Job], state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HCTUI_PASSWORD", PASSWORD)
    job = begin("wait", password=PASSWORD)
    async for event in job.events(poll=0.02):
        if isinstance(event, Started):
            break
    secret = PASSWORD.encode()
    assert not any(secret in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    if sys.platform == "linux":
        process = Path("/proc", str(job.record.process))
        assert secret not in readable(process / "cmdline") and b"HCTUI_STATE" in readable(process / "environ")
        told = [path for name in ("cmdline", "environ") for path in Path("/proc").glob(f"[0-9]*/{name}")]
        assert len(told) > 2
        assert not [path for path in told if secret in readable(path)]
        limits = readable(process / "limits").decode()
        assert next(line for line in limits.splitlines() if "core file" in line).split()[4] == "0"
    (tmp_path / "go").touch()
    assert [event async for event in job.events(poll=0.02)][-1] == BackupDone(
        tmp_path / "wait", len(PASSWORD), 1000, 0.1, None, ()
    )
    await asyncio.sleep(0)
    assert not any(secret in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


async def test_a_fault_in_a_job_prints_no_password(begin: Callable[..., Job]) -> None:
    job = begin("bug", password=PASSWORD)
    async for _event in job.events(poll=0.02):
        pass
    assert not any(PASSWORD.encode() in path.read_bytes() for path in job.folder.iterdir())
