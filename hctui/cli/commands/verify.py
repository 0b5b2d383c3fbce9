"""`hctui verify`: check every byte of a backup."""

from __future__ import annotations

from pathlib import Path

import click

from hctui.cli.click_i18n import Argument, Command
from hctui.cli.context import Invocation, common_options, pass_invocation
from hctui.cli.options import BACKUP_FILE, json_option, password_option
from hctui.cli.passwords import backup_password
from hctui.cli.progress.follow import run_job
from hctui.messages import N_
from hctui.plans import VerifyPlan


@click.command(
    cls=Command,
    options_metavar=N_("[OPTIONS]"),
    help=N_("Read every byte of a backup, compare it with what was written, and open each database in it."),
)
@click.argument("file", cls=Argument, metavar="FILE", type=BACKUP_FILE)
@password_option
@json_option
@common_options
@pass_invocation
def verify(invocation: Invocation, file: Path, password_file: str | None, as_json: bool) -> int:
    """Verify a backup as a job and follow it."""
    password = backup_password(file, password_file)
    return run_job(VerifyPlan(file), invocation, password, as_json=as_json)
