"""Widgets for the options of a plan, whose label and explanation are declared once, with the option."""

from __future__ import annotations

from dataclasses import fields

from hctui.language import _
from hctui.model import Plan
from hctui.tui.widgets.tick import Tick


def option_text(kind: type[Plan], name: str, key: str) -> str:
    """Return the translated `label` or `explanation` of a plan's option."""
    return _(next(each.metadata[key] for each in fields(kind) if each.name == name))


def option_tick(kind: type[Plan], name: str, value: bool, *, note: str = "") -> Tick:
    """Return a tick for a plan's option, its id the option's name."""
    label, explanation = option_text(kind, name, "label"), option_text(kind, name, "explanation")
    return Tick(label, value, note=note, help=explanation, id=name)
