"""Fixtures of all tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from hctui.demo.server import DemoServer

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # hctui is started hundreds of times, and must not be compiled each time


@pytest.fixture
def tool() -> Callable[[str], str]:
    """Return a function that finds another program; without it the test is skipped, and in CI it fails."""

    def find(name: str) -> str:
        found = shutil.which(name)
        if found is None and os.environ.get("CI") == "true":
            pytest.fail(f"{name} is not installed and CI skips nothing")
        if found is None:
            pytest.skip(f"{name} is not installed")
        return found

    return find


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of other people's data, which is beside the repository."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not here")
    return folder


@pytest.fixture(scope="session")
def made_demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Create a small demo once."""
    from hctui.demo.server import create

    folder = tmp_path_factory.mktemp("demo") / "demo"
    create(folder, scale=0.02)
    return folder


@pytest.fixture
def demo_copy(made_demo: Path, tmp_path: Path) -> DemoServer:
    """Return a copy of the demo for one test."""
    from hctui.demo.server import DemoServer

    folder = tmp_path / "demo"
    shutil.copytree(made_demo, folder)
    server = DemoServer(folder, 0.02)
    text = server.configuration_path.read_text().replace(str(made_demo), str(folder))
    server.configuration_path.write_text(text)
    return server


@pytest.fixture
def nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Skip the search through all processes of the machine, which takes most of the time, where it is not tested."""
    for module in ("sqlite.locking", "tablefiles.exclusive"):
        monkeypatch.setattr(f"hctui.databases.{module}.open_files", lambda places: ())
