"""Progress bars: one for the whole job with speed and time left, one line for the table at work."""

from __future__ import annotations

import sys

from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
from rich.progress_bar import ProgressBar
from rich.table import Column
from rich.text import Text

from hctui.cli.output import complain, console
from hctui.cli.progress.lines import operation_name, tell_of_end, warning_of
from hctui.events import Advised, Done, Event, Failed, Started, StepStarted, TableDone, TableStarted, Warned
from hctui.events import Progress as Advanced
from hctui.i18n.language import _, duration, label, printable, ratio, render, size
from hctui.messages import Message

REDRAWN = 4.0
"""Times a second: enough to see it move, little enough for a slow line."""
SETTLED = 1.0
"""Seconds before a speed is worth telling."""


class BarsFollower:
    """Draws while the job works, and leaves only the result behind."""

    def __init__(self) -> None:
        self._console = console()
        wide = self._console.width >= 70
        self._progress = Progress(
            TextColumn("{task.description}", markup=False, table_column=Column(ratio=3, no_wrap=True, overflow="ellipsis")),
            _Bar(bar_width=None, table_column=Column(ratio=2)),
            _Percentage(),
            *((_Amount(), _Rest()) if wide else ()),
            console=self._console,
            refresh_per_second=REDRAWN,
            transient=True,
            expand=True,
        )
        self._overall = self._progress.add_task("", total=None)
        self._table = self._progress.add_task("", total=None, visible=False, current=True)
        self._done = 0
        self._table_began = 0
        self._progress.start()

    def see(self, event: Event) -> None:
        """Draw what changed; results are written once the bars are gone."""
        match event:
            case Started():
                names = ", ".join(event.databases)
                description = f"{render(operation_name(event.operation))} {names}".strip()
                self._progress.update(self._overall, description=printable(description), total=event.total, completed=0)
            case StepStarted():
                self._progress.update(
                    self._table, description=printable(f"{event.alias}: {label(event.step)}"), visible=True, total=0
                )
            case TableStarted():
                self._table_began = self._done
                description = printable(f"{event.alias}: {event.table}")
                self._progress.update(self._table, description=description, visible=True, total=event.size, completed=0)
            case Advanced():
                self._done = event.done
                self._progress.update(self._overall, completed=event.done, total=event.total)
                self._progress.update(self._table, completed=event.done - self._table_began)
            case TableDone():
                self._progress.update(self._table, completed=event.size, total=event.size)
            case Warned():
                self.notice(warning_of(event.message))
            case Advised():
                self.notice(event.message)
            case _ if isinstance(event, Done | Failed):
                self.close()
                tell_of_end(event)

    def notice(self, sentence: Message) -> None:
        """Write a sentence above the bars, or where standard error goes if that is not this terminal."""
        if sys.stderr.isatty():
            self._console.print(f"hctui: {render(sentence)}", soft_wrap=True)
        else:
            complain(sentence)

    def pause(self) -> None:
        """The bars are drawn in their own time."""

    def close(self) -> None:
        """Take the bars away."""
        self._progress.stop()


class _Bar(BarColumn):
    def render(self, task: Task) -> ProgressBar:
        """Return a bar; an empty one where the whole is not known, rather than one that runs to and fro."""
        return super().render(task) if task.total else ProgressBar(total=1, completed=0, width=self.bar_width)


class _Percentage(ProgressColumn):
    def render(self, task: Task) -> Text:
        """Return how much is done; nothing where the whole is not known."""
        return Text(ratio(min(task.completed, task.total), task.total) if task.total else "", justify="right")


class _Amount(ProgressColumn):
    def render(self, task: Task) -> Text:
        """Return the speed of the whole, the size of the table."""
        if task.fields.get("current"):
            return Text(size(int(task.total)) if task.total else "", justify="right")
        elapsed = task.elapsed or 0.0
        return Text(
            _("{size}/s").format(size=size(int(task.completed / elapsed))) if elapsed > SETTLED else "", justify="right"
        )


class _Rest(ProgressColumn):
    def render(self, task: Task) -> Text:
        """Return the time left, from the speed so far."""
        elapsed = task.elapsed or 0.0
        if task.fields.get("current") or elapsed < SETTLED or not task.completed or not task.total:
            return Text("")
        left = elapsed * max(0.0, task.total / task.completed - 1)
        return Text(_("{time} left").format(time=duration(round(left))), justify="right")
