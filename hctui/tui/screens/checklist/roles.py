"""The dialog to tick all tables of a role."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from hctui.i18n.language import _, label, render
from hctui.messages import N_, message
from hctui.tui.dialog import Dialog
from hctui.tui.screens.checklist.model import Checklist
from hctui.tui.widgets.row_list import Column, RowList


class RoleList(RowList):
    """The roles that occur: `[x]` if all their tables are ticked, `[-]` if some are."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "tick", show=False)]

    def __init__(self, checklist: Checklist) -> None:
        super().__init__()
        self.checklist = checklist
        self.roles = tuple(checklist.roles())
        self.columns = (Column("    " + _("role")), Column(_("ticked"), 16, right=True))

    def row_count(self) -> int:
        """Return the number of roles that occur."""
        return len(self.roles)

    def cells(self, row: int) -> Sequence[str]:
        """Return a role and how many of its tables are ticked."""
        role = self.roles[row]
        ticked, known = self.checklist.roles()[role]
        mark = "[x]" if ticked == known else "[-]" if ticked else "[ ]"
        return (f"{mark} {label(role)}", render(message(N_("{ticked} of {known}"), ticked=ticked, known=known)))

    def action_tick(self) -> None:
        """Tick every table of the role at the cursor; if all are ticked, untick them."""
        self.checklist.toggle_role(self.roles[self.cursor])
        self.changed()


class RolesDialog(Dialog[None]):
    """Changes the checklist at once; Esc and Enter go back."""

    DEFAULT_CSS = """
    RolesDialog RoleList { height: 6; }
    """
    ABOUT = N_("Space ticks every table of a role, or unticks them where all are ticked. The list behind shows it at once.")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "tick", N_("Tick")),
        Binding("p", "cancel", show=False),
    ]

    def __init__(self, checklist: Checklist) -> None:
        super().__init__(_("Tick all tables of a role"))
        self.checklist = checklist

    def body(self) -> ComposeResult:
        """Show the roles."""
        yield RoleList(self.checklist)

    def action_tick(self) -> None:
        """Tick the role at the cursor."""
        self.query_one(RoleList).action_tick()

    def on_row_list_chosen(self) -> None:
        """Go back."""
        self.dismiss(None)
