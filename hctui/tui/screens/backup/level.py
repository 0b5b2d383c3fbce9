"""How hard to compress: the choice that a backup of databases and one of files share."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widget import Widget
from textual.widgets import Static

from hctui.i18n.language import _, label
from hctui.messages import N_
from hctui.model import Level
from hctui.plans import BackupPlan
from hctui.tui.options import option_text
from hctui.tui.widgets.radio_group import Alternative, Choice

LEVELS = (
    (Level.MAX, N_("the smallest file, the longest time")),
    (Level.MEDIUM, N_("nearly as small in much less time")),
    (Level.MIN, N_("several times faster, a little larger")),
    (Level.NONE, N_("for data that is compressed already")),
)
"""The levels with one line on what each means."""


def level_choice(level: Level) -> ComposeResult:
    """Lay out the levels under their label."""
    yield Static(" " + option_text(BackupPlan, "level", "label"), markup=False, id="level-label")
    yield Choice(
        [Alternative(each, label(each), _(about)) for each, about in LEVELS],
        level,
        help=option_text(BackupPlan, "level", "explanation"),
        id="level",
    )


def chosen_level(tab: Widget, otherwise: Level) -> Level:
    """Return the level chosen on a tab."""
    level = tab.query_one("#level", Choice).value
    return level if isinstance(level, Level) else otherwise
