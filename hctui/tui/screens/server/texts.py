"""What the form of a database says of engines and commands."""

from __future__ import annotations

from hctui.messages import N_

ENGINES_ABOUT = {
    "sqlite": N_("one file"),
    "folder": N_("a folder of table files: dBase, Paradox, NexusDB …"),
    "postgresql": N_("a server, reached by its address"),
}
"""One line on each engine."""
COMMANDS = {
    "before": (
        N_("Command before a backup"),
        N_(
            "Run before the tables are read: to stop a service, or to lock the tables in a process that stays in the"
            " background. Leave it empty where nothing is needed."
        ),
    ),
    "after": (
        N_("Command after a backup"),
        N_("Run after the tables were read, whatever came of it: to start the service again."),
    ),
    "reindex": (
        N_("Command that rebuilds indexes"),
        N_(
            "Run after a restore for each table whose indexes only the application can rebuild; {table} and {folder} are filled"
            " in."
        ),
    ),
}
"""Fields of a database that are commands, with label and explanation."""
