"""`hctui backups`: the existing backups."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from hctui.cli.click_i18n import Argument, Command, Group, Option
from hctui.cli.confirm import ask_yes, require_person
from hctui.cli.context import Invocation, common_options, pass_invocation
from hctui.cli.options import BACKUP_FILE, list_option
from hctui.cli.output import write_json, write_line, write_table
from hctui.errors import Cancelled, NothingToDo
from hctui.i18n.language import _, date_time, label, render, size
from hctui.messages import N_, message, plural

if TYPE_CHECKING:
    from hctui.operations import BackupSummary

_HERE = "hctui.cli.commands.backups"


@click.command(
    cls=Group,
    lazy={name: f"{_HERE}:{name}_" for name in ("list", "delete")},
    no_args_is_help=True,
    options_metavar=N_("[OPTIONS]"),
    subcommand_metavar=N_("COMMAND [ARGS]..."),
    help=N_("The backups in a folder. “hctui show” shows what is in one."),
)
@common_options
def backups() -> None:
    """Group the commands."""


@click.command(
    "list",
    cls=Command,
    options_metavar=N_("[OPTIONS]"),
    help=N_("List the backups in a folder, the newest first; without a folder, those in the configured one."),
)
@click.argument("folder", cls=Argument, metavar="DIR", required=False, type=click.Path(path_type=Path))
@list_option
@common_options
@pass_invocation
def list_(invocation: Invocation, folder: Path | None, as_json: bool) -> None:
    """List the backups in a folder."""
    from hctui.operations import existing_backups

    searched = folder or invocation.configuration.destination
    if searched is None:
        raise NothingToDo(reason=N_("no folder is named. Name one, or set “destination” in the configuration."))
    found = existing_backups(searched.expanduser().absolute())
    if as_json:
        for each in found:
            write_json(each)
    elif not found:
        write_line(message(N_("There is no backup in {folder}."), folder=str(searched)))
    else:
        headings = (_("made"), _("databases"), _("size"), _("encryption"), _("consistency"), _("verified"), _("file"))
        write_table(headings, [_row(each) for each in found], numbers=(2,), plain=invocation.plain)


def _row(backup: BackupSummary) -> tuple[str, ...]:
    made, file_size = date_time(backup.created), size(backup.size)
    if backup.problem is not None:
        return (made, "!", file_size, "", "", _("damaged"), backup.file.name)
    contents = ", ".join(backup.aliases)
    if backup.files:
        contents = render(plural(N_("{count} file or folder"), N_("{count} files and folders"), backup.files))
    encryption = label(backup.encryption) if backup.encryption else _("none")
    consistency = label(backup.consistency) if backup.consistency else ""
    return (made, contents, file_size, encryption, consistency, _("yes") if backup.verified else _("not yet"), backup.file.name)


@click.command(
    "delete",
    cls=Command,
    options_metavar=N_("[OPTIONS]"),
    help=N_("Delete a backup. What only this backup holds is lost for good, so that you are asked first."),
)
@click.argument("file", cls=Argument, metavar="FILE", type=BACKUP_FILE)
@click.option("--yes", cls=Option, is_flag=True, help=N_("Do not ask."))
@list_option
@common_options
@pass_invocation
def delete_(invocation: Invocation, file: Path, yes: bool, as_json: bool) -> None:
    """Delete a backup."""
    from hctui.operations import delete_backup, summary
    from hctui.operations.catalogue import require_backup

    path = file.expanduser().absolute()
    require_backup(path)
    backup = summary(path)
    if not as_json:
        text = N_("{name}, made {moment}, {file_bytes}. What only this backup holds is lost for good.")
        write_line(message(text, name=path.name, moment=date_time(backup.created), file_bytes=backup.size))
        if backup.problem is not None:
            write_line(backup.problem)
    if not yes:
        require_person()
        if not ask_yes(_("Delete this backup?")):
            raise Cancelled()
    delete_backup(path)
    if as_json:
        write_json(backup)
    else:
        write_line(message(N_("{name}: deleted."), name=path.name))
