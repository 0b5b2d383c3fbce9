"""What version 0.1 leaves beside a database: the undo of a finished restore, and the remains of one that was killed."""

from __future__ import annotations

import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import contents
import sources
from contents import Contents

GARBAGE = b"this is no database " * 99
ODD = "preço médio (R$)"
WHOLE = ("--settings", "--users-and-audit", "--exact")
"""So that a whole restore leaves exactly what was backed up."""
_CALLS = {"unlink": "unlink", "sync": "fsync,fdatasync"}
_TRACER = ("strace", "-f", "-qq", "-o", "/dev/null")


def run_sql(folder: Path, database: str, script: str) -> list[tuple[Any, ...]]:
    """Execute statements on the server whose socket is in `folder`; return what the only one answers."""
    import psycopg

    with psycopg.connect(f"postgresql://postgres@/{database}?host={folder}", autocommit=True) as connection:
        found = connection.execute(script.encode())
        return found.fetchall() if found.description else []


class Maker:
    """Makes one state after the other in the folder `work`, where the databases are."""

    def __init__(
        self, root: Path, target: Path, environment: Mapping[str, str], hctui: Callable[..., None], known: dict[str, Contents]
    ) -> None:
        self._work, self._pg, self._target = root / "work", root / "pg", target
        self._environment, self._hctui, self._known = environment, hctui, known
        self._url = f"postgresql://postgres@/ceramica?host={self._pg}"
        self._sqlite, self._folder = self._work / "padaria.db", self._work / "moveis"
        self.made: dict[str, dict[str, Any]] = {}

    def make_sqlite_states(self) -> None:
        """Make those of SQLite."""
        tables = ("produtos", "itens", ODD)
        written, committed = f"sync:{self._sqlite}", f"unlink:{self._sqlite}-journal"
        copied, undone = "copied", "audit:os.rename:incoming/database"
        for name, before, step, parts, wal in (
            ("undo-whole", "now", "", (), False),
            ("undo-tables", "now", "", tables, False),
            ("undo-missing", "missing", "", (), False),
            ("undo-damaged", "damaged", "", (), False),
            ("killed-hot-journal", "now", written, (), False),
            ("killed-committed", "now", committed, (), False),
            ("killed-wal-committed", "now", copied, (), True),
            ("killed-tables", "now", written, tables, False),
            ("killed-missing", "missing", undone, (), False),
            ("killed-damaged-before", "damaged", undone, (), False),
            ("killed-damaged-after", "damaged", "audit:shutil.rmtree:incoming", (), False),
        ):
            self._fresh_work()
            if before == "damaged":
                self._sqlite.write_bytes(GARBAGE)
            elif before == "now":
                sources.make_sqlite(self._sqlite, wal=wal)
                with closing(sqlite3.connect(self._sqlite)) as connection:
                    connection.executescript(sources.SQLITE_NOW)
            self._known[f"padaria.{before}"] = contents.of_sqlite(self._sqlite)
            self._go("sqlite", "PADARIA", step, parts)
            if name == "undo-tables":
                self._known["padaria.tables"] = contents.of_sqlite(self._sqlite)
            elif not step:
                assert contents.of_sqlite(self._sqlite) == self._known["padaria.then"]
            self._pack(f"sqlite-{name}", old=f"padaria.{before}", new=f"padaria.{'tables' if parts else 'then'}")

    def make_folder_states(self) -> None:
        """Make those of table files."""
        for name, step, parts in (
            ("undo-whole", "", ()),
            ("undo-tables", "", ("produtos", "cadastro/usuarios", "preço médio")),
            ("killed-staged", "folder:journal written:1", ()),
            ("killed-keeping", "folder:before keeping:5", ()),
            ("killed-arriving", "folder:before arriving:4", ()),
            ("killed-done", "folder:marked done:1", ()),
            ("killed-taking-back", "folder:before putting back:3", ()),
            ("killed-undoing", "folder:before arriving:4", None),
        ):
            self._fresh_work()
            sources.make_folder(self._folder, now=True)
            self._known["moveis.now"] = contents.of_folder(self._folder)
            if parts is None:
                self._go("folder", "MOVEIS", "", ())
            self._go("folder", "MOVEIS", step, parts)
            if name == "undo-tables":
                self._known["moveis.tables"] = contents.of_folder(self._folder)
            elif not step:
                assert contents.of_folder(self._folder) == self._known["moveis.then"]
            self._pack(f"folder-{name}", old="moveis.now", new=f"moveis.{'tables' if parts else 'then'}")

    def make_postgresql_states(self) -> None:
        """Make those of a server."""
        for name, before, step, parts in (
            ("undo-whole", "now", "", ()),
            ("undo-tables", "now", "", ("produtos", "itens", ODD)),
            ("undo-missing", "missing", "", ()),
            ("killed-loaded", "now", "call:postgresql.whole:WholeRestoration.prepare", ()),
            ("killed-closed", "now", "call:postgresql.whole:swap_in", ()),
            ("killed-swapped", "now", "call:postgresql.server:Server.drop:__hctui_old", ()),
            ("killed-tables", "now", "call:postgresql.store:swap.keep_undo", ("produtos", "itens", ODD)),
            ("killed-missing", "missing", "call:postgresql.server:Server.together", ()),
        ):
            for database in self._databases():
                run_sql(self._pg, "postgres", f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS true')
                run_sql(self._pg, "postgres", f'DROP DATABASE "{database}" WITH (FORCE)')
            if before == "now":
                run_sql(self._pg, "postgres", sources.POSTGRESQL_DATABASE)
                run_sql(self._pg, "ceramica", sources.POSTGRESQL)
                run_sql(self._pg, "ceramica", sources.POSTGRESQL_NOW)
            if name == "killed-swapped":  # the undo of a restore before it is what was to be dropped
                self._go("postgresql", "CERAMICA", "", ("auditoria",))
            self._known[f"ceramica.{before if name != 'killed-swapped' else 'swapped'}"] = contents.of_postgresql(self._url)
            self._go("postgresql", "CERAMICA", step, parts)
            if name == "undo-tables":
                self._known["ceramica.tables"] = contents.of_postgresql(self._url)
            elif not step:
                assert contents.of_postgresql(self._url) == self._known["ceramica.then"]
            (self._target / f"postgresql-{name}.sql").write_text(self._dump())
            old = "swapped" if name == "killed-swapped" else before
            self._note(f"postgresql-{name}", old=f"ceramica.{old}", new=f"ceramica.{'tables' if parts else 'then'}")

    def _fresh_work(self) -> None:
        shutil.rmtree(self._work)
        self._work.mkdir()

    def _go(self, engine: str, alias: str, step: str, tables: Sequence[str] | None) -> None:
        """Restore, or undo where `tables` is None; to the end, or until it is killed at a step."""
        backup = self._target / f"{engine}.bkb"
        if not step:
            chosen = ("--tables", ",".join(tables)) if tables else WHOLE
            self._hctui("restore", backup, "--database", alias, "--yes", *chosen)
            return
        kind, _, place = step.partition(":")
        calls = _CALLS.get(kind)
        rules = ("-e", f"trace={calls}", "-e", f"inject={calls}:error=EIO:signal=SIGKILL", "-P", place)
        tracer = (*_TRACER, *rules) if calls else ()
        what = ("undo", alias) if tables is None else ("restore", str(backup), alias, *tables)
        script = Path(__file__).with_name("interrupt.py")
        named = "none" if tracer else step
        command = [*tracer, sys.executable, str(script), self._environment["HCTUI_CONFIG"], named, *what]
        ran = subprocess.run(command, env=self._environment, capture_output=True, text=True, check=False)
        assert ran.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL), (step, ran)

    def _pack(self, name: str, **what: str) -> None:
        """Pack what is in the folder `work`, hard links and permissions too, whoever made it."""

        def neutral(member: tarfile.TarInfo) -> tarfile.TarInfo:
            member.uid = member.gid = 0
            member.uname = member.gname = ""
            return member

        with tarfile.open(self._target / f"{name}.tar.xz", "w:xz", format=tarfile.PAX_FORMAT) as archive:
            for path in sorted(self._work.iterdir()):
                archive.add(path, path.name, filter=neutral)
        self._note(name, **what)

    def _note(self, name: str, **what: str) -> None:
        self.made[name] = {**what, "killed": "-killed-" in name}

    def _databases(self) -> list[str]:
        found = run_sql(self._pg, "postgres", "SELECT datname FROM pg_database WHERE datname ~ '^ceramica' ORDER BY 1")
        return [name for (name,) in found]

    def _dump(self) -> str:
        """Return a script for psql that makes the databases as they are, what hctui noted in comments too."""
        while run_sql(self._pg, "postgres", "SELECT FROM pg_stat_activity WHERE datname ~ '^ceramica'"):
            time.sleep(0.01)
        text = ""
        for name in self._databases():
            question = f"SELECT datallowconn, shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '{name}'"
            [(is_open, comment)] = run_sql(self._pg, "postgres", question)
            run_sql(self._pg, "postgres", f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
            command = ["pg_dump", "--host", str(self._pg), "--username=postgres", name]
            dump = subprocess.run(command, env=self._environment, capture_output=True, text=True, check=True).stdout
            dump = re.sub(r"^(\\(un)?restrict .*|--.*|)\n", "", dump, flags=re.MULTILINE)
            text += sources.POSTGRESQL_DATABASE.replace("ceramica", f'"{name}"') + ";\n"
            text += f'\\connect "{name}"\n{dump}\\connect postgres\n'
            if comment is not None:
                quoted = comment.replace("\\", "\\\\").replace("'", "''")
                text += f"COMMENT ON DATABASE \"{name}\" IS E'{quoted}';\n"
            text += f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS {str(is_open).lower()};\n'
        return text
