"""A page of two tabs over one plan, with its two actions under them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import ContentSwitcher

from hctui.i18n.language import _
from hctui.messages import N_
from hctui.tui.page import Page
from hctui.tui.widgets.action import Action, Actions
from hctui.tui.widgets.tab_bar import TabLine

START_KEY = Binding("f5,ctrl+r", "start", N_("Start"))
"""Pages name it again where it should stand before keys of their own."""


class TabbedPage(Page):
    """Subclasses set `START`, and give their `panes` and the `first_field` of each."""

    DEFAULT_CSS = """
    TabbedPage {
        #body { padding: 0; overflow: hidden; }
        ContentSwitcher { height: 1fr; }
        ContentSwitcher > * { height: 1fr; scrollbar-size-vertical: 1; }
    }
    """
    START: ClassVar[str] = ""
    """What starting the job is called, marked with `N_`."""
    BINDINGS: ClassVar[list[BindingType]] = [
        START_KEY,
        Binding("f3,ctrl+t", "other_tab", N_("Other tab")),
        Binding("1", "tab(0)", show=False),
        Binding("2", "tab(1)", show=False),
    ]

    tabs = getters.query_one(TabLine)

    def panes(self) -> Sequence[tuple[str, Widget]]:
        """Return the tabs: a translated label and a widget with an id."""
        raise NotImplementedError

    def first_field(self, tab: int) -> Widget:
        """Return what takes the keys when a tab is gone to."""
        raise NotImplementedError

    def body(self) -> ComposeResult:
        """Lay out the tabs and the actions."""
        panes = self.panes()
        yield TabLine([label for label, _pane in panes], id="tabs")
        with ContentSwitcher(initial=panes[0][1].id):
            yield from (pane for _label, pane in panes)
        with Actions():
            yield Action(_(self.START), id="start")
            yield Action(_("Return to the menu"), id="return")

    @on(TabLine.Changed)
    def show_tab(self, event: TabLine.Changed) -> None:
        """Bring the tab to the front."""
        switcher = self.query_one(ContentSwitcher)
        switcher.current = switcher.children[event.active].id

    def action_tab(self, tab: int) -> None:
        """Go to a tab and into its first field."""
        self.go_to(tab, self.first_field(tab))

    def go_to(self, tab: int, field: Widget) -> None:
        """Bring a tab to the front and the keys into one of its fields."""
        self.tabs.active = tab
        self.call_after_refresh(field.focus)

    def action_other_tab(self) -> None:
        """Go to the tab that is not in front."""
        self.action_tab(1 - self.tabs.active)

    def action_start(self) -> None:
        """Start the job, or go to what prevents it."""
        raise NotImplementedError

    @on(Action.Pressed, "#start")
    def start_pressed(self) -> None:
        """Do the same from the action under the tabs."""
        self.action_start()

    @on(Action.Pressed, "#return")
    def leave(self) -> None:
        """Go back to the menu."""
        self.action_back()
