"""The fields for the source of a restore: the backup, its content and its password."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace
from textual import getters, on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.events import DescendantBlur
from textual.message import Message
from textual.reactive import reactive
from textual.worker import Worker, WorkerCancelled

from hctui.errors import HctuiError
from hctui.i18n.language import _
from hctui.messages import N_
from hctui.operations.infer_manifest import RegisteredDatabases
from hctui.operations.results import Contents, Problem
from hctui.operations.show import show
from hctui.plans import RestorePlan
from hctui.tui.app_protocol import application_of
from hctui.tui.screens.restore.contents_text import contents_details, contents_warning, encryption_text
from hctui.tui.screens.restore.pick_backup import PickBackup
from hctui.tui.widgets.action import Action
from hctui.tui.widgets.checkbox import Checkbox
from hctui.tui.widgets.field import Field, show_problems
from hctui.tui.widgets.key_values import KeyValues, Notice
from hctui.tui.widgets.password_field import PasswordField
from hctui.tui.widgets.path_field import PathField

TYPING_PAUSE = 0.3
"""Seconds after the last key before the file is read."""
FILE_HELP = N_(
    "A .bkb file, or a .zip that another program made of a database's files. Once it is named, what is in it is shown."
    " “Existing” lists the backups in the default folder. With “unpacked” ticked below, name the folder instead."
)
ENCRYPTED_HELP = N_(
    "Ticked by hctui where the backup is encrypted; by which standard is found out. The password is asked for here and checked"
    " before anything is touched. Without it nothing can be restored."
)


class SourceFields(Vertical):
    """The path of the backup; its content appears once it is known."""

    DEFAULT_CSS = """
    SourceFields {
        height: auto;
        & #encrypted, & #restore-password { display: none; }
        & #restore-password { padding-left: 3; }
    }
    """

    file = getters.query_one("#file", PathField)
    password_field = getters.query_one("#restore-password", PasswordField)

    unpacked: reactive[bool] = reactive(False, init=False)
    """Whether the path is a folder in which a backup was unpacked."""
    contents: reactive[Contents | None] = reactive(None, init=False)
    """The content of the backup; None while it is unknown."""

    @dataclass
    class ContentsChanged(Message):
        """The content of the backup became known, or unknown."""

        contents: Contents | None

    def __init__(self, file: Path | None, *, files: bool = False) -> None:
        super().__init__()
        self._files = files
        self._focus_password = file is not None
        self._initial = str(file) if file else ""
        self._reading: Worker[None] | None = None

    def compose(self) -> ComposeResult:
        """Lay out the fields."""
        existing = Action(_("Existing"), help=_(FILE_HELP), id="existing")
        yield PathField(
            _("Name and location of the backup"), self._initial, folder=False, help=_(FILE_HELP), actions=(existing,), id="file"
        )
        yield Checkbox(_("The file is encrypted with the password"), True, help=_(ENCRYPTED_HELP), id="encrypted")
        yield PasswordField(_("Password of the backup"), help=_(ENCRYPTED_HELP), id="restore-password")
        yield KeyValues(id="contents")
        yield Notice(id="contents-warning")

    @property
    def password(self) -> str | None:
        """The password; None if the backup is not encrypted."""
        encrypted = self.contents is not None and self.contents.encryption is not None
        return (self.password_field.value or None) if encrypted else None

    def use_file(self, file: Path) -> None:
        """Fill in a backup that was chosen from a list; if it is encrypted, the password field gets the focus."""
        self._focus_password = True
        self.file.value = str(file)

    @on(Action.Pressed, "#existing")
    def pick(self) -> None:
        """Choose from the backups in the default folder."""
        self.app.push_screen(PickBackup(), self._picked)

    def _picked(self, file: Path | None) -> None:
        if file is not None:
            self.use_file(file)
        self.file.focus()

    def forget(self) -> None:
        """Empty the password field, if it still exists."""
        for field in self.query(PasswordField):
            field.read_and_clear()

    def fill(self, plan: RestorePlan) -> RestorePlan:
        """Return the plan with the path."""
        return replace(plan, file=self.file.path or Path())

    def watch_unpacked(self) -> None:
        """Read the path again, as a folder or as a file."""
        self.file.folder = self.unpacked
        self.load()

    @on(Field.Changed, "#file")
    def file_changed(self, event: Field.Changed) -> None:
        """Read the new backup; empty the password, which was that of another."""
        event.stop()
        self.forget()
        self.load()

    @on(Field.Changed, "#restore-password")
    def typing(self, event: Field.Changed) -> None:
        """Remove the error of the last password."""
        event.stop()
        self.password_field.error = ""

    @on(Field.Submitted, "#restore-password")
    def password_typed(self) -> None:
        """Check the password."""
        self.load()

    def on_descendant_blur(self, event: DescendantBlur) -> None:
        """Check the password when its field is left."""
        if event.widget is self.password_field.input and self.password_field.value and self.locked:
            self.load()

    @property
    def locked(self) -> bool:
        """Whether the content can only be read with a password that was not given yet."""
        return self.contents is not None and self.contents.needs_password

    @on(Checkbox.Changed, "#encrypted")
    def keep_ticked(self, event: Checkbox.Changed) -> None:
        """Keep the checkbox ticked: it shows that the backup is encrypted, it is no choice."""
        event.stop()
        event.checkbox.value = True

    def load(self) -> None:
        """Read what the backup holds."""
        self._reading = self._load()

    @work(exclusive=True, group="contents")
    async def _load(self) -> None:
        await asyncio.sleep(TYPING_PAUSE)
        path, password = self.file.path, self.password
        if path is None:
            self.file.error, self.contents = "", None
            return
        try:
            registered = RegisteredDatabases.of(application_of(self).configuration)
            self.contents = await asyncio.to_thread(show, path, password, unpacked=self.unpacked, registered=registered)
        except HctuiError as error:
            problem = Problem.of(error)
            if problem.field != "password":
                self.contents, problem = None, Problem(problem.message, "file")
            show_problems(self.fields, (problem,))
        else:
            show_problems(self.fields, ())

    @property
    def fields(self) -> Mapping[str, Field]:
        """The fields, by the plan's names; the field of the password only while it is shown."""
        fields: dict[str, Field] = {"file": self.file}
        return fields | {"password": self.password_field} if self.password_field.display else fields

    def watch_contents(self, contents: Contents | None) -> None:
        """Show the content; show the password field if the backup is encrypted."""
        encrypted = self.query_one("#encrypted", Checkbox)
        encrypted.display = self.password_field.display = contents is not None and contents.encryption is not None
        encrypted.note = encryption_text(contents)
        self.query_one("#contents", KeyValues).pairs = contents_details(contents)
        self.query_one("#contents-warning", Notice).text = contents_warning(contents, files=self._files)
        if self._focus_password and self.locked:
            self._focus_password = False
            self.password_field.focus()
        self.post_message(self.ContentsChanged(contents))

    def missing(self) -> Field | None:
        """Return the field of the backup if it is empty, with a complaint under it."""
        if self.file.path is not None:
            return None
        self.file.error = _("Name the backup to restore from.")
        return self.file

    async def problem(self) -> Field | None:
        """Return a field with an error, which is then shown under it, once the backup has been read; None if there is none."""
        if self.locked and self.password_field.value:
            self.load()
        while self._reading is not None and not self._reading.is_finished:
            with suppress(WorkerCancelled):  # it began again
                await self._reading.wait()
        if not self.file.error and "password" in self.fields and not self.password_field.value:
            self.password_field.error = _("Type the password of the backup.")
        return next((field for field in self.fields.values() if field.error), None)
