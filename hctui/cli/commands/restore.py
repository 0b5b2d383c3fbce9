"""`hctui restore`: restore databases, or tables of one, after a preview and a confirmation."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from hctui.cli.click_i18n import Argument, Command, Option
from hctui.cli.confirm import ask_name, ask_yes, require_person, write_preview
from hctui.cli.context import Invocation, common_options, pass_invocation
from hctui.cli.options import BACKUP_FILE, json_option, password_option, plan_options, several_databases, with_options
from hctui.cli.output import write_json, write_line
from hctui.cli.passwords import backup_password
from hctui.cli.progress.follow import run_job
from hctui.cli.recovery import recover
from hctui.errors import Cancelled, DatabaseInUse, ExitCode, NeedsConfirmation, NothingToDo, RestoreRefused
from hctui.i18n.language import _
from hctui.messages import N_
from hctui.plans import RestorePlan

if TYPE_CHECKING:
    from hctui.operations import RestorePreview


@click.command(
    cls=Command,
    options_metavar=N_("[OPTIONS]"),
    help=N_(
        "Restore databases from a backup. What will be replaced and what stays is shown, and you are asked twice before"
        " anything is touched; what is replaced is kept for “hctui undo”. The current database is taken unless others are"
        " named, or it is the only one in the backup."
    ),
)
@click.argument("file", cls=Argument, metavar="FILE", type=BACKUP_FILE)
@several_databases
@plan_options(RestorePlan)
@password_option
@click.option("--dry-run", cls=Option, is_flag=True, help=N_("Show what would be done and stop."))
@click.option("--yes", cls=Option, is_flag=True, help=N_("Do not ask."))
@json_option
@common_options
@pass_invocation
def restore(
    invocation: Invocation,
    /,
    file: Path,
    databases: tuple[str, ...],
    every: bool,
    password_file: str | None,
    dry_run: bool,
    yes: bool,
    as_json: bool,
    **given: object,
) -> int:
    """Show what a restore does, ask for confirmation, and run it as a job."""
    if not (yes or dry_run) and (as_json or not sys.stdin.isatty()):
        raise NeedsConfirmation()
    plan = with_options(RestorePlan(file.absolute()), given)
    password = backup_password(file, password_file, unpacked=plan.unpacked)
    if not every:
        plan = replace(plan, databases=databases or _default_database(invocation, file, password, unpacked=plan.unpacked))
    shown = dry_run or not (yes and as_json)  # else the preview is not shown, and the job does the same checks again
    targets = _show(plan, invocation, password, as_json=as_json, check=dry_run or not yes) if shown else []
    if dry_run:
        return ExitCode.DONE
    if not yes:
        _confirm(targets)
    return run_job(plan, invocation, password, as_json=as_json)


def _show(plan: RestorePlan, invocation: Invocation, password: str | None, *, as_json: bool, check: bool) -> list[str]:
    """Show what a restore does and return the aliases of its targets. With `check`, raise what makes it impossible."""
    from hctui.operations import preview_restore

    preview = preview_restore(plan, invocation.configuration, password)
    targets = [database.target for database in preview.databases]
    if recover(each for each in invocation.configuration.databases if each.alias in targets):
        preview = preview_restore(plan, invocation.configuration, password)
    if as_json:
        write_json(preview)
    else:
        write_preview(preview, plain=invocation.plain)
    if check:
        _require_possible(preview, plan)
    return targets


def _default_database(invocation: Invocation, file: Path, password: str | None, *, unpacked: bool) -> tuple[str, ...]:
    """Return the only database of the backup, else the current one if it is in the backup. Raises `NothingToDo`."""
    from hctui.operations import show
    from hctui.operations.infer_manifest import RegisteredDatabases

    registered = RegisteredDatabases.of(invocation.configuration)
    held = [database.alias for database in show(file, password, unpacked=unpacked, registered=registered).databases]
    current = invocation.configuration.current
    if len(held) <= 1:
        return tuple(held)
    if current is not None and current in held:
        return (current,)
    raise NothingToDo(reason=N_("the backup holds several databases. Name one with --database, or take them with --all."))


def _require_possible(preview: RestorePreview, plan: RestorePlan) -> None:
    """Raise now what the restore would raise before it begins: `RestoreRefused`, `DatabaseInUse`."""
    from hctui.operations.restore_targets import describe_sessions

    for database in preview.databases:
        if database.conflicts:
            raise RestoreRefused(alias=database.target, reason=database.conflicts[0])
        if database.sessions and not plan.disconnect:
            raise DatabaseInUse(alias=database.target, who=describe_sessions(database.sessions))


def _confirm(aliases: list[str]) -> None:
    require_person()
    write_line()
    if not ask_yes(_("Restore now?")):
        raise Cancelled()
    for alias in aliases:
        if not ask_name(alias):
            raise Cancelled()
