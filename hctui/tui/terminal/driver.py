"""The terminal under the screens: what is set before Textual is imported, and a driver that survives a bad one."""

from __future__ import annotations

import os
import selectors
import sys
from codecs import getincrementaldecoder
from collections.abc import Iterable
from queue import Queue
from typing import IO, TYPE_CHECKING

from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.drivers import linux_driver
from textual.drivers._writer_thread import WriterThread
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Key

if TYPE_CHECKING:
    from textual.app import App

STALLED = 20
"""So many writes waiting mean that the line takes nothing more just now."""
ESCAPE = "\x1b"
INTRODUCERS = "[O\x1b"
"""What may go on as the sequence of one key after Esc."""
WITH_ALT = frozenset({"\x1bb", "\x1bf", "\x1b\x7f"})
"""Option or Alt with an arrow or Backspace as some terminals send it: a word at a time in a field."""
LAST_WORDS = 1.0
"""Seconds that a stalled line is given to take the last bytes when hctui ends."""


class PatientWriter(WriterThread):
    """Writes in its own thread; the screens never wait for it, and a terminal that is gone is no error."""

    latest: PatientWriter | None = None
    """The one in use, for the end of the program."""

    def __init__(self, file: IO[str]) -> None:
        super().__init__(file)
        self._queue: Queue[str | None] = Queue()
        self.gone = False
        """The terminal takes nothing any more."""
        PatientWriter.latest = self

    @property
    def stalled(self) -> bool:
        """Whether the line is behind: what can be left out should be."""
        return self._queue.qsize() > STALLED

    def run(self) -> None:
        """Write until told to stop; go on taking, and dropping, what a dead terminal can't have."""
        while (text := self._queue.get()) is not None:
            if self.gone:
                continue
            self._try(text, flush=self._queue.empty())
        if not self.gone:
            self._try("", flush=True)

    def _try(self, text: str, *, flush: bool) -> None:
        try:
            self._file.write(text)
            if flush:
                self._file.flush()
        except OSError:
            self.gone = True

    def stop(self) -> None:
        """Write what is left, as long as the line takes it."""
        self._queue.put(None)
        self.join(LAST_WORDS)


setattr(linux_driver, "WriterThread", PatientWriter)  # noqa: B010 - a name that Textual does not export


class KeyDecoder:
    """UTF-8 as terminals send it, and Latin-1 where that is what arrives: an é is an é in both."""

    def __init__(self) -> None:
        self._decoder = getincrementaldecoder("utf-8")()
        self._pending = b""

    def decode(self, data: bytes) -> str:
        """Return the characters of `data`; an unfinished one is kept for the next call."""
        before = self._pending + data
        try:
            text = self._decoder.decode(data)
        except UnicodeDecodeError:
            self._decoder.reset()
            self._pending = b""
            return _mixed(before)
        self._pending = self._decoder.getstate()[0]
        return text

    def rest(self) -> str:
        """Return what was kept as Latin-1: nothing came to finish it."""
        rest, self._pending = self._pending, b""
        self._decoder.reset()
        return rest.decode("latin-1")


def _mixed(data: bytes) -> str:
    """Decode UTF-8, each byte that is none as Latin-1."""
    text = data.decode("utf-8", errors="surrogateescape")
    return "".join(chr(ord(each) - 0xDC00) if 0xDC80 <= ord(each) <= 0xDCFF else each for each in text)


class KeyParser(XTermParser):
    """Textual's parser, where Esc and the key right after it, which a line may deliver together, are those two keys.

    Textual takes them for one key with Alt, which hctui has no use for. Only `ESC [` and `ESC O`, which keys of their own begin
    with, are waited for.
    """

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterable[Key]:
        """Return the keys that `sequence` stands for, none where it may go on."""
        known = super()._sequence_to_key_events
        if len(sequence) == 2 and sequence[0] == ESCAPE and sequence[1] not in INTRODUCERS and sequence not in WITH_ALT:
            return (Key("escape", ESCAPE), *known(sequence[1]))
        keys = tuple(known(sequence, alt))
        if not keys and len(sequence) == 3 and sequence.startswith(f"{ESCAPE}O"):
            return (Key("escape", ESCAPE), *known("O"), *known(sequence[2]))
        return keys


class Driver(LinuxDriver):
    """Textual's driver with an input thread that neither crashes on a byte nor spins on a dead line."""

    def __init__(
        self, app: App[object], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)

    def start_application_mode(self) -> None:
        """Take the terminal, whatever it shows."""
        canvas = getattr(self._app, "canvas", None)
        if canvas is not None:
            canvas.forget()
        super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual's own

    @property
    def stalled(self) -> bool:
        """Whether the line is behind."""
        return isinstance(self._writer_thread, PatientWriter) and self._writer_thread.stalled

    def run_input_thread(self) -> None:
        """Read keys until the program ends or the line does."""
        parser = KeyParser(self._debug)
        keys = KeyDecoder()
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if selector.select(0.1):
                    data = self._read()
                    if not data:
                        self._hang_up()
                        break
                    text = keys.decode(data)
                else:
                    text = keys.rest()
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

    def _hang_up(self) -> None:
        """Tell the application, on its own thread, that nobody is there any more."""
        hang_up = getattr(self._app, "hang_up", None)
        if hang_up is not None and self._app._loop is not None:
            self._app._loop.call_soon_threadsafe(hang_up)


def leave(code: int) -> int:
    """Return `code`; where the terminal is dead or stalled end the process at once, for nothing more can be flushed."""
    writer = PatientWriter.latest
    if writer is not None and (writer.gone or writer.is_alive()):
        os._exit(code)
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:  # the interpreter would exit with 120
        os._exit(code)
    return code
