"""The scenes, in the order of the README."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from camera import Camera

from hctui.model import Level
from hctui.plans import BackupPlan
from hctui.tui.screens.attach import Attach
from hctui.tui.screens.backups.backup_list import BackupList
from hctui.tui.screens.backups.details import DetailsPage
from hctui.tui.screens.backups.screen import BackupsPage
from hctui.tui.screens.choose_database import ChooseDatabase
from hctui.tui.screens.confirm import RestorePreviewDialog, TypeNameDialog
from hctui.tui.screens.help import Help
from hctui.tui.screens.menu import LastBackups, Menu
from hctui.tui.screens.progress import ProgressPage
from hctui.tui.screens.restore.pick_backup import PickBackup
from hctui.tui.screens.result import ResultPage
from hctui.tui.screens.server.screen import ServerPage
from hctui.tui.screens.server.tables import TablesPage

DATABASE = "PAO_DE_OURO"
PASSWORD = "correto cavalo bateria grampo"


async def first_start(camera: Camera) -> None:
    """The menu before a database is registered."""
    await camera.see("No database is registered yet.")
    await camera.shoot("first-start")


async def attach(camera: Camera) -> None:
    """The jobs that a start offers because they ended unseen."""
    await camera.at(Attach)
    await camera.shoot("attach")
    await camera.press("escape")
    await camera.at(Menu)


async def menu(camera: Camera) -> None:
    """The menu, its help, the choice of a database, and the light theme."""
    await camera.until(lambda: camera.app.screen.query_one(LastBackups).backups)
    await camera.shoot("menu")
    await camera.press("f1")
    await camera.at(Help)
    await camera.shoot("help")
    await camera.press("escape", "f2")
    await camera.at(ChooseDatabase)
    await camera.shoot("choose-database")
    await camera.press("escape")
    camera.app.theme = "hctui-light"
    await camera.shoot("menu-light")
    camera.app.theme = "hctui-dark"


async def backup(camera: Camera) -> None:
    """The backup page, both tabs, F1 on a field, and the result."""
    await camera.press("1")
    await camera.see("Free space")
    await camera.shoot("backup-destination")
    await camera.press("f3", "space")
    await camera.see("AES-256")
    await camera.press("tab", *PASSWORD, "tab", *PASSWORD)
    await camera.shoot("backup-settings")
    await camera.press("f1")
    await camera.at(Help)
    await camera.shoot("help-field")
    await camera.press("escape", "f5")
    await camera.at(ResultPage)
    await camera.shoot("backup-result")
    await camera.press("escape")
    await camera.at(Menu)


async def progress(camera: Camera) -> None:
    """A running job; its process is stopped for the picture."""
    folder = camera.app.configuration.destination or Path()
    camera.app.start_job(BackupPlan((DATABASE,), folder, f"{DATABASE}_maximo.bkb", level=Level.MAX), None)
    await camera.at(ProgressPage)
    page = camera.app.screen
    assert isinstance(page, ProgressPage)
    await camera.until(lambda: page.progress.share > 0.8 or not page.running)
    os.kill(page.job.record.process, signal.SIGSTOP)
    await camera.pilot.pause(0.8)
    camera.shoot_now("progress")
    os.kill(page.job.record.process, signal.SIGCONT)
    await camera.at(ResultPage)
    await camera.press("escape")
    await camera.at(Menu)


async def restore(camera: Camera) -> None:
    """The restore page, the checklist, both confirmations, and the result."""
    await camera.press("2")
    await camera.see("Name and location of the backup")
    await camera.press(*str((camera.app.configuration.destination or Path()) / f"{DATABASE}_inicial.bkb"))
    await camera.see("Made")
    await camera.shoot("restore")
    await camera.press("f6")
    await camera.see("Filter")
    await camera.press("/", *"prod", "enter", "space", "down", "space")
    await camera.shoot("restore-tables")
    await camera.press("escape")
    await camera.see("Start the restore")
    await camera.press("f5")
    await camera.at(RestorePreviewDialog)
    await camera.shoot("restore-preview")
    await camera.press("f5")
    await camera.at(TypeNameDialog)
    await camera.press(*DATABASE)
    await camera.shoot("restore-confirm")
    await camera.press("enter")
    await camera.at(ResultPage)
    await camera.shoot("restore-result")
    await camera.press("escape")
    await camera.at(Menu)


async def existing(camera: Camera) -> None:
    """Existing backups, one of them verified, and its details."""
    await camera.press("5")
    await camera.at(BackupsPage)
    await camera.until(lambda: camera.app.screen.query_one(BackupList).backup)
    await camera.press("v")
    await camera.at(ResultPage)
    await camera.press("escape")
    await camera.at(BackupsPage)
    await camera.shoot("existing-backups")
    await camera.press("enter")
    await camera.at(DetailsPage)
    await camera.shoot("backup-details")
    await camera.press("escape", "escape")
    await camera.at(Menu)


async def server(camera: Camera) -> None:
    """The databases, and the tables of one."""
    await camera.press("6")
    await camera.at(ServerPage)
    await camera.shoot("server")
    await camera.press("enter")
    await camera.at(TablesPage)
    await camera.shoot("server-tables")
    await camera.press("escape", "escape")
    await camera.at(Menu)


async def files(camera: Camera) -> None:
    """Files are ticked and backed up, then the backup is chosen for a restore."""
    await camera.press("3")
    await camera.see("anotações.txt")
    await camera.press("down", "space", "down", "space")
    await camera.shoot("files-backup")
    await camera.press("f5")
    await camera.at(ResultPage)
    await camera.press("escape")
    await camera.at(Menu)
    await camera.press("4", "f4")
    await camera.at(PickBackup)
    await camera.until(lambda: camera.app.screen.query_one(BackupList).backup)
    await camera.press("enter")
    await camera.see("Made")
    await camera.press("f3")
    await camera.see("Contratos")
    await camera.shoot("files-restore")
    await camera.press("escape")
    await camera.at(Menu)
