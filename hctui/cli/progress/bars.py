"""Progress bars: one for the whole job, with speed and time left, and one for the current table."""

from __future__ import annotations

import sys

from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
from rich.progress_bar import ProgressBar
from rich.table import Column
from rich.text import Text

from hctui.cli.output import console, report
from hctui.cli.progress.lines import as_warning, operation_name, report_event
from hctui.events import Advised, Done, Event, Failed, Started, StepStarted, TableDone, TableStarted, Warned
from hctui.events import Progress as Advanced
from hctui.i18n.language import _, duration, label, printable, ratio, render, size
from hctui.jobs.progress import JobProgress
from hctui.messages import Message

REFRESH_RATE = 4.0
"""Times a second: often enough to see movement, seldom enough for a slow line."""


class BarsFollower:
    """Draws bars while the job runs; at the end only the result stays on the screen."""

    def __init__(self) -> None:
        self._console = console()
        wide = self._console.width >= 70
        self._progress = Progress(
            TextColumn("{task.description}", markup=False, table_column=Column(ratio=3, no_wrap=True, overflow="ellipsis")),
            _Bar(bar_width=None, table_column=Column(ratio=2)),
            _Percentage(),
            *((_Amount(), _TimeLeft()) if wide else ()),
            console=self._console,
            refresh_per_second=REFRESH_RATE,
            transient=True,
            expand=True,
        )
        self._overall = self._progress.add_task("", total=None)
        self._table = self._progress.add_task("", total=None, visible=False, current=True)
        self._job = JobProgress()
        self._done_before_table = 0
        self._progress.start()

    def show(self, event: Event) -> None:
        """Draw the change; the result is written after the bars are removed."""
        job = self._job
        job.add(event)
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
                self._done_before_table = job.done
                description = printable(f"{event.alias}: {event.table}")
                self._progress.update(self._table, description=description, visible=True, total=event.size, completed=0)
            case Advanced():
                self._progress.update(self._overall, completed=job.done, total=job.total, speed=job.speed, left=job.left)
                self._progress.update(self._table, completed=job.done - self._done_before_table)
            case TableDone():
                self._progress.update(self._table, completed=event.size, total=event.size)
            case Warned():
                self.report(as_warning(event.message))
            case Advised():
                self.report(event.message)
            case _ if isinstance(event, Done | Failed):
                self.close()
                report_event(event)

    def report(self, sentence: Message) -> None:
        """Write a sentence above the bars, or to standard error where that is not a terminal."""
        if sys.stderr.isatty():
            self._console.print(f"hctui: {render(sentence)}", soft_wrap=True)
        else:
            report(sentence)

    def flush(self) -> None:
        """Do nothing: rich draws the bars at its own rate."""

    def close(self) -> None:
        """Remove the bars."""
        self._progress.stop()


class _Bar(BarColumn):
    def render(self, task: Task) -> ProgressBar:
        """Return a bar; an empty one where the total is unknown, since rich would draw a moving one."""
        return super().render(task) if task.total else ProgressBar(total=1, completed=0, width=self.bar_width)


class _Percentage(ProgressColumn):
    def render(self, task: Task) -> Text:
        """Return the percentage done; nothing where the total is unknown."""
        return Text(ratio(min(task.completed, task.total), task.total) if task.total else "", justify="right")


class _Amount(ProgressColumn):
    def render(self, task: Task) -> Text:
        """Return the speed of the job, or the size of the table."""
        if task.fields.get("current"):
            return Text(size(int(task.total)) if task.total else "", justify="right")
        speed = task.fields.get("speed")
        return Text(_("{size}/s").format(size=size(round(speed))) if speed else "", justify="right")


class _TimeLeft(ProgressColumn):
    def render(self, task: Task) -> Text:
        """Return the time left for the job; nothing where it is unknown."""
        left = task.fields.get("left")
        return Text("" if left is None else _("{time} left").format(time=duration(round(left))), justify="right")
