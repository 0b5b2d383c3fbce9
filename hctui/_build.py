"""What setuptools does beside its own work: compile the catalogues. Imports nothing of hctui, and nothing it needs to run."""

from __future__ import annotations

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from setuptools.command.build_py import build_py


class BuildCatalogues(build_py):
    """Make each `.mo` from its `.po`, in the sources, from where they are packed like any other data file."""

    def run(self) -> None:
        """Compile, then build as usual."""
        for source in Path("hctui", "i18n", "locale").glob("*/LC_MESSAGES/*.po"):
            unfinished = source.with_suffix(".mo.part")
            with source.open("rb") as text, unfinished.open("wb") as compiled:
                write_mo(compiled, read_po(text, locale=source.parent.parent.name))
            unfinished.replace(source.with_suffix(".mo"))
        super().run()
