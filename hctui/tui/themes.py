"""The themes: dark, light, and one for terminals with sixteen colours, which uses the terminal's own."""

from __future__ import annotations

import os

from textual.theme import Theme

DARK = Theme(
    name="hctui-dark",
    primary="#4fb3bf",
    secondary="#8fb8de",
    accent="#4fb3bf",
    warning="#e8b450",
    error="#f07f73",
    success="#7fc98f",
    foreground="#d6dde4",
    background="#151b21",
    surface="#1f2831",
    panel="#1f2831",
    dark=True,
    variables={
        "title-background": "#0f5966",
        "title-foreground": "#f2f7f8",
        "muted": "#8c9aa8",
        "cursor-background": "#2b6f7b",
        "cursor-foreground": "#ffffff",
        "cursor-style": "bold",
        "field-background": "#232e38",
        "field-focus": "#2c3a46",
        "line": "#3a4854",
        "input-cursor-background": "#d6dde4",
        "input-cursor-foreground": "#151b21",
        "input-cursor-text-style": "none",
        "scrollbar": "#3a4854",
        "scrollbar-background": "#1a222a",
        "border": "#4fb3bf",
        "border-blurred": "#3a4854",
    },
)

LIGHT = Theme(
    name="hctui-light",
    primary="#0f6674",
    secondary="#2f5d8a",
    accent="#0f6674",
    warning="#8a5a00",
    error="#a8281c",
    success="#1f6b35",
    foreground="#1e2a33",
    background="#f7f5f0",
    surface="#ebe7de",
    panel="#ebe7de",
    dark=False,
    variables={
        "title-background": "#0f5966",
        "title-foreground": "#ffffff",
        "muted": "#5f6b74",
        "cursor-background": "#bfe0e3",
        "cursor-foreground": "#06262c",
        "cursor-style": "bold",
        "field-background": "#e6e1d6",
        "field-focus": "#ffffff",
        "line": "#c3bcae",
        "input-cursor-background": "#1e2a33",
        "input-cursor-foreground": "#f7f5f0",
        "input-cursor-text-style": "none",
        "scrollbar": "#c3bcae",
        "scrollbar-background": "#ebe7de",
        "border": "#0f6674",
        "border-blurred": "#c3bcae",
    },
)

TERMINAL = Theme(
    name="hctui-terminal",
    ansi=True,
    primary="ansi_cyan",
    secondary="ansi_cyan",
    accent="ansi_cyan",
    warning="ansi_yellow",
    error="ansi_red",
    success="ansi_green",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    boost="ansi_default",
    dark=True,
    variables={
        "ansi-background": "ansi_black",
        "ansi-foreground": "ansi_white",
        "title-background": "ansi_default",
        "title-foreground": "ansi_default",
        "title-style": "reverse",
        "muted": "ansi_default",
        "cursor-background": "ansi_default",
        "cursor-foreground": "ansi_default",
        "cursor-style": "reverse",
        "field-background": "ansi_default",
        "field-focus": "ansi_default",
        "line": "ansi_default",
        "input-cursor-background": "ansi_default",
        "input-cursor-foreground": "ansi_default",
        "input-cursor-text-style": "reverse",
        "input-selection-background": "ansi_cyan",
        "input-selection-foreground": "ansi_black",
        "scrollbar": "ansi_cyan",
        "scrollbar-background": "ansi_default",
        "border": "ansi_cyan",
        "border-blurred": "ansi_default",
        "block-cursor-foreground": "ansi_black",
        "block-cursor-background": "ansi_cyan",
    },
)

DEFAULTS = {**DARK.variables, "title-style": "bold"}
"""Our own variables, for themes of Textual, which do not have them."""

NAMES = {"dark": DARK.name, "light": LIGHT.name, "terminal": TERMINAL.name}
"""The theme for each name in the configuration."""


def few_colours() -> bool:
    """Return whether the terminal has sixteen colours or fewer, or the person wants none (NO_COLOR)."""
    if "NO_COLOR" in os.environ:
        return True
    if os.environ.get("COLORTERM", "").lower() in {"truecolor", "24bit"}:
        return False
    return not any(name in os.environ.get("TERM", "") for name in ("256color", "direct", "kitty", "alacritty", "ghostty"))


def theme_name(wanted: str | None) -> str:
    """Return the name of the theme for `wanted`, the name in the configuration, on this terminal."""
    if few_colours():
        return TERMINAL.name
    return NAMES.get(wanted or "dark", DARK.name)
