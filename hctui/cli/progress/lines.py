"""Followers that write lines about a job: plain lines or lines of JSON. Bars are in `hctui.cli.progress.bars`."""

from __future__ import annotations

import sys
from typing import Protocol

from hctui.cli.output import report, write_line
from hctui.cli.results import result_lines
from hctui.codec import encode_tagged
from hctui.events import Advised, Done, Event, Failed, Started, StepStarted, TableDone, TableStarted, Warned
from hctui.i18n.labels import OPERATIONS, label_of
from hctui.messages import N_, Message, message, plural


class Follower(Protocol):
    """Shows a job: it gets every event in order, and is closed at the end, also after an error."""

    def show(self, event: Event) -> None:
        """Show an event."""

    def report(self, sentence: Message) -> None:
        """Show a sentence that is not an event of the job."""

    def flush(self) -> None:
        """Make everything so far visible: no more events are known now."""

    def close(self) -> None:
        """Leave the terminal as it was."""


class _LineFollower:
    """The part that followers that write lines have in common."""

    def report(self, sentence: Message) -> None:
        """Write a sentence to standard error."""
        report(sentence)

    def flush(self) -> None:
        """Write the lines; a flush after each of thousands of lines would take as long as the job itself."""
        sys.stdout.flush()

    def close(self) -> None:
        """Do nothing: nothing is open."""


class JsonFollower(_LineFollower):
    """Writes the events as they are in the journal, and a failure as a sentence too."""

    def show(self, event: Event) -> None:
        """Write a line of JSON."""
        write_line(encode_tagged(event).decode(), flush=False)
        if isinstance(event, Failed):
            self.flush()  # before the sentence that goes to standard error
            report(event.message)


class PlainFollower(_LineFollower):
    """Writes a line for each operation, step and table that begins or is done."""

    def show(self, event: Event) -> None:
        """Write the line of an event, if it has one."""
        line = plain_line(event)
        if line is not None:
            write_line(line, flush=False)
        if isinstance(event, Warned | Advised | Failed):
            self.flush()  # before the sentence that goes to standard error
        report_event(event)


def report_event(event: Event) -> None:
    """Write warnings, advice and failures to standard error, and the result to standard output."""
    if isinstance(event, Warned):
        report(as_warning(event.message))
    elif isinstance(event, Advised | Failed):
        report(event.message)
    elif isinstance(event, Done):
        for line in result_lines(event):
            write_line(line)


def as_warning(text: Message) -> Message:
    """Return a sentence marked as a warning."""
    return message(N_("warning: {sentence}"), sentence=text)


def operation_name(operation: str) -> Message:
    """Return the name of an operation for people."""
    return message(OPERATIONS.get(operation, operation))


def plain_line(event: Event) -> Message | None:
    """Return an event as one line; None for an event without a line, or with another form."""
    match event:
        case Started():
            return _started(event)
        case StepStarted():
            return message(N_("{alias}: {step}."), alias=event.alias, step=message(label_of(event.step)))
        case TableStarted():
            return _table(N_("{alias}: {table}, {table_bytes}: started."), event)
        case TableDone(rows=None):
            return _table(N_("{alias}: {table}, {table_bytes}: done."), event)
        case TableDone(rows=int(rows)):
            return _table(N_("{alias}: {table}, {table_bytes}, {rows} rows: done."), event, rows)
    return None


def _started(event: Started) -> Message:
    return plural(
        "{operation} {names}: {count} table, {data_bytes}.",
        "{operation} {names}: {count} tables, {data_bytes}.",
        len(event.tables),
        operation=operation_name(event.operation),
        names=", ".join(event.databases),
        data_bytes=event.total,
    )


def _table(text: str, event: TableStarted | TableDone, rows: int = 0) -> Message:
    return message(text, alias=event.alias, table=event.table, table_bytes=event.size, rows=rows)
