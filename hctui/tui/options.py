"""Widgets for the options of a plan; their labels and explanations are declared with the options."""

from __future__ import annotations

from hctui.i18n.language import _
from hctui.plans import Plan, options_of
from hctui.tui.widgets.checkbox import Checkbox


def option_text(kind: type[Plan], name: str, key: str) -> str:
    """Return the translated `label` or `explanation` of a plan's option."""
    return _(next(getattr(each.text, key) for each in options_of(kind) if each.name == name))


def option_checkbox(kind: type[Plan], name: str, value: bool, *, note: str = "") -> Checkbox:
    """Return a checkbox for an option of a plan; its id is the option's name."""
    label, explanation = option_text(kind, name, "label"), option_text(kind, name, "explanation")
    return Checkbox(label, value, note=note, help=explanation, id=name)
