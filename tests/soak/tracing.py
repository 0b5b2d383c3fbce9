"""Fault injection into the system calls of a running process by strace, which reaches also the writes of SQLite."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from .child import Child

WRITING = ("write", "pwrite64", "ftruncate", "fsync", "fdatasync", "fallocate")
NAMING = ("?rename", "renameat", "renameat2", "?unlink", "unlinkat", "?link", "linkat", "?mkdir", "mkdirat", "?rmdir")
CHANGING = (*WRITING, *NAMING)
"""The calls that may change a file or a name; `?` where not every machine has the call."""
READING = ("read", "pread64")


def available() -> bool:
    """Return whether processes can be traced here."""
    if shutil.which("strace") is None:
        return False
    return subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"], capture_output=True, check=False).returncode == 0


@contextmanager
def tracing(process: int, calls: Sequence[str], fault: str, paths: Sequence[Path] = ()) -> Iterator[None]:
    """Inject a fault (`error=ENOSPC:when=5`, `signal=SIGKILL:when=7`) into a process; each thread counts its own calls."""
    named = [option for path in paths for option in ("-P", str(path))]
    rule = ["-e", f"trace={','.join(calls)}", "-e", f"inject={','.join(calls)}:{fault}"]
    with attached(process, [*rule, *named, "-o", "/dev/null"]):
        yield


def counted(child: Child, calls: Sequence[str], paths: Sequence[Path] = ()) -> int:
    """Let a child run without faults and return how many of the calls its busiest thread made."""
    named = [option for path in paths for option in ("-P", str(path))]
    with tempfile.NamedTemporaryFile("r") as log:
        with attached(child.process, ["-e", f"trace={','.join(calls)}", *named, "-o", log.name]):
            child.go()
            ended = child.wait()
        assert ended.done, ended
        found = Counter(re.findall(r"^(\d+) +\w+\(", log.read(), re.MULTILINE))
    return max(found.values(), default=0)


@contextmanager
def attached(process: int, options: Sequence[str]) -> Iterator[None]:
    """Attach strace to a process that waits, and detach it in the end."""
    command = ["strace", "-f", "-qq", "-p", str(process), *options]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as tracer:
        status = Path(f"/proc/{process}/status")
        while "TracerPid:\t0" in status.read_text():
            if tracer.poll() is not None:
                raise RuntimeError(tracer.stderr.read().decode() if tracer.stderr else "")
            time.sleep(0.002)
        try:
            yield
        finally:
            if tracer.poll() is None:
                tracer.terminate()
            tracer.communicate()
