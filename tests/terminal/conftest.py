"""A terminal to run the installed program in: a pty, and a screen that interprets its bytes."""

from __future__ import annotations

import fcntl
import os
import pty
import selectors
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import psutil
import pyte
import pytest
from waiting import PATIENCE, Deadline

from hctui.demo.server import DemoServer

KEYS = {
    "enter": "\r",
    "tab": "\t",
    "shift+tab": "\x1b[Z",
    "escape": "\x1b",
    "space": " ",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "end": "\x1b[F",
    "f1": "\x1bOP",
    "f2": "\x1bOQ",
    "f5": "\x1b[15~",
    "f6": "\x1b[17~",
    "f7": "\x1b[18~",
    "f10": "\x1b[21~",
}


class Terminal:
    """One program in one terminal."""

    def __init__(self, command: list[str], environment: Mapping[str, str], columns: int = 80, lines: int = 24) -> None:
        self.screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self.screen)
        self.received = bytearray()
        master, slave = pty.openpty()
        self._master = master
        self._size(columns, lines)
        self.process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=dict(environment),
            preexec_fn=_control_terminal,
            close_fds=True,
        )
        os.close(slave)

    def _size(self, columns: int, lines: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def read(self, seconds: float) -> bytes:
        """Return the next bytes, for which it waits `seconds` at most; none after the line was closed."""
        with selectors.SelectSelector() as selector:
            selector.register(self._master, selectors.EVENT_READ)
            if not selector.select(seconds):
                return b""
        try:
            data = os.read(self._master, 65536)
        except OSError:
            return b""
        self.received += data
        self._stream.feed(data.replace(b"\x1b[?2026$p", b"").replace(b"\x1b[?2048$p", b""))
        return data

    @property
    def text(self) -> str:
        """The text on the screen."""
        return "\n".join(self.screen.display)

    def wait_until(self, condition: Callable[[], bool], what: str) -> None:
        """Read until `condition()` is true."""
        end = time.monotonic() + PATIENCE
        while not condition():
            if (not self.read(0.05) and self.process.poll() is not None and not condition()) or time.monotonic() > end:
                pytest.fail(f"no {what} (exit code {self.process.poll()}):\n{self.text}")

    def wait_for(self, *texts: str) -> None:
        """Read until all `texts` are on the screen."""
        self.wait_until(lambda: all(text in self.text for text in texts), " and ".join(texts))

    def wait_gone(self, text: str) -> None:
        """Read until `text` is no longer on the screen."""
        self.wait_until(lambda: text not in self.text, f"end of {text}")

    def press(self, *keys: str) -> None:
        """Press keys by name, or type text."""
        for key in keys:
            os.write(self._master, KEYS.get(key, key).encode())
            self.read(0.02)

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        os.write(self._master, data)

    def resize(self, columns: int, lines: int) -> None:
        """Change the size of the window."""
        self.screen.resize(lines, columns)
        self._size(columns, lines)
        self.process.send_signal(signal.SIGWINCH)

    def settle(self) -> None:
        """Read until the program rests: no bytes come for a while, and no thread waits for a processor."""
        deadline = Deadline("the program rests")
        while self.read(0.6) or not self._is_idle():
            deadline.check()

    def _is_idle(self) -> bool:
        """Return whether all threads of the program and of the processes that it started sleep."""
        try:
            family = (psutil.Process(self.process.pid), *psutil.Process(self.process.pid).children(recursive=True))
            stats = [path.read_text() for each in family for path in Path(f"/proc/{each.pid}/task").glob("*/stat")]
        except (psutil.Error, OSError):  # one has just ended
            return self.process.poll() is not None
        return not any(stat.rpartition(")")[2].split()[0] in "RD" for stat in stats)

    def bytes_in(self, seconds: float) -> int:
        """Return how many bytes come within `seconds`."""
        before, end = len(self.received), time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.read(left)
        return len(self.received) - before

    def hang_up(self) -> None:
        """Close the window: the kernel sends SIGHUP to the program."""
        os.close(self._master)
        self._master = -1

    def exit_code(self) -> int:
        """Wait for the end and return its code."""
        end = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            if time.monotonic() > end:
                self.process.kill()
                pytest.fail(f"the program does not end:\n{self.text}")
            if self._master >= 0:
                self.read(0.05)
            else:
                time.sleep(0.02)
        if self._master >= 0:
            while self.read(0.05):
                pass
        return self.process.returncode

    def close(self) -> None:
        """End the program and close the terminal."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self._master >= 0:
            os.close(self._master)
            self._master = -1


def _control_terminal() -> None:
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


Open = Callable[..., Terminal]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Give the environment of a person at a terminal, with all files of hctui in the test's folder."""
    (tmp_path / "home").mkdir()
    return {
        **{name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")},
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])),
        "HOME": str(tmp_path / "home"),
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "LANG": "pt_BR.UTF-8",
        "LC_ALL": "C.UTF-8",
        "HCTUI_LANG": "pt_BR",
        "HCTUI_CONFIG": str(tmp_path / "hctui.toml"),
        "HCTUI_STATE": str(tmp_path / "state"),
    }


@pytest.fixture
def demo(environment: dict[str, str], demo_copy: DemoServer) -> DemoServer:
    """Give a small demo server."""
    environment |= {"HCTUI_CONFIG": str(demo_copy.configuration_path), "HCTUI_STATE": str(demo_copy.state)}
    return demo_copy


@pytest.fixture
def open_terminal(environment: dict[str, str]) -> Iterator[Open]:
    """Open the installed `hctui` in a terminal; keywords replace parts of the environment."""
    opened: list[Terminal] = []

    def open_one(
        *arguments: str, columns: int = 80, lines: int = 24, program: Sequence[str] = ("hctui",), **others: str
    ) -> Terminal:
        terminal = Terminal([*program, *arguments], {**environment, **others}, columns, lines)
        opened.append(terminal)
        return terminal

    yield open_one
    for terminal in opened:
        terminal.close()
