"""The page “Restauração de arquivos”: it fills a `FilesRestorePlan` and starts a job with it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from textual import getters, on, work
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Static

from hctui.i18n.language import _, render
from hctui.messages import N_, message
from hctui.operations.preview import preview_files
from hctui.operations.results import Contents
from hctui.plans import FilesRestorePlan
from hctui.tui.screens.backup.destination_fields import TYPING_PAUSE
from hctui.tui.screens.files_backup.select_tab import TREE_HELP
from hctui.tui.screens.files_backup.tree import FileTree
from hctui.tui.screens.files_backup.tree_list import TreeList
from hctui.tui.screens.files_restore.contents import entries_by_folder, patterns
from hctui.tui.screens.restore.source import SourceFields
from hctui.tui.tabbed_page import START_KEY, TabbedPage
from hctui.tui.widgets.checkbox import Checkbox
from hctui.tui.widgets.field import Field, show_problems
from hctui.tui.widgets.path_field import PathField

TARGET_HELP = N_(
    "The files are put into this folder under the paths they have in the backup. Choose an empty folder to look at them first,"
    " or the folder they came from to put them back."
)
REPLACE_HELP = N_(
    "A file that is there already is replaced by the one in the backup. Otherwise it is left as it is, and the result names it."
)


class FilesRestorePage(TabbedPage):
    """Two tabs that fill one plan: backup and folder, and files."""

    DEFAULT_CSS = """
    FilesRestorePage {
        #target, #replace { margin-top: 1; }
        #total { height: 1; padding: 0 1; }
    }
    """
    TITLE = N_("Files restore")
    ABOUT = N_("All files of a backup, or those ticked, put into a folder. Each is checked against what was backed up.")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "tick", N_("Tick"), show=False),
        START_KEY,
        Binding("f4,ctrl+o", "pick", N_("Existing")),
    ]
    START = N_("Start the restore")
    AUTO_FOCUS = "#file Input"

    source = getters.query_one(SourceFields)
    target = getters.query_one("#target", PathField)
    tree_list = getters.query_one(TreeList)

    contents: reactive[Contents | None] = reactive(None, init=False)
    """The content of the backup; None while it is unknown."""

    def __init__(self, file: Path | None = None) -> None:
        super().__init__()
        self._file = file
        self.entries = entries_by_folder(())
        self.sizes: dict[str, int] = {}

    def panes(self) -> Sequence[tuple[str, Widget]]:
        """Return the tabs for backup and folder, and for the files."""
        source = VerticalScroll(
            SourceFields(self._file, files=True),
            PathField(_("Folder the files are restored to"), folder=True, help=_(TARGET_HELP), id="target"),
            Checkbox(_("Replace files that are there already"), False, help=_(REPLACE_HELP), id="replace"),
            can_focus=False,
            id="source",
        )
        total = Static(_("Name the backup first."), id="total", markup=False)
        files = Vertical(TreeList(FileTree.of(()), id="tree"), total, id="files")
        return ((_("Backup and folder"), source), (_("Files"), files))

    def first_field(self, tab: int) -> Widget:
        """Return the file, or the tree."""
        return self.tree_list if tab else self.source.file

    def on_mount(self) -> None:
        """Read the given backup, if there is one."""
        self.tree_list.help = _(TREE_HELP)
        if self._file is not None:
            self.source.load()

    # The content of the backup

    @on(SourceFields.ContentsChanged)
    def contents_changed(self, event: SourceFields.ContentsChanged) -> None:
        """Show the files of the backup, all of them ticked."""
        self.contents = event.contents
        self.entries = entries_by_folder(event.contents.files if event.contents else ())
        self.sizes = {entry.path: entry.size for folder in self.entries.values() for entry in folder}
        tree = FileTree.of(sorted(self.entries.get("", ()), key=lambda entry: (not entry.folder, entry.name.casefold())))
        for node in tree.roots:
            tree.toggle(node)
        self.tree_list.tree_model = tree
        self.tree_list.changed()
        self.show_total()

    @on(TreeList.FolderOpened)
    def fill(self, event: TreeList.FolderOpened) -> None:
        """Fill a folder that is opened for the first time."""
        self.tree_list.tree_model.fill(event.node, self.entries.get(event.node.entry.path, ()))
        self.tree_list.changed()

    @on(TreeList.TicksChanged)
    def show_total(self) -> None:
        """Show how much is ticked."""
        ticked = sum(self.sizes.get(path, 0) for path in self.tree_list.tree_model.ticked)
        text = (
            render(message(N_("{data_bytes} are ticked"), data_bytes=ticked)) if self.entries else _("Name the backup first.")
        )
        self.query_one("#total", Static).update(text)

    @on(Field.Changed, "#target")
    def target_changed(self) -> None:
        """Check the new folder."""
        self.update_preview(self.plan)

    @work(exclusive=True, group="preview", exit_on_error=False)
    async def update_preview(self, plan: FilesRestorePlan) -> None:
        """Show the error of the folder, if there is one, once no key was pressed for a moment."""
        await asyncio.sleep(TYPING_PAUSE)
        if plan.destination == Path():
            self.target.error = ""
        else:
            await self.preview(plan)

    async def preview(self, plan: FilesRestorePlan) -> Field | None:
        """Show the error of the folder and return the folder's field if there is one."""
        preview = await asyncio.to_thread(preview_files, plan)
        return show_problems({"destination": self.target}, preview.problems)

    def action_pick(self) -> None:
        """Choose from the backups in the default folder."""
        self.source.pick()

    # Start

    @property
    def plan(self) -> FilesRestorePlan:
        """The plan that the fields describe."""
        only = patterns(self.tree_list.tree_model.ticked, self.entries.get("", ()))
        replace = self.query_one("#replace", Checkbox).value
        return FilesRestorePlan(self.source.file.path or Path(), self.target.path or Path(), only, replace)

    def action_start(self) -> None:
        """Start the restore, or focus the field that prevents it."""
        field = self.source.missing()
        if field is None and self.target.path is None:
            self.target.error = _("Name the folder the files go to.")
            field = self.target
        if field is not None:
            self.go_to(0, field)
        else:
            self.check_and_start()

    @work(exclusive=True, group="check", exit_on_error=False)
    async def check_and_start(self) -> None:
        """Start the restore, or focus what prevents it, once the backup has been read."""
        field = await self.source.problem() or await self.preview(self.plan)
        if field is not None:
            self.go_to(0, field)
        elif self.entries and not self.tree_list.tree_model.ticked:
            self.action_tab(1)
            self.notify(_("Tick at least one file or folder."), timeout=6)
        else:
            self.application.start_job(self.plan, self.source.password, self.source.forget)
