"""Every sentence of the sources is in the Portuguese catalogue and is translated completely; English needs no catalogue."""

from __future__ import annotations

import shutil
import string
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message

from hctui.i18n import language
from hctui.i18n.locale import update
from hctui.i18n.locale.update import forms
from hctui.messages import plural


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """Give a catalogue of the sentences in the sources."""
    path = tmp_path_factory.mktemp("template") / "hctui.pot"
    update.extract(path)
    return update.read(path)


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    return update.read()


def entries(catalogue: Catalog) -> list[Message]:
    """Return the entries without the header."""
    return [entry for entry in catalogue if entry.id]


def fields(text: str) -> set[str]:
    """Return the names of the replacement fields in a sentence."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_the_catalogue_holds_the_sentences_of_the_sources_and_no_others(catalogue: Catalog, template: Catalog) -> None:
    translated = {entry.id for entry in entries(catalogue)}
    marked = {entry.id for entry in entries(template)}
    assert marked - translated == set(), "run python -m hctui.i18n.locale.update, and translate what it prints"
    assert translated - marked == set(), "run python -m hctui.i18n.locale.update"


def test_every_sentence_is_translated_with_the_same_fields(catalogue: Catalog) -> None:
    assert update.untranslated(catalogue) == []
    assert [entry.id for entry in entries(catalogue) if not has_same_fields(entry)] == []


def has_same_fields(entry: Message) -> bool:
    """Return whether every form of a translation has the fields of the original; a form may leave out its count."""
    pairs = zip(forms(entry.id), forms(entry.string), strict=True)
    return all(fields(original) | {"count"} == fields(translation) | {"count"} for original, translation in pairs)


def test_translations_begin_and_end_as_the_sentence_does(catalogue: Catalog) -> None:
    """A space or a full stop that is lost in translation is visible where sentences are joined."""
    for entry in entries(catalogue):
        for translation, original in zip(forms(entry.string), forms(entry.id), strict=True):
            assert translation[:1].isspace() == original[:1].isspace(), translation
            assert translation[-1:].isspace() == original[-1:].isspace(), translation
            assert (translation[-1] in ".:?!…") == (original[-1] in ".:?!…"), translation


def test_an_update_leaves_an_up_to_date_catalogue_unchanged(tmp_path: Path) -> None:
    copy = tmp_path / "hctui.po"
    shutil.copy(update.CATALOGUE, copy)
    update.update(copy)
    assert copy.read_text(encoding="utf-8") == update.CATALOGUE.read_text(encoding="utf-8")
    assert copy.with_suffix(".mo").is_file()


def test_english_is_the_text_of_the_sources_without_a_catalogue(catalogue: Catalog) -> None:
    language.activate("en")
    assert all(language._(form) == form for entry in entries(catalogue) for form in forms(entry.id))
    written = [language.render(plural("{count} table", "{count} tables", count)) for count in (0, 1, 2)]
    assert written == ["0 tables", "1 table", "2 tables"]


def test_the_source_is_read_where_no_compiled_catalogue_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "pt_BR" / "LC_MESSAGES"
    copy.mkdir(parents=True)
    shutil.copy(update.CATALOGUE, copy)
    monkeypatch.setattr(language, "_LOCALE_FOLDER", tmp_path)
    language.activate("pt_BR")
    assert language._("Include images") == "Incluir imagens"
    monkeypatch.setattr(language, "_LOCALE_FOLDER", tmp_path / "nothing")
    language.activate("pt_BR")
    assert language._("Include images") == "Include images"
    language.activate("en")


def test_extraction_finds_every_kind_of_mark(tmp_path: Path) -> None:
    text = "N_('a {x}'); _('b'); ngettext('c', 'cs', 2); plural('d', 'ds', 2); message(N_('e'), y=1); _(name)\n"
    (tmp_path / "module.py").write_text(text)
    update.extract(tmp_path / "hctui.pot", tmp_path)
    assert {entry.id for entry in entries(update.read(tmp_path / "hctui.pot"))} == {"a {x}", "b", ("c", "cs"), ("d", "ds"), "e"}
