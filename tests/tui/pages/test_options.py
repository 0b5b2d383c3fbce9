"""Every field of every plan of a page reaches the job: each is changed with keys on the real page, which then starts."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from msgspec.structs import fields, replace
from textual.pilot import Pilot
from textual.widget import Widget

from hctui import jobs
from hctui.config import Configuration
from hctui.demo.server import DemoServer
from hctui.i18n import language
from hctui.model import Encryption
from hctui.operations import backup, files_backup
from hctui.plans import BackupPlan, FilesBackupPlan, FilesRestorePlan, Plan, RestorePlan
from hctui.tui.app import HctuiApp
from hctui.tui.screens.checklist.screen import ChecklistPage
from hctui.tui.screens.confirm import RestorePreviewDialog, TypeNameDialog
from hctui.tui.widgets.checkbox import Checkbox
from hctui.tui.widgets.field import Field
from hctui.tui.widgets.radio_group import RadioGroup

pytestmark = pytest.mark.slow

PASSWORD = "segredo-1"


class Scene:
    """One page, filled so that it can start, and the plan that it then gives to the job.

    A field of the plan is changed at the widget that has its name, or the one in `WIDGETS`, unless a method `change_FIELD`
    does it, which returns the fields of the plan that change.
    """

    PAGE: ClassVar[str]
    WIDGETS: ClassVar[dict[str, str]] = {}

    def __init__(self, pilot: Pilot[int], until: Callable[..., Awaitable[None]], demo: DemoServer) -> None:
        self.pilot, self.page, self.demo = pilot, pilot.app.screen, demo
        self._until = until

    async def until(self, condition: Callable[[], object]) -> None:
        await self._until(self.pilot, condition)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def fill(self) -> Plan:
        """Fill what a start requires; return the plan."""
        raise NotImplementedError

    async def start(self) -> None:
        await self.press("f5")

    async def change(self, plan: Plan, name: str) -> dict[str, object]:
        """Change one field of the plan with keys; return the fields that change, with their new values."""
        special = getattr(self, f"change_{name}", None)
        if special is not None:
            return await special()
        widgets = list(self.page.query(f"#{self.WIDGETS.get(name, name)}"))
        assert widgets, f"{type(plan).__name__}.{name} has no widget on the page {self.PAGE}"
        await self.focus(widgets[0])
        before = getattr(plan, name)
        match widgets[0]:
            case Checkbox():
                await self.press("space")
                return {name: not before}
            case RadioGroup(alternatives=alternatives):
                await self.press("down", "space")
                values = [each.value for each in alternatives]
                return {name: values[values.index(before) + 1]}
            case Field():
                added = "/x" if isinstance(before, Path) else "OUTRA"
                await self.press("end", *added)
                return {name: type(before)(f"{before}{added}")}
        raise AssertionError(f"the test can't change {name} at a {type(widgets[0]).__name__}")

    async def focus(self, widget: Widget) -> None:
        """Give a widget the focus, on its tab."""
        if any(not node.display for node in widget.ancestors_with_self if isinstance(node, Widget)):
            await self.press("f3")
        widget.focus()
        await self.until(lambda: self.page.focused and widget in self.page.focused.ancestors_with_self)

    async def change_encryption(self) -> dict[str, object]:
        await self.focus(self.page.query_one("#encrypt"))
        await self.press("space", "tab", *PASSWORD, "tab", *PASSWORD, "tab", "down", "space")
        return {"encryption": Encryption.AES192}


class Backup(Scene):
    PAGE = "backup"
    WIDGETS: ClassVar = {"destination": "folder"}

    async def fill(self) -> BackupPlan:
        (self.demo.backups / "x").mkdir()
        self.page.destination.name_field.value = "copia"
        await self.until(lambda: self.page.destination.details)
        return BackupPlan(("PAO_DE_OURO",), self.demo.backups, "copia")

    async def change_databases(self) -> dict[str, object]:
        await self.focus(self.page.query_one("#which"))
        await self.press("down", "space")
        return {"databases": tuple(each.alias for each in self.page.application.configuration.databases)}


class Restore(Scene):
    PAGE = "restore"

    async def fill(self) -> RestorePlan:
        plan = BackupPlan(("PAO_DE_OURO",), self.demo.backups, "copia")
        async for _event in backup(plan, Configuration.load(self.demo.configuration_path), None):
            pass
        file = self.demo.backups / "copia.bkb"
        os.link(file, f"{file}OUTRA")
        with zipfile.ZipFile(file) as archive:
            archive.extractall(self.demo.folder / "unpacked")
        self.page.source.use_file(file)
        await self.until(lambda: self.page.source.contents)
        return RestorePlan(file, ("PAO_DE_OURO",))

    async def start(self) -> None:
        await self.press("f5")
        await self.until(lambda: isinstance(self.pilot.app.screen, RestorePreviewDialog) and self.pilot.app.screen.focused)
        await self.press("f5")
        await self.until(lambda: isinstance(self.pilot.app.screen, TypeNameDialog) and self.pilot.app.screen.focused)
        self.pilot.app.screen.query_one(Field).value = self.page.scope.into.value or "PAO_DE_OURO"
        await self.press("enter")

    async def change_file(self) -> dict[str, object]:
        self.page.source.file.focus()
        await self.press("end", *"OUTRA")
        await self.until(lambda: self.page.source.contents and self.page.source.contents.file.suffix == ".bkbOUTRA")
        return {"file": self.demo.backups / "copia.bkbOUTRA"}

    async def change_databases(self) -> dict[str, object]:
        self.page.scope.which.focus()
        await self.press("down", "space")
        return {"databases": ()}

    async def change_tables(self) -> dict[str, object]:
        self.page.scope.partial.focus()
        await self.press("space", "tab", "enter")
        await self.until(lambda: isinstance(self.pilot.app.screen, ChecklistPage) and self.pilot.app.screen.tables.row_count())
        await self.press("slash", *"imagem", "enter", "space", "escape")
        await self.until(lambda: self.pilot.app.screen is self.page)
        return {"tables": ("produtos_imagem",)}

    async def change_unpacked(self) -> dict[str, object]:
        folder = self.demo.folder / "unpacked"
        self.page.source.file.value = str(folder)
        self.page.query_one("#unpacked").focus()
        await self.press("space")
        await self.until(lambda: self.page.source.contents and self.page.source.contents.file == folder)
        return {"file": folder, "unpacked": True}


class FilesBackup(Scene):
    PAGE = "files_backup"
    WIDGETS: ClassVar = {"destination": "folder"}

    async def fill(self) -> FilesBackupPlan:
        (self.demo.backups / "x").mkdir()
        tree = self.page.selection.tree_list
        await self.until(lambda: tree.node is not None and tree.node.entry.path == str(Path.home()) and tree.node.open)
        await self.press("down", "space")
        self.page.settings.name_field.value = "copia"
        return FilesBackupPlan((Path.home() / "a.txt",), self.demo.backups, "copia")

    async def change_paths(self) -> dict[str, object]:
        await self.press("space")
        return {"paths": (Path.home() / "a.txt", Path.home() / "b.txt")}


class FilesRestore(Scene):
    PAGE = "files_restore"
    WIDGETS: ClassVar = {"destination": "target"}

    async def fill(self) -> FilesRestorePlan:
        files = (Path.home() / "a.txt", Path.home() / "b.txt")
        plan = FilesBackupPlan(files, self.demo.backups, "copia")
        async for _event in files_backup(plan, Configuration.load(self.demo.configuration_path), None):
            pass
        file = self.demo.backups / "copia.bkb"
        os.link(file, f"{file}OUTRA")
        (target := self.demo.folder / "target").mkdir()
        (target / "x").mkdir()
        self.page.source.use_file(file)
        self.page.target.value = str(target)
        await self.until(lambda: self.page.source.contents)
        return FilesRestorePlan(file, target)

    change_file = Restore.change_file

    async def change_only(self) -> dict[str, object]:
        await self.press("f3")
        await self.until(lambda: self.page.tree_list.has_focus and self.page.tree_list.row_count() == 2)
        await self.press("space")
        return {"only": ("b.txt",)}


SCENES: dict[type[Plan], type[Scene]] = {
    BackupPlan: Backup,
    RestorePlan: Restore,
    FilesBackupPlan: FilesBackup,
    FilesRestorePlan: FilesRestore,
}
SAMPLES = ((BackupPlan, "level"), (RestorePlan, "settings"), (FilesBackupPlan, "level"), (FilesRestorePlan, "replace"))
"""One option of each plan, which is changed in Portuguese too."""


def cases() -> Iterator[object]:
    """Yield a case for each field of each plan in English, and the samples in Portuguese."""
    for plan in SCENES:
        for field in fields(plan):
            yield pytest.param(plan, field.name, "en", id=f"{plan.__name__}.{field.name}")
    for plan, name in SAMPLES:
        yield pytest.param(plan, name, "pt_BR", id=f"{plan.__name__}.{name}-pt_BR")


@pytest.mark.parametrize(("kind", "name", "spoken"), list(cases()))
async def test_an_option_reaches_the_job(
    kind: type[Plan],
    name: str,
    spoken: str,
    demo: DemoServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    opened,
    until,
) -> None:
    language.activate(spoken)
    home = tmp_path / "home"
    home.mkdir()
    for each in ("a.txt", "b.txt"):
        (home / each).write_text(each)
    monkeypatch.setenv("HOME", str(home))
    started: list[Plan] = []
    monkeypatch.setattr(jobs, "start", lambda plan, _configuration, _password: started.append(plan))
    monkeypatch.setattr(HctuiApp, "follow", lambda _app, _job: None)
    async with opened(SCENES[kind].PAGE) as pilot:
        scene = SCENES[kind](pilot, until, demo)
        plan = await scene.fill()
        changes = await scene.change(plan, name)
        assert getattr(plan, name) != changes[name]
        await scene.start()
        await until(pilot, lambda: started)
    assert started == [replace(plan, **changes)]
