"""`python -m hctui.i18n.locale.update`: bring the Portuguese catalogue up to date with the sentences in the sources.

Entries are sorted and have neither line numbers nor dates, so that a diff shows only what changed. A new sentence is added
without a translation and printed; a sentence that is gone from the sources is removed. English needs no catalogue: the key of
a sentence is its English text.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

PACKAGE = Path(__file__).parents[2]
CATALOGUE = Path(__file__).parent / "pt_BR" / "LC_MESSAGES" / "hctui.po"
_KEPT_HEADERS = ("Project-Id-Version", "Language:", "Plural-Forms", "MIME-Version", "Content-")
"""The others hold dates, names and the version of Babel."""


def extract(template: Path, package: Path = PACKAGE) -> None:
    """Write a catalogue of every sentence that is marked in the sources."""
    _pybabel("extract", "--keyword=plural:1,2", "--no-location", "--sort-output", f"--output-file={template}", str(package))


def update(catalogue: Path = CATALOGUE) -> None:
    """Give a catalogue the sentences of the sources and no others, and compile it for this checkout."""
    with TemporaryDirectory() as folder:
        template = Path(folder, "hctui.pot")
        extract(template)
        _pybabel("update", "--locale=pt_BR", "--no-fuzzy-matching", "--ignore-obsolete", "--width=120",
                 f"--input-file={template}", f"--output-file={catalogue}")  # fmt: skip
    header, entries = catalogue.read_text(encoding="utf-8").lstrip("\n").split("\n\n", 1)
    kept = [line for line in header.splitlines() if not line.startswith('"') or line[1:].startswith(_KEPT_HEADERS)]
    catalogue.write_text("\n".join([*kept, "", entries]), encoding="utf-8")
    _pybabel("compile", "--locale=pt_BR", f"--input-file={catalogue}", f"--output-file={catalogue.with_suffix('.mo')}")


def read(catalogue: Path = CATALOGUE) -> Catalog:
    """Return the entries of a catalogue."""
    with catalogue.open("rb") as file:
        return read_po(file, locale="pt_BR")


def untranslated(catalogue: Catalog) -> list[str]:
    """Return the sentences that have no translation, or one that was not checked since the sentence changed."""
    return [forms(each.id)[0] for each in catalogue if each.id and (each.fuzzy or not all(forms(each.string)))]


def forms(text: object) -> tuple[str, ...]:
    """Return the forms of a sentence: one, or those of its plural."""
    return tuple(text) if isinstance(text, list | tuple) else (str(text or ""),)


def _pybabel(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "babel.messages.frontend", "--quiet", *arguments], check=True)


if __name__ == "__main__":
    update()
    for sentence in untranslated(read()):
        print(f"to translate: {sentence!r}")
