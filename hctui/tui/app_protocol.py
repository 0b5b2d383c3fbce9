"""The application as its pages and dialogs see it: they know it by this protocol, so that none of them imports it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol, cast

from textual.binding import Binding
from textual.dom import DOMNode

from hctui.config import Configuration
from hctui.messages import Message
from hctui.plans import Plan

if TYPE_CHECKING:
    from hctui.jobs import Job


class Application(Protocol):
    """All that pages and dialogs may ask of the application; `hctui.tui.app` implements it."""

    configuration: Configuration
    current: str | None
    """The alias of the current database."""

    @property
    def stalled(self) -> bool:
        """Whether the terminal line is so far behind that progress should not be drawn."""

    def current_label(self) -> str:
        """Return the current database and its engine for the header, empty if there is none."""

    def open_page(self, name: str) -> None:
        """Open one of the pages of the menu."""

    def home(self) -> None:
        """Close every page and dialog above the menu."""

    def start_job(self, plan: Plan, password: str | None, started: Callable[[], None] = ...) -> None:
        """Start a job, call `started` and show its progress; show a message if the job is refused."""

    def follow(self, job: Job) -> None:
        """Show the progress of a job, or its result if it has ended."""

    def show_message(self, text: str | Message, title: str = "") -> None:
        """Show a text that has to be read before going on."""

    def show_help(self, title: str, texts: Sequence[str], bindings: Sequence[Binding]) -> None:
        """Show explanations, translated, and the keys of a page or dialog."""

    def use_database(self, alias: str) -> None:
        """Make a database the current one, here and in the configuration."""

    def check_size(self) -> None:
        """Cover the page while the terminal is too small for it."""

    def failed(self, error: BaseException) -> None:
        """Show the error that ended a worker; one that is not `HctuiError` ends the program."""


def application_of(node: DOMNode) -> Application:
    """Return the application that a page, dialog or widget belongs to."""
    return cast("Application", node.app)
