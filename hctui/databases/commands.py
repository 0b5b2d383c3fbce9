"""Running the commands that are configured for a database: before and after its backup, and to rebuild its indexes."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from hctui.child_process import clean_environment
from hctui.errors import CommandFailed, HctuiError
from hctui.events import Reporter
from hctui.messages import N_

_SHELL = frozenset("|&;<>()$`*?~\n")
_SHOWN_OUTPUT = 500
"""Bytes of a failed command's output, the last ones, that are shown."""


def run_configured(alias: str, command: str, folder: Path, reporter: Reporter | None) -> None:
    """Run a command line of the configuration, through the shell only if it has a character of shell syntax.

    The reporter may cancel it; without one it runs to its end. Raises `CommandFailed`.
    """
    if any(character in _SHELL for character in command):
        _run(alias, command, ["/bin/sh", "-c", command], folder, reporter)
        return
    _run(alias, command, _words(alias, command), folder, reporter)


def run_with_values(alias: str, command: str, values: Mapping[str, str], folder: Path, reporter: Reporter | None) -> None:
    """Run a command with `values` in place of its `{names}`, never through a shell: table names come from a backup."""
    words = _words(alias, command)
    for name, value in values.items():
        words = [word.replace("{" + name + "}", value) for word in words]
    _run(alias, command, words, folder, reporter)


def _words(alias: str, command: str) -> list[str]:
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise CommandFailed(alias=alias, command=command, code=2, reason=str(error)) from error
    if not words:
        raise CommandFailed(alias=alias, command=command, code=2, reason=N_("it is empty."))
    return words


def _run(alias: str, command: str, words: Sequence[str], folder: Path, reporter: Reporter | None) -> None:
    # A file, not a pipe: a command may leave a process in the background that holds a lock and keeps its output open.
    with tempfile.TemporaryFile() as output:
        try:
            process = subprocess.Popen(
                words, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=clean_environment()
            )
        except OSError as error:
            raise CommandFailed(alias=alias, command=command, code=127, reason=error.strerror or str(error)) from error
        code = _wait(process, reporter)
        if code:
            output.seek(0, os.SEEK_END)
            output.seek(max(0, output.tell() - _SHOWN_OUTPUT))
            shown = output.read().decode(errors="replace").strip()
            raise CommandFailed(alias=alias, command=command, code=code, reason=shown or N_("it said nothing."))


def _wait(process: subprocess.Popen[bytes], reporter: Reporter | None) -> int:
    """Wait for a command to end; terminate it if the reporter raises `Cancelled`."""
    while True:
        try:
            return process.wait(0.1)
        except subprocess.TimeoutExpired:
            try:
                if reporter is not None:
                    reporter.advance(0)
            except HctuiError:
                process.terminate()
                process.wait()
                raise
