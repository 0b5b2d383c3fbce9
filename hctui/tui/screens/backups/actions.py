"""Actions on one backup, for the list of backups and for the details page."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from textual.binding import Binding

from hctui.i18n.language import _, date_time, render
from hctui.messages import N_, message
from hctui.operations.catalogue import delete_backup
from hctui.operations.results import BackupSummary
from hctui.plans import VerifyPlan
from hctui.tui.page import Page
from hctui.tui.screens.confirm import Confirm
from hctui.tui.screens.files_restore.screen import FilesRestorePage
from hctui.tui.screens.password import AskPassword
from hctui.tui.screens.restore.screen import RestorePage

KEYS = (
    Binding("v", "verify", N_("verify"), show=False),
    Binding("r", "restore", N_("restore from here"), show=False),
    Binding("delete,d", "delete", N_("delete"), show=False, key_display="Del"),
)


def ask_password(page: Page, backup: BackupSummary, then: Callable[[str | None], object], *, error: str = "") -> None:
    """Ask for the password of an encrypted backup and call `then` with it, or with None for one that is not encrypted.

    `then` is not called if the person goes back. `error` is shown: it is that of the last attempt.
    """
    if backup.encryption is None:
        then(None)
        return
    text = render(message(N_("{name} is encrypted."), name=backup.file.name))

    def answered(password: str | None) -> None:
        if password:
            then(password)

    page.app.push_screen(AskPassword(text, error=error), answered)


def verify(page: Page, backup: BackupSummary) -> None:
    """Start a job that reads every byte of the backup."""
    ask_password(page, backup, lambda password: page.application.start_job(VerifyPlan(backup.file), password))


def restore_from(page: Page, backup: BackupSummary) -> None:
    """Open the restore page with this backup."""
    if backup.files:
        page.app.push_screen(FilesRestorePage(backup.file))
    else:
        page.app.push_screen(RestorePage(backup.file))


def delete(page: Page, backup: BackupSummary, then: Callable[[], object]) -> None:
    """Ask for confirmation, delete the backup and call `then`."""
    text = message(
        N_("{name}, made {moment}, {file_bytes}. What only this backup holds is lost for good."),
        name=backup.file.name,
        moment=date_time(backup.created),
        file_bytes=backup.size,
    )

    async def remove() -> None:
        await asyncio.to_thread(delete_backup, backup.file)
        then()

    def answered(yes: bool | None) -> None:
        if yes:
            page.run_worker(remove(), group="delete", exclusive=True, exit_on_error=False)

    page.app.push_screen(Confirm(_("Delete this backup?"), render(text), yes=_("Delete")), answered)
