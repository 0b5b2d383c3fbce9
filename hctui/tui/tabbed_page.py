"""The base class of pages with two tabs that fill one plan, and two actions under them."""

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
from hctui.tui.widgets.tab_bar import TabBar

START_KEY = Binding("f5,ctrl+r", "start", N_("Start"))
"""Pages repeat it to put it before keys of their own."""


class TabbedPage(Page):
    """A page with two tabs. Subclasses set `START` and implement `panes`, `first_field` and `action_start`."""

    DEFAULT_CSS = """
    TabbedPage {
        #body { padding: 0; overflow: hidden; }
        ContentSwitcher { height: 1fr; }
        ContentSwitcher > * { height: 1fr; scrollbar-size-vertical: 1; }
    }
    """
    START: ClassVar[str] = ""
    """The label of the action that starts the job, in English, marked with `N_`."""
    BINDINGS: ClassVar[list[BindingType]] = [
        START_KEY,
        Binding("f3,ctrl+t", "other_tab", N_("Other tab")),
        Binding("1", "tab(0)", show=False),
        Binding("2", "tab(1)", show=False),
    ]

    tabs = getters.query_one(TabBar)

    def panes(self) -> Sequence[tuple[str, Widget]]:
        """Return the tabs: for each a translated label and a widget with an id."""
        raise NotImplementedError

    def first_field(self, tab: int) -> Widget:
        """Return the widget that gets the focus when a tab is opened."""
        raise NotImplementedError

    def body(self) -> ComposeResult:
        """Lay out the tabs and the actions."""
        panes = self.panes()
        yield TabBar([label for label, _pane in panes], id="tabs")
        with ContentSwitcher(initial=panes[0][1].id):
            yield from (pane for _label, pane in panes)
        with Actions():
            yield Action(_(self.START), id="start")
            yield Action(_("Return to the menu"), id="return")

    @on(TabBar.Changed)
    def show_tab(self, event: TabBar.Changed) -> None:
        """Show the widget of the active tab."""
        switcher = self.query_one(ContentSwitcher)
        switcher.current = switcher.children[event.active].id

    def action_tab(self, tab: int) -> None:
        """Open a tab and focus its first field."""
        self.go_to(tab, self.first_field(tab))

    def go_to(self, tab: int, field: Widget) -> None:
        """Open a tab and focus one of its fields."""
        self.tabs.active = tab
        self.call_after_refresh(field.focus)

    def action_other_tab(self) -> None:
        """Open the tab that is not active."""
        self.action_tab(1 - self.tabs.active)

    def action_start(self) -> None:
        """Start the job, or focus the field that prevents it."""
        raise NotImplementedError

    @on(Action.Pressed, "#start")
    def start_pressed(self) -> None:
        """Start the job."""
        self.action_start()

    @on(Action.Pressed, "#return")
    def leave(self) -> None:
        """Go back to the menu."""
        self.action_back()
