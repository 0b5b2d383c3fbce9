"""The layers of DESIGN.md 4: what is imported, and when."""

from __future__ import annotations

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from importlib import import_module
from pathlib import Path

import grimp
import pytest

from hctui.databases.engine import EngineModule, ServerModule
from hctui.engine_kinds import BUILT_IN, EngineKind

pytestmark = pytest.mark.usefixtures("unmeasured")

HEAVY = ("textual", "rich", "babel", "humanize", "sqlite3", "psycopg", "dbflib", "pyzipper", "isal", "zlib_ng", "blake3")


def imported(statement: str) -> set[str]:
    """Return the top-level modules that a fresh Python has after a statement."""
    program = f"{statement}; import sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stdout.splitlines()[-1].split()}


@pytest.mark.parametrize("module", ["hctui.cli", "hctui.jobs", "hctui.config", "hctui.i18n.language", "hctui.databases"])
def test_nothing_heavy_is_imported_early(module: str) -> None:
    assert not imported(f"import {module}") & set(HEAVY)


def test_the_menu_is_shown_before_anything_but_the_screens_is_imported() -> None:
    """How soon it is shown is measured by `python -m benchmarks --only terminal`."""
    assert imported("import hctui.tui.app, hctui.tui.screens.menu") & set(HEAVY) == {"textual", "rich"}


def test_what_a_message_needs_is_imported_when_the_first_number_is_written() -> None:
    program = "from hctui.i18n.language import activate, number, _; activate('pt'); _('data')"
    assert "dbflib" not in imported(program)
    assert "babel" in imported(program + "; number(1)")


def test_loading_what_a_job_needs_starts_no_program() -> None:
    program = (
        "import sys; told = []\n"
        "def note(event, words):\n"
        "    if event in ('subprocess.Popen', 'os.posix_spawn', 'os.exec'): told.append(words)\n"
        "sys.addaudithook(note)\n"
        "import hctui.operations, hctui.databases.tablefiles, hctui.databases.sqlite; assert not told, told"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_help_imports_no_screen_and_no_driver() -> None:
    asked = "import sys; sys.argv[1:] = ['--help']; import atexit, hctui.cli"
    program = f"{asked}; atexit.register(lambda: print('\\n', *sys.modules)); hctui.cli.main()"
    assert not imported(program) & {"textual", "sqlite3", "psycopg", "dbflib", "pyzipper", "babel"}


def test_the_contracts_of_the_layers_are_kept() -> None:
    program = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports())"
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("kind", BUILT_IN.values(), ids=BUILT_IN)
def test_every_built_in_engine_has_its_module(kind: EngineKind) -> None:
    module = import_module(kind.module)
    assert isinstance(module, EngineModule)
    assert kind.local or isinstance(module, ServerModule)


def test_only_the_disk_package_locks_files_and_waits_for_the_disk() -> None:
    forbidden = {"fsync", "fdatasync", "sync"}
    found = []
    for path in (Path(__file__).resolve().parents[2] / "hctui").rglob("*.py"):
        if path.parent.name == "disk":
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            of_os = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "os"
            imports = isinstance(node, ast.Import) and any(each.name == "fcntl" for each in node.names)
            imports_from = isinstance(node, ast.ImportFrom) and (
                node.module == "fcntl" or (node.module == "os" and any(each.name in forbidden for each in node.names))
            )
            if (of_os and node.attr in forbidden) or imports or imports_from:
                found.append(f"{path}:{node.lineno}")
    assert found == []


def test_no_file_imports_in_a_circle() -> None:
    """Not even late, inside a function, or for types alone."""
    graph = grimp.build_graph("hctui", cache_dir=None)
    TopologicalSorter({name: graph.find_modules_directly_imported_by(name) for name in graph.modules}).prepare()
