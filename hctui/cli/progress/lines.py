"""Ways to tell of a job while it works: plain lines, lines of JSON, nothing; bars are in `hctui.cli.progress.bars`."""

from __future__ import annotations

import sys
from typing import Protocol

from hctui.cli.output import complain, say
from hctui.cli.results import result_lines
from hctui.codec import encode_tagged
from hctui.events import Advised, Done, Event, Failed, Started, StepStarted, TableDone, TableStarted, Warned
from hctui.i18n.labels import label_of
from hctui.messages import N_, Message, message, plural


class Follower(Protocol):
    """Is told every event of a job in order, then closed, whatever came of it."""

    def see(self, event: Event) -> None:
        """Tell of an event."""

    def notice(self, sentence: Message) -> None:
        """Tell of something that is no event of the job."""

    def pause(self) -> None:
        """Nothing more is known just now: let what was told be seen."""

    def close(self) -> None:
        """Leave the terminal as it was."""


class _LineFollower:
    """What the followers that write lines have in common."""

    def notice(self, sentence: Message) -> None:
        """Write a sentence to standard error."""
        complain(sentence)

    def pause(self) -> None:
        """Let the lines be seen; thousands may come together, and each by itself would cost the job's own time."""
        sys.stdout.flush()

    def close(self) -> None:
        """Nothing is open."""


class JsonFollower(_LineFollower):
    """Writes the events as they are in the journal."""

    def see(self, event: Event) -> None:
        """Write a line of JSON."""
        say(encode_tagged(event).decode(), at_once=False)


class PlainFollower(_LineFollower):
    """Writes a line for each thing that begins or is done."""

    def see(self, event: Event) -> None:
        """Write a line, if this is worth one."""
        line = plain_line(event)
        if line is not None:
            say(line, at_once=False)
        if isinstance(event, Warned | Advised | Failed):
            self.pause()  # what is written to standard error comes behind it
        tell_of_end(event)


def tell_of_end(event: Event) -> None:
    """Write warnings, advice and failures to standard error, the result to standard output."""
    if isinstance(event, Warned):
        complain(warning_of(event.message))
    elif isinstance(event, Advised | Failed):
        complain(event.message)
    elif isinstance(event, Done):
        for line in result_lines(event):
            say(line)


def warning_of(text: Message) -> Message:
    """Return a sentence marked as a warning."""
    return message(N_("warning: {sentence}"), sentence=text)


OPERATIONS = {
    "backup": N_("Backup"),
    "restore": N_("Restore"),
    "verify": N_("Verification"),
    "undo": N_("Undo"),
    "files-backup": N_("Backup of files"),
    "files-restore": N_("Restore of files"),
}
"""How an operation is called."""


def operation_name(operation: str) -> Message:
    """Return how people call an operation."""
    return message(OPERATIONS.get(operation, operation))


def plain_line(event: Event) -> Message | None:
    """Return what an event says in one line; None where it is not worth one, or is told otherwise."""
    match event:
        case Started():
            return _beginning(event)
        case StepStarted():
            return message(N_("{alias}: {step}."), alias=event.alias, step=message(label_of(event.step)))
        case TableStarted():
            return _of_table(N_("{alias}: {table}, {table_bytes}: started."), event)
        case TableDone(rows=None):
            return _of_table(N_("{alias}: {table}, {table_bytes}: done."), event)
        case TableDone(rows=int(rows)):
            return _of_table(N_("{alias}: {table}, {table_bytes}, {rows} rows: done."), event, rows)
    return None


def _beginning(event: Started) -> Message:
    return plural(
        "{operation} {names}: {count} table, {data_bytes}.",
        "{operation} {names}: {count} tables, {data_bytes}.",
        len(event.tables),
        operation=operation_name(event.operation),
        names=", ".join(event.databases),
        data_bytes=event.total,
    )


def _of_table(text: str, event: TableStarted | TableDone, rows: int = 0) -> Message:
    return message(text, alias=event.alias, table=event.table, table_bytes=event.size, rows=rows)
