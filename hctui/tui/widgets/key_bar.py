"""The last lines of every page: a rule and the keys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.text import Text
from textual.binding import Binding
from textual.reactive import reactive
from textual.widget import Widget

from hctui.i18n.language import _
from hctui.tui.terminal.glyphs import glyphs

_NAMES = {"escape": "Esc", "enter": "Enter", "question_mark": "?", "delete": "Del", "slash": "/"}


def key_name(key: str) -> str:
    """Return how a key is shown: `^R` for `ctrl+r`, `F5` for `f5`."""
    if key.startswith("ctrl+"):
        return "^" + key.removeprefix("ctrl+").upper()
    if key == "space":
        return _("Space")
    return _NAMES.get(key, key.upper() if key[1:].isdigit() else key)


def keys_of(binding: Binding) -> str:
    """Return how all keys of a binding are shown: `F5/^R`."""
    return binding.key_display or "/".join(key_name(key.strip()) for key in binding.key.split(","))


class KeyBar(Widget):
    """One widget that draws all keys: no widgets are made or removed while the focus moves."""

    DEFAULT_CSS = """
    KeyBar {
        dock: bottom;
        height: 2;
        text-wrap: nowrap;
        color: $foreground;
    }
    """

    keys: reactive[tuple[tuple[str, str], ...]] = reactive(())
    """Keys and their descriptions, translated, the most important first."""

    def show(self, bindings: Iterable[Binding]) -> None:
        """Show the bindings that have `show=True` and a description."""
        self.keys = tuple((keys_of(each), _(each.description)) for each in bindings if each.show and each.description)

    def render(self) -> Text:
        """Draw a rule and, under it, as many keys as fit."""
        width = self.size.width
        text = Text(no_wrap=True)
        text.append(
            glyphs().rule * width, style=self.app.theme_variables.get("line", "") if not self.app.native_ansi_color else ""
        )
        text.append("\n ")
        text.append_text(_fitting(self.keys, width - 2))
        return text


def _fitting(keys: Sequence[tuple[str, str]], width: int) -> Text:
    line = Text(no_wrap=True)
    wanted = sum(len(key) + 1 + len(description) for key, description in keys)
    between = "   " if wanted + 3 * (len(keys) - 1) <= width else "  "
    for key, description in keys:
        gap = between if line else ""
        if len(line) + len(gap) + len(key) + 1 + len(description) > width:
            break
        line.append(gap)
        line.append(key, style="bold")
        line.append(" " + description)
    return line
