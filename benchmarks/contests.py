"""The contests: the programs that run, their data, and the ratios that hctui is meant to reach."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from benchmarks import data
from benchmarks.measure import Contestant, contest

PASSWORD = "a benchmark's password"


class Contest(Struct, frozen=True):
    """One task, done by hctui and by comparable programs."""

    work: str
    ours: tuple[Contestant, ...]
    peers: tuple[Contestant, ...]
    targets: tuple[float, ...]
    """The wanted speed of hctui as a multiple of each peer's; 0 where only the figure is shown."""
    once: bool = False
    """Whether one run is enough, because the programs are slow and far apart."""
    check: Callable[[], None] | None = None
    """A function that raises `SystemExit` if the output of hctui is wrong; it is called after the runs."""


class Bench:
    """A folder with data, a configuration for it, and a folder for output."""

    def __init__(self, folder: Path, size: int) -> None:
        self.folder = folder
        self.size = size
        self.out = folder / "out"
        self.out.mkdir(parents=True, exist_ok=True)
        self.password_file = folder / "password"
        self.password_file.write_text(PASSWORD, encoding="utf-8")
        self.environment = {
            "HCTUI_STATE": str(folder / "state"),
            "HCTUI_CONFIG": str(folder / "config.toml"),
            "LC_ALL": "C.UTF-8",
        }

    def register(self, databases: Sequence[tuple[str, str, Path]]) -> None:
        """Write a configuration of (alias, engine, location)."""
        lines = [f'[databases.{alias}]\nengine = "{engine}"\nlocation = "{path}"\n' for alias, engine, path in databases]
        (self.folder / "config.toml").write_text("\n".join(lines), encoding="utf-8")

    def hctui(self, alias: str, level: str, encryption: str = "", *extra: str) -> Contestant:
        """Return `hctui backup` of one database as a contestant."""
        name = f"{alias}-{level}-{encryption or 'plain'}.bkb"
        secret = ["--encrypt", encryption, "--password-file", str(self.password_file)] if encryption else []
        words = [
            "backup",
            "--database",
            alias,
            "--to",
            str(self.out),
            "--name",
            name,
            "--level",
            level,
            "--json",
            *secret,
            *extra,
        ]
        label = f"hctui {level}" + (f" {encryption}" if encryption else "")
        return Contestant(label, [program(), *words], self.out / name, None, self.environment, (0, 3))

    def pack(self, folder: Path, level: str, encryption: str = "") -> Contestant:
        """Return the archive alone, without a job and without a manifest of tables, as a contestant."""
        file = self.out / f"{folder.name}-{level}-{encryption or 'plain'}.pack.bkb"
        words = [sys.executable, "-m", "benchmarks.pack", str(folder), str(file), level, *([encryption] if encryption else [])]
        return Contestant(f"archive {level} {encryption}".strip(), words, file, None, {"BENCHMARK_PASSWORD": PASSWORD})

    def zip(self, folder: Path, level: int) -> Contestant:
        """Return Info-ZIP at `level`."""
        file = self.out / f"{folder.name}-zip{level}.zip"
        return Contestant(f"zip -{level}", ["zip", "-q", "-r", f"-{level}", str(file), "."], file, folder)

    def seven_zip(self, folder: Path, level: int, encryption: str = "") -> Contestant:
        """Return 7-Zip making a ZIP at `level` with all cores."""
        file = self.out / f"{folder.name}-7zz{level}{encryption}.zip"
        secret = [f"-p{PASSWORD}", f"-mem={encryption}"] if encryption else []
        words = ["7zz", "a", "-tzip", f"-mx{level}", "-bso0", "-bsp0", *secret, str(file), "."]
        return Contestant(f"7zz -mx{level}" + (f" {encryption}" if encryption else ""), words, file, folder)

    def bsdtar(self, folder: Path) -> Contestant:
        """Return libarchive making a ZIP."""
        file = self.out / f"{folder.name}-bsdtar.zip"
        return Contestant("bsdtar", ["bsdtar", "--format", "zip", "-cf", str(file), "."], file, folder)


def _unpacks_to(folder: Path, ours: Sequence[Contestant]) -> Callable[[], None]:
    """Return a check that 7-Zip unpacks the files of `folder` from the archives of hctui."""

    def check() -> None:
        for contestant in ours:
            with tempfile.TemporaryDirectory(dir=contestant.output.parent) as place:
                words = ["7zz", "x", "-bso0", "-bsp0", f"-p{PASSWORD}", f"-o{place}", str(contestant.output)]
                subprocess.run(words, check=True)
                unpacked = next(entry for entry in Path(place).iterdir() if entry.is_dir())
                if subprocess.run(["diff", "-r", str(folder), str(unpacked)]).returncode:
                    raise SystemExit(f"{contestant.name}: the unpacked files differ from the packed ones")

    return check


def program() -> str:
    """Return the hctui command of this environment."""
    return str(Path(sys.executable).with_name("hctui"))


def backups(bench: Bench) -> Iterator[Contest]:
    """Yield the contests over dBase tables: levels, then ciphers."""
    tables = data.dbase_tables(bench.folder, bench.size)
    bench.register([("TPCH", "folder", tables)])

    def ours(level: str, encryption: str = "") -> tuple[Contestant, Contestant]:
        return bench.hctui("TPCH", level, encryption), bench.pack(tables, level, encryption)

    whole = _unpacks_to(tables, ours("min"))
    yield Contest("Mínimo", ours("min"), (bench.seven_zip(tables, 1), bench.zip(tables, 1)), (3.5, 5), check=whole)
    yield Contest("Médio", ours("medium"), (bench.zip(tables, 6),), (5,))
    slow = (bench.seven_zip(tables, 5), bench.bsdtar(tables))
    yield Contest("Médio", ours("medium"), slow, (0, 0), once=True)
    yield Contest("Máximo", ours("max"), (bench.zip(tables, 9), bench.seven_zip(tables, 9)), (4, 0), once=True)
    yield Contest("Não compactar", ours("none"), (bench.seven_zip(tables, 0), bench.zip(tables, 0)), (0, 0))
    whole = _unpacks_to(tables, ours("none", "aes256"))
    yield Contest(
        "Não compactar, AES-256", ours("none", "aes256"), (bench.seven_zip(tables, 0, "AES256"),), (1.5,), check=whole
    )
    yield Contest("Mínimo, ZipCrypto", ours("min", "zipcrypto"), (bench.seven_zip(tables, 1, "ZipCrypto"),), (3,))
    for level, name in (("none", "Não compactar"), ("min", "Mínimo"), ("medium", "Médio"), ("max", "Máximo")):
        for cipher, target in (("zipcrypto", 0), ("aes256", 1 / 1.1)):
            both = bench.pack(tables, level, cipher), bench.pack(tables, level)
            yield Contest(f"{name}, {cipher} on top of plain", both[:1], both[1:], (target,), once=level == "max")


def other_data(bench: Bench) -> Iterator[Contest]:
    """Yield the contests over images, small tables and a sparse table."""
    pictures = data.images(bench.folder, bench.size // 2)
    small = data.small_tables(bench.folder, 5000, 100_000_000)
    sparse = data.sparse_table(bench.folder, 4_500_000_000)
    bench.register([("IMAGES", "folder", pictures), ("SMALL", "folder", small), ("SPARSE", "folder", sparse)])
    stored = bench.hctui("IMAGES", "none")
    yield Contest("images at Médio", (bench.hctui("IMAGES", "medium"),), (stored, bench.zip(pictures, 6)), (1 / 1.5, 0))
    both = bench.hctui("SMALL", "min"), bench.pack(small, "min")
    yield Contest("5,000 small tables", both, (bench.seven_zip(small, 1),), (2,), check=_unpacks_to(small, both))
    both = bench.hctui("SMALL", "min", "aes256"), bench.pack(small, "min", "aes256")
    yield Contest("5,000 small tables, AES-256", both, (bench.seven_zip(small, 1, "AES256"),), (0,))
    yield Contest("4.5 GB sparse table", (bench.hctui("SPARSE", "min"),), (bench.seven_zip(sparse, 1),), (0,), once=True)


def sqlite_backups(bench: Bench) -> Iterator[Contest]:
    """Yield hot backups of SQLite against the usual scripts."""
    database = data.sqlite_database(bench.folder, bench.size)
    bench.register([("TPCHSQL", "sqlite", database)])
    copy, file = bench.out / "copy.db", bench.out / "copy.zip"
    script = f"rm -f '{copy}' && sqlite3 '{database}' \".backup '{copy}'\" && zip -q -%s '{file}' '{copy}'"
    vacuum = f"rm -f '{copy}' && sqlite3 '{database}' \"VACUUM INTO '{copy}'\" && zip -q -1 '{file}' '{copy}'"
    quick = Contestant("sqlite3 .backup, zip -1", ["sh", "-c", script % 1], file)
    usual = Contestant("sqlite3 .backup, zip -6", ["sh", "-c", script % 6], file)
    into = Contestant("VACUUM INTO, zip -1", ["sh", "-c", vacuum], file)
    yield Contest("SQLite, Mínimo", (bench.hctui("TPCHSQL", "min"),), (quick, into), (0, 0))
    yield Contest("SQLite, Médio", (bench.hctui("TPCHSQL", "medium"),), (usual,), (0,))


def restores(bench: Bench) -> Iterator[Contest]:
    """Yield restore and verification of a backup against unpacking and testing it."""
    tables = data.dbase_tables(bench.folder, bench.size)
    live = bench.folder / "live"
    bench.register([("TPCH", "folder", tables), ("LIVE", "folder", live)])
    made = bench.hctui("TPCH", "medium")
    file = made.output
    if not file.exists():
        contest([made], 1)
    unpacked = bench.out / "unpacked"
    peers = (
        Contestant("7zz x", ["7zz", "x", "-bso0", "-bsp0", f"-o{unpacked}", str(file)], unpacked),
        Contestant("unzip", ["unzip", "-q", str(file), "-d", str(unpacked)], unpacked),
        Contestant("bsdtar", ["sh", "-c", f"mkdir '{unpacked}' && bsdtar -xf '{file}' -C '{unpacked}'"], unpacked),
    )
    words = ["restore", str(file), "--database", "TPCH", "--into", "COPY", "--yes", "--json"]
    once = bench.folder / "once.toml"
    script = f"cp '{bench.folder / 'config.toml'}' '{once}' && exec \"$0\" --config '{once}' \"$@\""
    copy = tables.parent / "COPY"
    ours = Contestant("hctui restore", ["sh", "-c", script, program(), *words], copy, None, bench.environment, (0, 3))
    python = [sys.executable, "-m", "benchmarks.pack", "unpack", str(file), str(unpacked)]
    yield Contest("restore", (ours, Contestant("archive", python, unpacked)), peers, (2, 3.5, 1.3))
    nothing = bench.out / "nothing"
    checked = Contestant("hctui verify", [program(), "verify", str(file), "--json"], nothing, None, bench.environment, (0, 3))
    tests = (
        Contestant("7zz t", ["7zz", "t", "-bso0", "-bsp0", str(file)], nothing),
        Contestant("unzip -t", ["unzip", "-tq", str(file)], nothing),
    )
    yield Contest("verify", (checked,), tests, (0, 0))
