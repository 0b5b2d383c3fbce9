"""The base class of pages: header, body, key bar, help on the field with the focus, and a way back."""

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
    """The part of a page between header and key bar; it scrolls to the widget with the focus."""

    DEFAULT_CSS = """
    Body { height: 1fr; padding: 1 0 0 0; scrollbar-size-vertical: 1; }
    """


def bindings_of(screen: DOMNode) -> tuple[Binding, ...]:
    """Return the bindings of a screen and its base classes, its own first, each key once, F1 before all."""
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
    """Yield the texts that F1 shows: the help of the widget with the focus, then `about`, the screen's own, translated."""
    for node in focused.ancestors_with_self if focused else ():
        text = getattr(node, "help", "")
        if isinstance(text, str) and text:
            yield text
            break
    if about:
        yield _(about)


def label_of(focused: Widget | None) -> str:
    """Return the label of the field with the focus, empty if it has none."""
    labels = (getattr(node, "label", "") for node in focused.ancestors_with_self) if focused else ()
    return next((label for label in labels if label), "")


class Page(Screen[None]):
    """A page. Subclasses set `TITLE` and `ABOUT`, add `BINDINGS` with English descriptions, and yield widgets in `body()`.

    Descriptions are translated when they are drawn. A binding with `show=False` is not in the key bar. When a worker with
    `exit_on_error=False` fails, an `HctuiError` is shown in a dialog, and any other error ends the program cleanly.
    """

    DEFAULT_CSS = """
    Page { layout: vertical; background: $background; color: $foreground; overflow: hidden; }
    """
    TITLE: ClassVar[str | None] = None
    """The page's name in English, marked with `N_`."""
    ABOUT: ClassVar[str] = ""
    """The explanation of the page that F1 shows, in English, marked with `N_`."""
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
        yield from self.footer()
        yield KeyBar()

    def body(self) -> ComposeResult:
        """Yield the page's own widgets."""
        yield from ()

    def footer(self) -> ComposeResult:
        """Yield widgets that stay visible under the body, however long that is."""
        yield from ()

    def on_mount(self) -> None:
        """Fill header and key bar; change the header with the current database."""
        self.update_header_and_keys()
        self.watch(self.app, "current", self._update_context)

    def update_header_and_keys(self) -> None:
        """Fill header and key bar in the current language."""
        self.query_one(Header).title = self.heading()
        self.query_one(KeyBar).show(bindings_of(self))
        self._update_context()

    def _update_context(self) -> None:
        for header in self.query(Header):
            header.context = self.context()

    def heading(self) -> str:
        """Return the title in the header."""
        return _(self.TITLE) if self.TITLE else ""

    def context(self) -> str:
        """Return the text at the right of the header: the current database and its engine."""
        return self.application.current_label()

    def on_screen_resume(self) -> None:
        """Check the size: the terminal may have become too small meanwhile."""
        self.application.check_size()

    def help_texts(self) -> Iterator[str]:
        """Yield the texts that F1 shows: the help of the widget with the focus, then that of the page."""
        return help_texts(self.focused, self.ABOUT)

    def action_help(self) -> None:
        """Explain the field with the focus."""
        title = label_of(self.focused) or self.heading()
        self.application.show_help(title, tuple(self.help_texts()), bindings_of(self))

    def action_keys(self) -> None:
        """List the keys."""
        self.application.show_help(self.heading(), (), bindings_of(self))

    def action_back(self) -> None:
        """Go back to the previous page."""
        if len(self.app.screen_stack) > 1:
            self.dismiss()

    @on(Worker.StateChanged)
    def _worker_ended(self, event: Worker.StateChanged) -> None:
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            self.application.failed(event.worker.error)
