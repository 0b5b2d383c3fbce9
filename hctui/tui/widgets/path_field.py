"""A field for the path of a folder or a file, with completion and a file picker."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from pathlib import Path

from textual import on
from textual.suggester import Suggester

from hctui.i18n.language import _
from hctui.tui.widgets.action import Action
from hctui.tui.widgets.field import Field
from hctui.tui.widgets.file_picker import FilePicker


class PathSuggester(Suggester):
    """Completes the last name of a path; the folder is read in a thread, because a disk may be slow."""

    def __init__(self, *, folders_only: bool) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._folders_only = folders_only

    async def get_suggestion(self, value: str) -> str | None:
        """Return the path completed with the first name, in alphabetical order, that begins with what was typed."""
        return await asyncio.to_thread(self._complete, value) if "/" in value else None

    def _complete(self, value: str) -> str | None:
        folder, start = os.path.split(value)
        try:
            with os.scandir(os.path.expanduser(folder)) as entries:
                names = sorted(
                    entry.name + ("/" if entry.is_dir() else "")
                    for entry in entries
                    if entry.name.startswith(start)
                    and (start or not entry.name.startswith("."))
                    and (entry.is_dir() or not self._folders_only)
                )
        except (OSError, ValueError):
            return None
        return os.path.join(folder, names[0]) if names and start else None


class PathField(Field):
    """A field whose value is a path; Right or End accepts the completion, the action at its end opens a file picker."""

    def __init__(
        self,
        label: str,
        value: str = "",
        *,
        folder: bool,
        help: str = "",
        actions: Iterable[Action] = (),
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        self.folder = folder
        """Whether a folder is wanted, not a file."""
        browse = Action(_("Browse"), help=_("Choose from a list, folder by folder."), classes="path-field--browse")
        super().__init__(
            label,
            value,
            help=help,
            actions=(browse, *actions),
            suggester=PathSuggester(folders_only=folder),
            id=id,
            classes=classes,
        )

    @property
    def path(self) -> Path | None:
        """The path, with `~` expanded; None if the field is empty."""
        text = self.value.strip()
        return Path(os.path.expanduser(text)) if text else None

    @on(Action.Pressed, ".path-field--browse")
    def _browse(self, event: Action.Pressed) -> None:
        event.stop()
        self.app.push_screen(FilePicker(self.label, self.path, folder=self.folder), self._picked)

    def _picked(self, path: Path | None) -> None:
        if path is not None:
            self.value = str(path)
        self.focus()
