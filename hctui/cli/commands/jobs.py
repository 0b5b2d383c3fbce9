"""`hctui jobs`: the jobs that run or have run."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click
from msgspec import Struct

from hctui.cli.click_i18n import Argument, Command, Group
from hctui.cli.context import Invocation, common_options, pass_invocation
from hctui.cli.options import json_option
from hctui.cli.output import report, write_json, write_line, write_table
from hctui.cli.progress.follow import choose_follower, follow
from hctui.cli.progress.lines import operation_name
from hctui.cli.results import command_line
from hctui.errors import ExitCode, UnknownJob
from hctui.i18n.language import _, age, render
from hctui.messages import N_, message

if TYPE_CHECKING:
    from hctui.jobs import Job

_HERE = "hctui.cli.commands.jobs"
STATES = {
    "running": N_("running"),
    "done": N_("done"),
    "failed": N_("failed"),
    "cancelled": N_("cancelled"),
    "died": N_("died"),
}
"""Names of the states of a job for people."""


class ListedJob(Struct, frozen=True):
    """A job in the output of `jobs list --json`."""

    id: str
    operation: str
    databases: tuple[str, ...]
    started: datetime
    state: str
    seen: bool


@click.command(
    cls=Group,
    lazy={name: f"{_HERE}:{name}_" for name in ("list", "follow", "cancel")},
    invoke_without_command=True,
    options_metavar=N_("[OPTIONS]"),
    subcommand_metavar=N_("COMMAND [ARGS]..."),
    help=N_("Backups and restores that run or have run. They go on when the terminal is closed."),
)
@common_options
@click.pass_context
def jobs(context: click.Context) -> None:
    """List the jobs if no other command is given."""
    if context.invoked_subcommand is None:
        context.invoke(list_)


@click.command("list", cls=Command, options_metavar=N_("[OPTIONS]"), help=N_("List the jobs, the newest first."))
@json_option
@common_options
@pass_invocation
def list_(invocation: Invocation, as_json: bool) -> None:
    """List the jobs."""
    from hctui.jobs import jobs as all_jobs

    found = [_listed(job) for job in all_jobs()]
    if as_json:
        for each in found:
            write_json(each)
    elif not found:
        write_line(message(N_("There are no jobs.")))
    else:
        headings = (_("id"), _("operation"), _("databases"), _("started"), _("state"))
        write_table(headings, [_row(job) for job in found], plain=invocation.plain)


def _listed(job: Job) -> ListedJob:
    return ListedJob(job.id, job.operation, job.databases, job.started, job.state, job.was_seen)


def _row(job: ListedJob) -> tuple[str, ...]:
    return job.id, render(operation_name(job.operation)), ", ".join(job.databases), age(job.started), _(STATES[job.state])


@click.command(
    "follow",
    cls=Command,
    options_metavar=N_("[OPTIONS]"),
    help=N_("Follow a job from its beginning to its end. Ctrl-C leaves it running."),
)
@click.argument("id_", cls=Argument, metavar="ID", required=False)
@json_option
@common_options
@pass_invocation
def follow_(invocation: Invocation, id_: str | None, as_json: bool) -> int:
    """Follow a job, by default the newest one."""
    job = _named(id_)
    try:
        return follow(lambda: job, choose_follower(as_json=as_json, plain=invocation.plain), ours=False)
    except KeyboardInterrupt:
        if job.state == "running":
            text = N_("The job goes on. Cancel it with “{command}”.")
            report(message(text, command=command_line("jobs", "cancel", job.id)))
        return ExitCode.INTERRUPTED


@click.command(
    "cancel",
    cls=Command,
    options_metavar=N_("[OPTIONS]"),
    help=N_("Cancel a job and wait until it has cleaned up."),
)
@click.argument("id_", cls=Argument, metavar="ID")
@common_options
@pass_invocation
def cancel_(invocation: Invocation, id_: str) -> int | None:
    """Cancel a job."""
    import asyncio

    job = _named(id_)
    job.cancel()

    async def wait() -> None:
        async for _event in job.events():
            pass

    asyncio.run(wait())
    job.mark_seen()
    write_line(message(N_("{id}: {state}."), id=job.id, state=message(STATES[job.state])))
    return None if job.state == "cancelled" else ExitCode.FAILED


def _named(id_: str | None) -> Job:
    from hctui.jobs import find
    from hctui.jobs import jobs as all_jobs

    if id_ is not None:
        return find(id_)
    newest = all_jobs()
    if not newest:
        raise UnknownJob(job="")
    return newest[0]
