"""textual-fspicker in our words, without pictures, at 80x24."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual_fspicker import FileOpen, SelectDirectory
from textual_fspicker.base_dialog import FileSystemPickerScreen
from textual_fspicker.icons import Icons
from textual_fspicker.safe_tests import is_dir

from hctui.language import _

_LOOK = """
    {name} Dialog {{ width: 76; height: 22; border: solid $border; }}
    {name} InputBar {{ padding: 0 1; height: 1; }}
    {name} InputBar Button {{ height: 1; border: none; min-width: 12; background: transparent; color: $primary; }}
    {name} InputBar Button:focus {{ background: $cursor-background; color: $cursor-foreground; text-style: $cursor-style; }}
    {name} CurrentDirectory {{ height: 1; border: none; }}
    {name} Input {{ height: 1; border: none; padding: 0; background: $field-background; }}
"""
_BINDINGS: list[BindingType] = [Binding("escape", "dismiss(None)", show=False), Binding("full_stop", "hidden", show=False)]


class FolderPicker(SelectDirectory):
    """Choose a folder; `.` shows hidden ones."""

    DEFAULT_CSS = _LOOK.format(name="FolderPicker")
    BINDINGS: ClassVar[list[BindingType]] = _BINDINGS


class FilePicker(FileOpen):
    """Choose a file that exists; `.` shows hidden ones."""

    DEFAULT_CSS = _LOOK.format(name="FilePicker")
    BINDINGS: ClassVar[list[BindingType]] = _BINDINGS


def _in_our_words() -> None:
    FileSystemPickerScreen.ERROR_PERMISSION_ERROR = _("You may not look into this folder.")
    FileOpen.ERROR_A_FILE_MUST_BE_CHOSEN = _("Choose a file.")
    FileOpen.ERROR_A_FILE_MUST_EXIST = _("There is no such file.")
    Icons.set_picker(lambda location: Text("/" if is_dir(Path(location)) else " "))


def _nearest(path: Path | None) -> Path:
    for candidate in (path, *(path.parents if path else ())):
        if candidate is not None and candidate.is_absolute() and candidate.is_dir():
            return candidate
    return Path.home()


def picker(title: str, start: Path | None, *, folder: bool) -> FileSystemPickerScreen:
    """Return a picker that begins in the nearest folder of `start` that is there."""
    _in_our_words()
    if folder:
        return FolderPicker(_nearest(start), title, select_button=_("Choose"), cancel_button=_("Cancel"))
    return FilePicker(_nearest(start), title, open_button=_("Choose"), cancel_button=_("Cancel"))
