"""Widgets for the options of a plan, whose label and explanation are declared once, with the option."""

from __future__ import annotations

from hctui.i18n.language import _
from hctui.plans import Plan, options_of
from hctui.tui.widgets.checkbox import Tick


def option_text(kind: type[Plan], name: str, key: str) -> str:
    """Return the translated `label` or `explanation` of a plan's option."""
    return _(next(getattr(each.text, key) for each in options_of(kind) if each.name == name))


def option_tick(kind: type[Plan], name: str, value: bool, *, note: str = "") -> Tick:
    """Return a tick for a plan's option, its id the option's name."""
    label, explanation = option_text(kind, name, "label"), option_text(kind, name, "explanation")
    return Tick(label, value, note=note, help=explanation, id=name)
