"""A line to type in, with a label above and an error below."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rich.text import Text
from textual import getters, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.reactive import reactive
from textual.suggester import Suggester
from textual.widgets import Input, Static

from hctui.i18n.language import render
from hctui.operations.results import Problem
from hctui.tui.terminal.glyphs import glyphs
from hctui.tui.widgets.action import Action


def show_problems(fields: Mapping[str, Field], problems: Iterable[Problem]) -> Field | None:
    """Show each problem at its field, known by its name in the plan, and no other error; return the first field with one."""
    texts = {each.field: render(each.message) for each in problems}
    for name, field in fields.items():
        field.error = texts.get(name, "")
    return next((field for field in fields.values() if field.error), None)


class Field(Vertical):
    """A label, `[an input]` and perhaps actions beside it; `error` appears below."""

    DEFAULT_CSS = """
    Field {
        height: auto;
        width: 1fr;
        & > .field--label { height: 1; width: 1fr; }
        & > .field--line { height: 1; width: 1fr; padding: 0 1; }
        & .field--edge { width: 1; height: 1; color: $muted; }
        & Input { width: 1fr; background: $field-background; }
        & Input:focus { background: $field-focus; background-tint: transparent; }
        & Action { margin: 0 0 0 1; }
        & > .field--error { height: auto; padding: 0 1; color: $error; display: none; }
    }
    """

    label: reactive[str] = reactive("")
    error: reactive[str] = reactive("")
    """The error in the value, translated; empty if there is none."""
    value: reactive[str] = reactive("")

    input = getters.query_one(Input)

    @dataclass
    class Changed(Message):
        """The value has changed."""

        field: Field
        value: str

        @property
        def control(self) -> Field:
            """Return the field, for `@on(Field.Changed, "#id")`."""
            return self.field

    @dataclass
    class Submitted(Message):
        """Enter was pressed in the field."""

        field: Field
        value: str

        @property
        def control(self) -> Field:
            """Return the field, for `@on(Field.Submitted, "#id")`."""
            return self.field

    def __init__(
        self,
        label: str,
        value: str = "",
        *,
        help: str = "",
        actions: Iterable[Action] = (),
        suggester: Suggester | None = None,
        password: bool = False,
        placeholder: str = "",
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.help = help
        """The explanation that F1 shows, translated."""
        self._actions = tuple(actions)
        self._input = Input(
            value, compact=True, suggester=suggester, password=password, placeholder=placeholder, select_on_focus=False
        )
        self._input.cursor_blink = False
        self.set_reactive(Field.label, label)
        self.set_reactive(Field.value, value)

    def compose(self) -> ComposeResult:
        """Lay out the label, the input and the line for an error."""
        if self.label:
            yield Static(self._label_text(), classes="field--label")
        with Horizontal(classes="field--line"):
            yield Static("[", markup=False, classes="field--edge")
            yield self._input
            yield Static("]", markup=False, classes="field--edge")
            yield from self._actions
        yield Static("", markup=False, classes="field--error")

    def _label_text(self) -> Text:
        focused = self._input.has_focus
        return Text((glyphs().cursor if focused else " ") + self.label, "bold" if focused else "")

    def focus(self, scroll_visible: bool = True, **_others: object) -> Field:
        """Give the focus to the input."""
        self._input.focus(scroll_visible)
        return self

    def on_descendant_focus(self) -> None:
        """Mark the label while the input has the focus."""
        self._update_label()

    def on_descendant_blur(self) -> None:
        """Remove the mark."""
        self._update_label()

    def _update_label(self) -> None:
        for label in self.query(".field--label").results(Static):
            label.update(self._label_text())

    def watch_label(self) -> None:
        """Show the new label."""
        self._update_label()

    def watch_error(self, error: str) -> None:
        """Show the error, or hide its line."""
        for line in self.query(".field--error").results(Static):
            line.update(f"! {error}")
            line.display = bool(error)

    def watch_value(self, value: str) -> None:
        """Put the value into the input and post `Changed`."""
        if self._input.value != value:
            self._input.value = value
            self._input.cursor_position = len(value)
        self.post_message(self.Changed(self, value))

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self.value = self._input.value  # not the event's, which may be older than the last key

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Submitted(self, event.value))
