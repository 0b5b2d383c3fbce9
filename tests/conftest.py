"""Fixtures of all tests, and rules for all of them: markers, sample data, nothing skipped in CI, one language."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from hctui.i18n import language

if TYPE_CHECKING:
    from hctui.demo.server import DemoServer

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # hctui is started hundreds of times: compile it once
IN_CI = os.environ.get("CI") == "true"
SAMPLES = Path(__file__).resolve().parents[2] / "shared" / "data"
statistics: list[str] = []
"""What the tests of faults tried, in lines."""
SERVERS = {"newest", "older", "started", "servers", "own_server"}
"""Fixtures that start a PostgreSQL server; parameters that start one carry the marker themselves."""


def pytest_report_header() -> str | None:
    """Name the missing sample data in one line."""
    return None if SAMPLES.is_dir() else f"{SAMPLES} is missing: the tests of other people's databases are left out"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Set the markers that follow from folder and fixtures, and leave out the tests whose sample data is missing."""
    left_out = []
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if SERVERS & fixtures:
            item.add_marker("server")
        if item.path.parent.name == "faults":
            item.add_marker("faults")
        if item.path.parent.name in ("faults", "terminal", "upgrade"):
            item.add_marker("slow")
        if "shared_data" in fixtures and not SAMPLES.is_dir():
            left_out.append(item)
    if left_out and IN_CI:
        raise pytest.UsageError(f"{SAMPLES} is missing, and CI leaves nothing out")
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give each file of tests/faults, which has one scene and one count, to one worker; spread all other tests."""
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return nodeid.partition("::")[0] if nodeid.startswith("tests/faults/") else nodeid

    return Scheduling(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let a test that was skipped fail in CI, where everything is installed."""
    report = yield
    if report.skipped and IN_CI:
        report.outcome = "failed"
        report.longrepr = f"CI skips nothing: {report.longrepr}"
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Collect what the tests of faults counted; a worker of xdist passes it to the process that prints it."""
    module = sys.modules.get("soak.stats")
    lines = [line for each in module.all_statistics for line in each.lines()] if module else []
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["statistics"] = lines
    statistics.extend(lines)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what a worker counted."""
    statistics.extend(getattr(node, "workeroutput", {}).get("statistics", ()))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the statistics."""
    if statistics:
        terminalreporter.section("what was tried")
        for line in statistics:
            terminalreporter.write_line(line)


@pytest.fixture(scope="session", autouse=True)
def spare_the_persons_own_files(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Let no test find the person's own configuration or state, though it names none of its own."""
    folder = tmp_path_factory.mktemp("nobody")
    os.environ |= {"HCTUI_CONFIG": str(folder / "hctui.toml"), "HCTUI_STATE": str(folder / "state")}


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    """Return to English after a test that chose another language: there is one language for the whole process."""
    yield
    if language.active() != "en":
        language.activate("en")


@pytest.fixture
def unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start processes without coverage, which imports modules and opens files of its own."""
    for name in [name for name in os.environ if name.startswith("COVERAGE_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def tool() -> Callable[[str], str]:
    """Return a function that finds another program; without it the test is skipped."""

    def find(name: str) -> str:
        found = shutil.which(name)
        if found is None:
            pytest.skip(f"{name} is not installed")
        return found

    return find


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of other people's databases, which is beside the repository."""
    return SAMPLES


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
