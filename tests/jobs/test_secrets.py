"""Tests that the password of a job is in no argument, no environment and no file: it goes through a pipe."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hctui.events import BackupDone, Started
from hctui.jobs import Job

PASSWORD = "Ninguém-acha-isto-2611"


def content(path: Path) -> bytes:
    """Return the content of a file of another process; empty where the process has ended or is not ours."""
    try:
        return path.read_bytes()
    except OSError:
        return b""


async def test_the_password_is_in_no_file_argument_or_environment(
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
        assert secret not in content(process / "cmdline") and b"HCTUI_STATE" in content(process / "environ")
        visible = [path for name in ("cmdline", "environ") for path in Path("/proc").glob(f"[0-9]*/{name}")]
        assert len(visible) > 2
        assert not [path for path in visible if secret in content(path)]
        limits = content(process / "limits").decode()
        assert next(line for line in limits.splitlines() if "core file" in line).split()[4] == "0"
    (tmp_path / "go").touch()
    assert [event async for event in job.events(poll=0.02)][-1] == BackupDone(
        tmp_path / "wait", len(PASSWORD), 1000, None, (), operation="backup", seconds=0.1
    )
    await asyncio.sleep(0)
    assert not any(secret in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


async def test_a_fault_in_a_job_prints_no_password(begin: Callable[..., Job]) -> None:
    job = begin("bug", password=PASSWORD)
    async for _event in job.events(poll=0.02):
        pass
    assert not any(PASSWORD.encode() in path.read_bytes() for path in job.folder.iterdir())
