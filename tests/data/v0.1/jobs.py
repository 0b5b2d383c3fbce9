"""Make the jobs of this folder with version 0.1 of hctui: see README.md.

Run it as root with that version: `PYTHONPATH=/tmp/base python jobs.py`. It works in /srv/hctui, as make.py does.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import sources

HERE, ROOT = Path(__file__).parent, Path("/srv/hctui")
ENVIRONMENT = {
    **os.environ,
    "HCTUI_CONFIG": str(ROOT / "hctui.toml"),
    "HCTUI_STATE": str(ROOT / "state"),
    "HCTUI_LANG": "en",
    "HCTUI_PASSWORD": "pão-de-açúcar 42",
}
HCTUI = (sys.executable, "-P", "-m", "hctui")
WAITING = 'before = "sleep 30"'


def hctui(*arguments: str | Path) -> None:
    """Run version 0.1 and write what its job is called."""
    before = jobs()
    ran = subprocess.run([*HCTUI, *arguments], env=ENVIRONMENT, capture_output=True, text=True, check=False)
    print(ran.returncode, *(name for name in jobs() if name not in before), *arguments, ran.stderr.strip())
    time.sleep(1)  # a job is called by the second


def jobs() -> list[str]:
    """Return the names of the folders of jobs."""
    return sorted(path.name for path in (ROOT / "state" / "jobs").glob("*"))


def interrupted(number: signal.Signals, *arguments: str) -> None:
    """Start a job that waits for the command of its database, and signal its process."""
    text = (ROOT / "hctui.toml").read_text()
    (ROOT / "hctui.toml").write_text(text.replace("[databases.MOVEIS]\n", f"[databases.MOVEIS]\n{WAITING}\n"))
    before = jobs()
    running = subprocess.Popen([*HCTUI, *arguments], env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while not [name for name in jobs() if name not in before and (ROOT / "state/jobs" / name / "job.jsonl").exists()]:
        time.sleep(0.1)
    time.sleep(2)
    (name,) = [name for name in jobs() if name not in before]
    record = json.loads((ROOT / "state/jobs" / name / "job.jsonl").read_text().splitlines()[0])
    os.kill(record["process"], number)
    running.wait()
    print(running.returncode, name, number.name, *arguments)
    (ROOT / "hctui.toml").write_text(text)


def main() -> None:
    """Run one job of each kind, and some that end otherwise."""
    shutil.rmtree(ROOT, ignore_errors=True)
    (ROOT / "work").mkdir(parents=True)
    (ROOT / "back").mkdir()
    sources.make_sqlite(ROOT / "work" / "padaria.db")
    sources.make_folder(ROOT / "work" / "moveis")
    sources.make_files(ROOT / "documentos")
    for alias, engine, location in (("PADARIA", "sqlite", "padaria.db"), ("MOVEIS", "folder", "moveis")):
        hctui("databases", "add", alias, ROOT / "work" / location, "--engine", engine)
    hctui("backup", "--all", "--to", ROOT, "--name", "todos", "--encrypt", "aes256")
    hctui("verify", ROOT / "todos.bkb")
    hctui("restore", ROOT / "todos.bkb", "--database", "PADARIA", "--tables", "produtos", "--yes")
    hctui("undo", "--database", "PADARIA", "--yes")
    hctui("files", "backup", ROOT / "documentos", "--to", ROOT, "--name", "arquivos")
    hctui("files", "restore", ROOT / "arquivos.bkb", "--to", ROOT / "back")
    hctui("files", "restore", ROOT / "arquivos.bkb", "--to", ROOT / "back")
    hctui("backup", "--database", "PADARIA", "--to", ROOT, "--name", "todos")
    interrupted(signal.SIGTERM, "backup", "--database", "MOVEIS", "--to", str(ROOT), "--name", "x")
    interrupted(signal.SIGKILL, "backup", "--database", "MOVEIS", "--to", str(ROOT), "--name", "y")
    shutil.rmtree(HERE / "jobs", ignore_errors=True)
    shutil.copytree(
        ROOT / "state" / "jobs", HERE / "jobs", ignore=shutil.ignore_patterns("reserve", "seen", "cancel", "alive", "log")
    )
    shutil.rmtree(ROOT)


if __name__ == "__main__":
    main()
