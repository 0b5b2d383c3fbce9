"""The build step of setuptools that compiles the catalogues of translations. It imports nothing of hctui."""

from __future__ import annotations

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from setuptools.command.build_py import build_py


class BuildCatalogues(build_py):
    """Compiles each `.po` file of the sources to a `.mo` file beside it, which is then packed like any data file."""

    def run(self) -> None:
        """Compile the catalogues, then build as usual."""
        for source in Path("hctui", "i18n", "locale").glob("*/LC_MESSAGES/*.po"):
            unfinished = source.with_suffix(".mo.part")
            with source.open("rb") as text, unfinished.open("wb") as compiled:
                write_mo(compiled, read_po(text, locale=source.parent.parent.name))
            unfinished.replace(source.with_suffix(".mo"))
        super().run()
