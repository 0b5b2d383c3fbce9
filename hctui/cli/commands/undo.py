"""`hctui undo`: put back the data that the last restore of a database replaced."""

from __future__ import annotations

import click

from hctui.cli.click_i18n import Command, Option
from hctui.cli.confirm import ask_yes, require_person
from hctui.cli.context import Invocation, common_options, pass_invocation
from hctui.cli.options import json_option
from hctui.cli.output import write_json, write_line
from hctui.cli.progress.follow import run_job
from hctui.cli.recovery import recover
from hctui.errors import Cancelled, DatabaseBusy, NothingToDo, NothingToUndo
from hctui.i18n.language import render
from hctui.messages import N_, message
from hctui.plans import UndoPlan


@click.command(
    cls=Command,
    options_metavar=N_("[OPTIONS]"),
    help=N_("Put back what the last restore of a database replaced. What is there now is kept in turn."),
)
@click.option("--database", "alias", cls=Option, metavar="ALIAS", help=N_("The database; otherwise the current one."))
@click.option("--drop", cls=Option, is_flag=True, help=N_("Delete what the last restore replaced instead: its place is freed."))
@click.option("--yes", cls=Option, is_flag=True, help=N_("Do not ask."))
@json_option
@common_options
@pass_invocation
def undo(invocation: Invocation, alias: str | None, drop: bool, yes: bool, as_json: bool) -> int | None:
    """Run an undo as a job and follow it, or drop the undo copy."""
    from hctui.operations import drop_undo, kept_undo

    configuration = invocation.configuration
    named = alias or configuration.current
    if named is None:
        raise NothingToDo(reason=N_("no database is registered."))
    database = configuration.database(named)
    recover([database])
    kept = kept_undo(configuration, database.alias)
    if kept is None:
        raise NothingToUndo(alias=database.alias)
    if not as_json:
        text = N_("{alias}: what the restore from {origin} replaced at {made_at} is kept: {tables} ({kept_bytes}).")
        write_line(message(text, alias=database.alias, origin=kept.origin, made_at=kept.made.timestamp(),
                           tables=", ".join(kept.tables), kept_bytes=kept.size))  # fmt: skip
    if not yes:
        require_person()
        question = N_("Delete it for good?") if drop else N_("Put it back?")
        if not ask_yes(render(message(question))):
            raise Cancelled()
    if drop:
        _require_idle(database.alias)
        drop_undo(configuration, database.alias)
        if as_json:
            write_json({"database": database.alias, "dropped": True})
        else:
            write_line(message(N_("{alias}: deleted."), alias=database.alias))
        return None
    return run_job(UndoPlan(database.alias), invocation, None, as_json=as_json)


def _require_idle(alias: str) -> None:
    """Raise `DatabaseBusy` while a job is running on a database."""
    from hctui.jobs import jobs

    for job in jobs():
        if alias in job.databases and job.state == "running":
            raise DatabaseBusy(alias=alias, job=job.id)
