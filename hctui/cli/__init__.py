"""The command line: all that the screens do, in lines, for scripts and for screen readers."""

from __future__ import annotations

import sys
from typing import NoReturn

from hctui import ahead
from hctui.cli.streams import prepare

__all__ = ["main"]


def main() -> NoReturn:
    """Run `hctui` with the arguments of the process and exit; what takes long to load is loaded behind the job's process."""
    prepare()
    ahead.prepare(sys.argv[1:])
    from hctui.cli.entry import main as enter

    enter()
