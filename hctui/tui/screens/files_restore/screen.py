"""The page “Restauração de arquivos”: fills a `FilesRestorePlan` and starts a job with it."""

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
from hctui.operations.results import Contents
from hctui.plans import FilesRestorePlan
from hctui.tui.screens.backup.destination_fields import PAUSE, destination_error
from hctui.tui.screens.files_backup.select_tab import TREE_HELP
from hctui.tui.screens.files_backup.tree import TickTree
from hctui.tui.screens.files_backup.tree_list import TreeList
from hctui.tui.screens.files_restore.contents import entries_by_folder, patterns
from hctui.tui.screens.restore.source import SourceFields
from hctui.tui.tabbed_page import START_KEY, TabbedPage
from hctui.tui.widgets.checkbox import Tick
from hctui.tui.widgets.field import Field
from hctui.tui.widgets.path_field import PathField

TARGET_HELP = N_(
    "The files are put into this folder under the paths they have in the backup. Choose an empty folder to look at them first,"
    " or the folder they came from to put them back."
)
REPLACE_HELP = N_(
    "A file that is there already is replaced by the one in the backup. Otherwise it is left as it is, and the result names it."
)


class FilesRestorePage(TabbedPage):
    """Two tabs over one plan: from where to where, and which files."""

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
    """What is in the backup; None while that is not known."""

    def __init__(self, file: Path | None = None) -> None:
        super().__init__()
        self._file = file
        self.inside = entries_by_folder(())
        self.sizes: dict[str, int] = {}

    def panes(self) -> Sequence[tuple[str, Widget]]:
        """Return from where to where, and which files."""
        source = VerticalScroll(
            SourceFields(self._file, files=True),
            PathField(_("Folder the files are restored to"), folder=True, help=_(TARGET_HELP), id="target"),
            Tick(_("Replace files that are there already"), False, help=_(REPLACE_HELP), id="replace"),
            can_focus=False,
            id="source",
        )
        total = Static(_("Name the backup first."), id="total", markup=False)
        files = Vertical(TreeList(TickTree.of(()), id="tree"), total, id="files")
        return ((_("Backup and folder"), source), (_("Files"), files))

    def first_field(self, tab: int) -> Widget:
        """Return the file, or the tree."""
        return self.tree_list if tab else self.source.file

    def on_mount(self) -> None:
        """Look at a file that was named from elsewhere."""
        self.tree_list.help = _(TREE_HELP)
        if self._file is not None:
            self.source.look()

    # What is in the backup

    @on(SourceFields.Found)
    def found(self, event: SourceFields.Found) -> None:
        """Show the files of the backup, all of them ticked."""
        self.contents = event.contents
        self.inside = entries_by_folder(event.contents.files if event.contents else ())
        self.sizes = {entry.path: entry.size for entries in self.inside.values() for entry in entries}
        tree = TickTree.of(sorted(self.inside.get("", ()), key=lambda entry: (not entry.folder, entry.name.casefold())))
        for node in tree.roots:
            tree.toggle(node)
        self.tree_list.tree_model = tree
        self.tree_list.changed()
        self.tell_total()

    @on(TreeList.Wanted)
    def fill(self, event: TreeList.Wanted) -> None:
        """Open a folder of the backup."""
        self.tree_list.tree_model.fill(event.node, self.inside.get(event.node.entry.path, ()))
        self.tree_list.changed()

    @on(TreeList.Ticked)
    def tell_total(self) -> None:
        """Say how much is ticked."""
        ticked = sum(self.sizes.get(path, 0) for path in self.tree_list.tree_model.ticked)
        text = render(message(N_("{data_bytes} are ticked"), data_bytes=ticked)) if self.inside else _("Name the backup first.")
        self.query_one("#total", Static).update(text)

    @on(Field.Changed, "#target")
    def target_named(self) -> None:
        """Look at the folder."""
        self.look_at_target()

    @work(exclusive=True, group="target", exit_on_error=False)
    async def look_at_target(self) -> None:
        """Say what is wrong with the folder."""
        await asyncio.sleep(PAUSE)
        self.target.error = await asyncio.to_thread(destination_error, self.target.path or Path())

    def action_pick(self) -> None:
        """Choose from the backups in the default folder."""
        self.source.pick()

    # Start

    @property
    def plan(self) -> FilesRestorePlan:
        """What would be done if it were started now."""
        only = patterns(self.tree_list.tree_model.ticked, self.inside.get("", ()))
        replace = self.query_one("#replace", Tick).value
        return FilesRestorePlan(self.source.file.path or Path(), self.target.path or Path(), only, replace)

    def problem(self) -> Field | None:
        """Return the field that must be put right before a start; None where all is well."""
        field = self.source.problem()
        if field is None and self.target.path is None:
            self.target.error = _("Name the folder the files go to.")
        return field or (self.target if self.target.error else None)

    def action_start(self) -> None:
        """Start the restore, or go to what prevents it."""
        field = self.problem()
        if field is not None:
            self.go_to(0, field)
        elif self.inside and not self.tree_list.tree_model.ticked:
            self.action_tab(1)
            self.notify(_("Tick at least one file or folder."), timeout=6)
        else:
            self.application.start_job(self.plan, self.source.password, self.source.forget)
