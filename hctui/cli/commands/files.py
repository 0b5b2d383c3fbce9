"""`hctui files`: back up any files and folders, and restore them into a folder."""

from __future__ import annotations

from pathlib import Path

import click

from hctui.cli.click_i18n import Argument, Command, Group, Option
from hctui.cli.commands.backup import destination
from hctui.cli.context import Invocation, common_options, pass_invocation
from hctui.cli.options import (
    BACKUP_FILE,
    Folder,
    json_option,
    name_option,
    password_option,
    plan_options,
    to_option,
    with_options,
)
from hctui.cli.passwords import backup_password, new_password
from hctui.cli.progress.follow import run_job
from hctui.messages import N_
from hctui.plans import BackupPlan, FilesBackupPlan, FilesRestorePlan

_HERE = "hctui.cli.commands.files"


@click.command(
    cls=Group,
    lazy={name: f"{_HERE}:{name}_" for name in ("backup", "restore")},
    no_args_is_help=True,
    options_metavar=N_("[OPTIONS]"),
    subcommand_metavar=N_("COMMAND [ARGS]..."),
    help=N_("Back up and restore any files and folders of this machine."),
)
@common_options
def files() -> None:
    """Group the commands."""


@click.command(
    "backup",
    cls=Command,
    options_metavar=N_("[OPTIONS]"),
    help=N_("Back up files and folders; links stay links, permissions and times are kept, what can't be read is named."),
)
@click.argument("paths", cls=Argument, metavar="PATH", nargs=-1, required=True, type=click.Path(path_type=Path))
@to_option
@name_option
@plan_options(BackupPlan, "encryption", "level")
@password_option
@json_option
@common_options
@pass_invocation
def backup_(
    invocation: Invocation,
    /,
    paths: tuple[Path, ...],
    to: Path | None,
    name: str | None,
    password_file: str | None,
    as_json: bool,
    **given: object,
) -> int:
    """Back up files as a job and follow it."""
    configuration = invocation.configuration
    options = with_options(configuration.backup, given)
    plan = FilesBackupPlan(
        paths=tuple(path.absolute() for path in paths),
        destination=destination(configuration, to),
        name=name or "",
        encryption=options.encryption,
        level=options.level,
    )
    password = new_password(plan.encryption, password_file) if plan.encryption else None
    return run_job(plan, invocation, password, as_json=as_json)


@click.command(
    "restore",
    cls=Command,
    options_metavar=N_("[OPTIONS]"),
    help=N_("Restore files into a folder, and nowhere else; files that are there already stay unless --replace is given."),
)
@click.argument("file", cls=Argument, metavar="FILE", type=BACKUP_FILE)
@click.option("--to", cls=Option, metavar="DIR", required=True, type=Folder(),
              help=N_("Folder that the files are restored into."))  # fmt: skip
@click.option("--only", cls=Option, metavar="GLOB", multiple=True,
              help=N_("Only files whose path in the backup matches; may be given again."))  # fmt: skip
@click.option("--replace", cls=Option, is_flag=True, help=N_("Replace files that are there already."))
@password_option
@json_option
@common_options
@pass_invocation
def restore_(
    invocation: Invocation,
    /,
    file: Path,
    to: Path,
    only: tuple[str, ...],
    replace: bool,
    password_file: str | None,
    as_json: bool,
) -> int:
    """Restore files as a job and follow it."""
    password = backup_password(file, password_file)
    plan = FilesRestorePlan(file, to.absolute(), only, replace)
    return run_job(plan, invocation, password, as_json=as_json)
