"""A terminal driver that survives a bad line: one that stalls, hangs up, or sends bytes that are not UTF-8."""

from __future__ import annotations

import os
import selectors
import signal
import sys
from codecs import getincrementaldecoder
from collections.abc import Iterable
from functools import partial
from queue import Queue
from typing import IO, TYPE_CHECKING

from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.drivers import linux_driver
from textual.drivers._writer_thread import WriterThread
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Key

from hctui.tui.terminal.diff_renderer import Canvas
from hctui.tui.terminal.glyphs import is_plain_terminal

if TYPE_CHECKING:
    from textual.app import App

STALLED_WRITES = 20
"""With more writes than this in the queue the line counts as stalled."""
ESCAPE = "\x1b"
INTRODUCERS = "[O\x1b"
"""Characters that, after Esc, may begin the sequence of one key."""
WITH_ALT = frozenset({"\x1bb", "\x1bf", "\x1b\x7f"})
"""Option or Alt with an arrow or Backspace, as some terminals send it: word left, word right, delete a word."""
CLOSING_TIMEOUT = 1.0
"""Seconds that a stalled line gets to take the last bytes when hctui ends."""


class OutputThread(WriterThread):
    """Writes to the terminal in a thread of its own: the screens never wait for it, and a closed terminal is no error."""

    latest: OutputThread | None = None
    """The thread in use, for the end of the program."""

    def __init__(self, file: IO[str]) -> None:
        super().__init__(file)
        self._queue: Queue[str | None] = Queue()
        self.closed = False
        """Whether writing failed: the terminal takes nothing any more."""
        OutputThread.latest = self

    @property
    def stalled(self) -> bool:
        """Whether the line is so far behind that progress should not be drawn."""
        return self._queue.qsize() > STALLED_WRITES

    def run(self) -> None:
        """Write until `stop`; once the terminal is closed, take texts from the queue and drop them."""
        while (text := self._queue.get()) is not None:
            if self.closed:
                continue
            self._try(text, flush=self._queue.empty())
        if not self.closed:
            self._try("", flush=True)

    def _try(self, text: str, *, flush: bool) -> None:
        try:
            self._file.write(text)
            if flush:
                self._file.flush()
        except OSError:
            self.closed = True

    def stop(self) -> None:
        """Write what is left, for `CLOSING_TIMEOUT` seconds at most."""
        self._queue.put(None)
        self.join(CLOSING_TIMEOUT)


setattr(linux_driver, "WriterThread", OutputThread)  # noqa: B010 - a name that Textual does not export


class KeyDecoder:
    """Decodes UTF-8, and as Latin-1 the bytes that are not UTF-8: an é is an é whichever of the two the terminal sends."""

    def __init__(self) -> None:
        self._decoder = getincrementaldecoder("utf-8")()
        self._pending = b""

    def decode(self, data: bytes) -> str:
        """Return the characters of `data`; the bytes of an unfinished one are kept for the next call."""
        before = self._pending + data
        try:
            text = self._decoder.decode(data)
        except UnicodeDecodeError:
            self._decoder.reset()
            self._pending = b""
            return _decode_mixed(before)
        self._pending = self._decoder.getstate()[0]
        return text

    def flush(self) -> str:
        """Return the kept bytes as Latin-1: no byte came to finish their character."""
        rest, self._pending = self._pending, b""
        self._decoder.reset()
        return rest.decode("latin-1")


def _decode_mixed(data: bytes) -> str:
    """Decode UTF-8, and each byte that is not UTF-8 as Latin-1."""
    text = data.decode("utf-8", errors="surrogateescape")
    return "".join(chr(ord(each) - 0xDC00) if 0xDC80 <= ord(each) <= 0xDCFF else each for each in text)


class KeyParser(XTermParser):
    """Textual's parser, but Esc and the key right after it, which a slow line delivers together, stay two keys.

    Textual takes them for one key with Alt, which hctui has no use for. Only after `ESC [` and `ESC O`, the beginnings of other
    keys, does the parser wait for more.
    """

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterable[Key]:
        """Return the keys of `sequence`, none where it may not be complete."""
        known = super()._sequence_to_key_events
        if len(sequence) == 2 and sequence[0] == ESCAPE and sequence[1] not in INTRODUCERS and sequence not in WITH_ALT:
            return (Key("escape", ESCAPE), *known(sequence[1]))
        keys = tuple(known(sequence, alt))
        if not keys and len(sequence) == 3 and sequence.startswith(f"{ESCAPE}O"):
            return (Key("escape", ESCAPE), *known("O"), *known(sequence[2]))
        return keys


class TerminalDriver(LinuxDriver):
    """Textual's driver with an input thread that survives every byte and ends with the line."""

    def __init__(
        self, app: App[object], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self.canvas = Canvas(ascii_only=is_plain_terminal())

    def start_application_mode(self) -> None:
        """Take over the terminal, at the start and after a suspension; what it shows then is unknown."""
        self.canvas.forget()
        super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual's own

    @property
    def stalled(self) -> bool:
        """Whether the line is so far behind that progress should not be drawn."""
        return isinstance(self._writer_thread, OutputThread) and self._writer_thread.stalled

    def run_input_thread(self) -> None:
        """Read keys until the program ends or the line is closed."""
        parser = KeyParser(self._debug)
        keys = KeyDecoder()
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if selector.select(0.1):
                    data = self._read()
                    if not data:
                        self._end_application()
                        break
                    text = keys.decode(data)
                else:
                    text = keys.flush()
                for event in parser.feed(text) if text else ():
                    self.process_message(event)
                for event in parser.tick():
                    self.process_message(event)
        self._finish(parser)

    def _read(self) -> bytes:
        try:
            return os.read(self.fileno, 4096)
        except OSError:
            return b""

    @staticmethod
    def _finish(parser: XTermParser) -> None:
        try:
            for _event in parser.feed(""):
                pass
        except (EOFError, ParseError):
            pass

    def _end_application(self) -> None:
        """End the application, on its own thread, as SIGHUP does."""
        self._loop.call_soon_threadsafe(partial(self._app.exit, return_code=128 + signal.SIGHUP))


def flush_streams(code: int) -> int:
    """Flush the standard streams and return `code`; where the terminal is closed or stalled, exit with it at once."""
    output = OutputThread.latest
    if output is not None and (output.closed or output.is_alive()):
        os._exit(code)
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:  # the interpreter would exit with 120
        os._exit(code)
    return code
