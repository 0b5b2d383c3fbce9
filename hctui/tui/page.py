"""What every page has: a header, a body, a key bar, help on whatever has the focus, and a way back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.dom import DOMNode
from textual.screen import Screen
from textual.widget import Widget
from textual.worker import Worker, WorkerState

from hctui.i18n.language import _
from hctui.messages import N_
from hctui.tui.app_protocol import Application, application_of
from hctui.tui.widgets.header import Header
from hctui.tui.widgets.key_bar import KeyBar


class Body(VerticalScroll, can_focus=False):
    """The part of a page between header and key bar; scrolls to what has the focus."""

    DEFAULT_CSS = """
    Body { height: 1fr; padding: 1 0 0 0; scrollbar-size-vertical: 1; }
    """


def bindings_of(screen: DOMNode) -> tuple[Binding, ...]:
    """Return the bindings of a screen's classes, its own first, each key bound once."""
    found: dict[str, Binding] = {}
    for kind in type(screen).__mro__:
        if not kind.__module__.startswith("hctui."):
            continue
        declared: list[BindingType] = kind.__dict__.get("BINDINGS", [])
        for each in declared:
            if isinstance(each, Binding) and each.key not in found and screen.check_action(each.action, ()):
                found[each.key] = each
    return tuple(sorted(found.values(), key=lambda each: each.key.split(",")[0] != "f1"))


def help_texts(focused: Widget | None, about: str) -> Iterator[str]:
    """Yield what F1 says: of what has the focus, then `about` the screen, translated."""
    for node in focused.ancestors_with_self if focused else ():
        text = getattr(node, "help", "")
        if isinstance(text, str) and text:
            yield text
            break
    if about:
        yield _(about)


def label_of(focused: Widget | None) -> str:
    """Return what is written at the field that has the focus, empty where nothing is."""
    labels = (getattr(node, "label", "") for node in focused.ancestors_with_self) if focused else ()
    return next((label for label in labels if label), "")


class Page(Screen[None]):
    """A page: subclasses set `TITLE` and `ABOUT`, add `BINDINGS` with English descriptions, and yield widgets in `body()`.

    Descriptions are translated where they are drawn. A binding with `show=False` is not in the key bar. Errors of workers
    started here with `exit_on_error=False` are told in a dialog (`HctuiError`) or end the program cleanly (anything else).
    """

    DEFAULT_CSS = """
    Page { layout: vertical; background: $background; color: $foreground; overflow: hidden; }
    """
    TITLE: ClassVar[str | None] = None
    """The page's name in English, marked with `N_`."""
    ABOUT: ClassVar[str] = ""
    """What F1 says where nothing has the focus, marked with `N_`."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1,ctrl+g", "help", N_("Help")),
        Binding("question_mark", "keys", N_("Keys"), show=False),
        Binding("escape", "back", N_("Back")),
        Binding("up", "app.focus_previous", show=False),
        Binding("down", "app.focus_next", show=False),
    ]

    @property
    def application(self) -> Application:
        """The application, with what it offers to pages."""
        return application_of(self)

    def compose(self) -> ComposeResult:
        """Lay out header, body and key bar."""
        yield Header()
        with Body(id="body"):
            yield from self.body()
        yield from self.below()
        yield KeyBar()

    def body(self) -> ComposeResult:
        """Yield the page's own widgets."""
        yield from ()

    def below(self) -> ComposeResult:
        """Yield what stays in sight under the body, whatever its length: actions."""
        yield from ()

    def on_mount(self) -> None:
        """Fill header and key bar, and follow the current database."""
        self.dress()
        self.watch(self.app, "current", self._show_place)

    def dress(self) -> None:
        """Fill header and key bar in the language of now."""
        self.query_one(Header).title = self.heading()
        self.query_one(KeyBar).show(bindings_of(self))
        self._show_place()

    def _show_place(self) -> None:
        for header in self.query(Header):
            header.place = self.place()

    def heading(self) -> str:
        """Return what the header calls the page."""
        return _(self.TITLE) if self.TITLE else ""

    def place(self) -> str:
        """Return what the header says at the right: the current database and its engine."""
        return self.application.current_label()

    def on_screen_resume(self) -> None:
        """Say so if the terminal became too small meanwhile."""
        self.application.check_size()

    def help_texts(self) -> Iterator[str]:
        """Yield what F1 says: of what has the focus, then of the page."""
        return help_texts(self.focused, self.ABOUT)

    def action_help(self) -> None:
        """Explain the field that has the focus."""
        title = label_of(self.focused) or self.heading()
        self.application.show_help(title, tuple(self.help_texts()), bindings_of(self))

    def action_keys(self) -> None:
        """List the keys."""
        self.application.show_help(self.heading(), (), bindings_of(self))

    def action_back(self) -> None:
        """Go back to the page before."""
        if len(self.app.screen_stack) > 1:
            self.dismiss()

    @on(Worker.StateChanged)
    def _worker_ended(self, event: Worker.StateChanged) -> None:
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            self.application.failed(event.worker.error)
