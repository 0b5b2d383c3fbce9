"""The people who go on working while a backup runs: `python -m hctui.demo.writer LOCATION...`.

A process of its own, as in life. It writes to every location in turn until its standard input closes, so that it never
outlives whoever started it, and prints a line after its first rounds.
"""

from __future__ import annotations

import select
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from hctui.demo import workload

PAUSE = 0.01
"""Seconds between two rounds."""
LOGBOOK_EVERY = 40
"""Rounds between two records in a dBase logbook."""
FIRST_ROUNDS = 10
READY = "writing"


@contextmanager
def people_at_work(locations: Sequence[Path]) -> Iterator[None]:
    """Have somebody write to all locations; entered once they are at it, and left once they have stopped."""
    command = [sys.executable, "-m", "hctui.demo.writer", *map(str, locations)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        assert process.stdin and process.stdout
        if process.stdout.readline().strip() != READY:
            raise subprocess.CalledProcessError(process.wait(), command)
        yield
        process.stdin.close()
        process.wait()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)


def write(locations: Sequence[Path]) -> None:
    """Write to all locations until standard input closes."""
    databases = [(workload.open_company(path), workload.units_done(path)) for path in locations if path.is_file()]
    folders = [(path, workload.units_logged(path)) for path in locations if path.is_dir()]
    done = 0
    while not select.select([sys.stdin], [], [], PAUSE)[0]:
        for connection, before in databases:
            workload.do_unit(connection, before + done + 1)
        if done % LOGBOOK_EVERY == 0:
            for folder, before in folders:
                workload.log_unit(folder, before + done // LOGBOOK_EVERY + 1)
        done += 1
        if done == FIRST_ROUNDS:
            print(READY, flush=True)
    for connection, _ in databases:
        connection.close()


if __name__ == "__main__":
    write([Path(location) for location in sys.argv[1:]])
