"""The command of hctui's own processes and the environment of every process that it starts.

Nothing else in hctui builds either: a test finds each call of `subprocess` without `clean_environment`.
"""

from __future__ import annotations

import os
import sys

PASSWORD_VARIABLE = "HCTUI_PASSWORD"
RUN_MODULE = "--run-module"
"""The first argument of a frozen program that is to be another process of hctui; it is not for people."""
WORKER = "hctui.jobs.worker"
MODULES = (WORKER, "hctui.demo.workload")
"""Modules that may be run so; each has `main(arguments) -> int`."""
_LIBRARY_PATHS = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LIBPATH")
"""Variables that PyInstaller points to its own libraries; it keeps the person's value under the name with `_ORIG`."""
_UNPACK_AGAIN = "PYINSTALLER_RESET_ENVIRONMENT"
"""Makes PyInstaller unpack a one-file program anew: the job must not lose its files when the command that started it ends."""


def is_frozen() -> bool:
    """Return whether hctui is one program with its own Python (PyInstaller, Nuitka): `sys.executable` is then hctui itself."""
    return bool(getattr(sys, "frozen", False)) or "__compiled__" in globals()


def worker_command(*arguments: str, module: str = WORKER) -> list[str]:
    """Return the command that starts the process of a job, or of another of `MODULES`."""
    return [sys.executable, RUN_MODULE if is_frozen() else "-m", module, *arguments]


def clean_environment(**added: str) -> dict[str, str]:
    """Return this process's environment for another one: without the password, with `added`.

    Of a frozen program it has the person's library paths: other programs must not load the libraries of hctui.
    """
    kept = {name: value for name, value in os.environ.items() if name != PASSWORD_VARIABLE}
    if is_frozen():
        for name in _LIBRARY_PATHS:
            original = kept.pop(f"{name}_ORIG", None)
            kept.pop(name, None)
            if original:
                kept[name] = original
        kept[_UNPACK_AGAIN] = "1"
    return {**kept, **added}
