"""`python -m hctui.i18n.locale.update`: bring both catalogues up to date with the sentences in the sources.

Entries are sorted and carry no line numbers or dates, so that a change shows as what it is. New sentences come out empty
in Portuguese and are printed; English repeats the sentence. What is no longer said is dropped.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

PACKAGE = Path(__file__).parents[2]
KEYWORDS = {**DEFAULT_KEYWORDS, "plural": (1, 2)}
LANGUAGES = ("pt_BR", "en")
_KEPT_HEADERS = ("Project-Id-Version", "Language:", "Plural-Forms", "MIME-Version", "Content-")


def extract(package: Path = PACKAGE) -> Catalog:
    """Return a catalogue of every sentence marked in the sources."""
    template = Catalog(project="hctui")
    for _, _, text, _, context in extract_from_dir(package, [("**.py", "python")], keywords=KEYWORDS):
        template.add(text, context=context)
    return template


def catalogue(language: str) -> Path:
    """Return where the catalogue of a language lies."""
    return Path(__file__).parent / language / "LC_MESSAGES" / "hctui.po"


def read(language: str) -> Catalog:
    """Return the catalogue of a language, empty where there is none yet."""
    path = catalogue(language)
    if not path.is_file():
        return Catalog(locale=language, project="hctui")
    with path.open("rb") as file:
        return read_po(file, locale=language)


def update(language: str, template: Catalog) -> Catalog:
    """Return the catalogue of a language with the sentences of `template` and no others."""
    updated = read(language)
    updated.update(template, no_fuzzy_matching=True)
    updated.obsolete.clear()
    if language == "en":
        for entry in sentences(updated):
            entry.string = entry.id
            entry.flags.discard("fuzzy")
    return updated


def write(language: str, updated: Catalog) -> None:
    """Write a catalogue so that only what was translated differs from before, and compile it for this checkout."""
    updated.project, updated.version, updated.header_comment, updated.fuzzy = "hctui", "1", "", False
    text = io.BytesIO()
    write_po(text, updated, no_location=True, sort_output=True, width=120)
    lines = text.getvalue().decode("utf-8").lstrip("\n").splitlines(keepends=True)
    path = catalogue(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    end = lines.index("\n")
    header = [line for line in lines[:end] if not line.startswith('"') or line[1:].startswith(_KEPT_HEADERS)]
    path.write_text("".join(header + lines[end:]), encoding="utf-8")
    with path.with_suffix(".mo").open("wb") as compiled:
        write_mo(compiled, updated)


def sentences(entries: Iterable[Message]) -> list[Message]:
    """Return the entries without the header."""
    return [entry for entry in entries if entry.id]


def untranslated(entries: Iterable[Message]) -> list[Message]:
    """Return the entries that are missing in whole or in part, or that nobody has looked at since they changed."""
    return [entry for entry in sentences(entries) if entry.fuzzy or not all(_forms(entry.string))]


def _forms(text: object) -> tuple[str, ...]:
    return tuple(text) if isinstance(text, list | tuple) else (str(text or ""),)


def main() -> None:
    """Update both catalogues and print what is still to be translated."""
    template = extract()
    for language in LANGUAGES:
        updated = update(language, template)
        write(language, updated)
        missing = untranslated(updated)
        print(f"{language}: {len(sentences(updated))} sentences, {len(missing)} to translate")
        for entry in missing:
            print(f"  {entry.id!r}")


if __name__ == "__main__":
    main()
