"""The command line: all that the screens do, in lines, for scripts and for screen readers."""

from hctui.cli.entry import main

__all__ = ["main"]
