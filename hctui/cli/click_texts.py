"""Sentences that Click says, so that they are in the catalogues; its own words, which a newer Click may change."""

from __future__ import annotations

from hctui.messages import N_, plural

SENTENCES = (
    N_("Usage:"),
    N_("Options"),
    N_("Commands"),
    N_("Positional arguments"),
    N_("Show this message and exit."),
    N_("[OPTIONS]"),
    N_("COMMAND [ARGS]..."),
    N_("Missing command."),
    N_("Missing argument"),
    N_("Missing option"),
    N_("Missing parameter"),
    N_("No such option {name!r}."),
    N_("No such command {name!r}."),
    plural("Did you mean {possibility}?", "(Did you mean one of: {possibilities}?)", 1),
    N_("Invalid value: {message}"),
    N_("Invalid value for {param_hint}: {message}"),
    N_("Option {name!r} does not take a value."),
    plural("Option {name!r} requires an argument.", "Option {name!r} requires {nargs} arguments.", 1),
    plural("Got unexpected extra argument ({args})", "Got unexpected extra arguments ({args})", 1),
    plural("{value!r} is not {choice}.", "{value!r} is not one of {choices}.", 1),
    N_("Choose from:\n\t{choices}"),
)

PARAMETER_NAMES = frozenset(
    (
        N_("ALIAS"),
        N_("DIR"),
        N_("FILE"),
        N_("GLOB"),
        N_("ID"),
        N_("LOCATION"),
        N_("NAME"),
        N_("PATH"),
        N_("PATTERN=ROLE"),
        N_("T1,T2"),
    )
)
"""What stands for a value in a usage line."""
