"""Generate the data, run the contests, check the output, and print the tables of the README."""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import contests, floors, limits, postgresql, terminal
from benchmarks.contests import Bench, Contest
from benchmarks.measure import Figure, contest

GROUPS: dict[str, Callable[[Bench], Iterator[Contest]]] = {
    "backup": contests.backups,
    "data": contests.other_data,
    "sqlite": contests.sqlite_backups,
    "postgresql": postgresql.contests,
    "restore": contests.restores,
}
TABLES: dict[str, Callable[[Bench, int], None]] = {
    "limit": limits.print_limit,
    "floors": floors.print_floors,
    "terminal": terminal.print_terminal,
}


def main() -> None:
    """Parse the command line and print tables in Markdown."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--size", type=int, default=300, help="megabytes of tables (300)")
    parser.add_argument("--runs", type=int, default=3, help="runs of each command, the median counts (3)")
    parser.add_argument(
        "--at", type=Path, default=Path(tempfile.gettempdir()) / "hctui-benchmarks", help="where the data is kept"
    )
    parser.add_argument("--only", action="append", choices=[*GROUPS, *TABLES], help="only these groups")
    arguments = parser.parse_args()
    chosen = arguments.only or [*GROUPS, *TABLES]
    bench = Bench(arguments.at, arguments.size * 1_000_000)
    machine = f"{os.cpu_count()} cores ({_processor()}), Python {platform.python_version()}"
    print(f"{datetime.date.today()}, {machine}, {arguments.runs} runs of each in turn\n")
    for group in chosen:
        if group in GROUPS:
            _print_group(group, GROUPS[group](bench), arguments.runs)
        else:
            TABLES[group](bench, arguments.runs)


def _print_group(group: str, entries: Iterator[Contest], runs: int) -> None:
    print(f"### {group}\n\n| work | hctui | peer | times as fast | wanted | size against peer's | memory ours / theirs |")
    print("|---|---|---|---|---|---|---|", flush=True)
    for entry in entries:
        figures = contest([*entry.ours, *entry.peers], 1 if entry.once else runs)
        _check(entry)
        for ours in figures[: len(entry.ours)]:
            for peer, wanted in zip(figures[len(entry.ours) :], entry.targets, strict=True):
                print(_row(entry.work, ours, peer, wanted), flush=True)
    print()


def _row(work: str, ours: Figure, peer: Figure, wanted: float) -> str:
    ratio = peer.seconds / ours.seconds
    goal = "" if not wanted else f"{wanted:.2g}" + ("" if ratio >= wanted else " (missed)")
    size = f"{ours.written / peer.written:.3f}" if ours.written and peer.written else ""
    memory = f"{ours.peak / 1e6:.0f} / {peer.peak / 1e6:.0f} MB"
    times = f"{ours.name} {ours.seconds:.2f} s | {peer.name} {peer.seconds:.2f} s"
    return f"| {work} | {times} | {ratio:.2f} | {goal} | {size} | {memory} |"


def _check(entry: Contest) -> None:
    """Test the output with 7-Zip and with the contest's own check, because the time of a damaged archive means nothing."""
    for ours in entry.ours:
        if ours.output.suffix == ".bkb":
            subprocess.run(["7zz", "t", "-bso0", "-bsp0", f"-p{contests.PASSWORD}", str(ours.output)], check=True)
    if entry.check is not None:
        entry.check()


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8") if Path("/proc/cpuinfo").exists() else ""
    names = [line.partition(":")[2].strip() for line in lines.splitlines() if line.startswith("model name")]
    return names[0] if names else platform.processor()


if __name__ == "__main__":
    main()
