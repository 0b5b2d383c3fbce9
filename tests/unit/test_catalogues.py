"""Every sentence of the sources is in both catalogues, translated whole."""

from __future__ import annotations

import io
import shutil
import string
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message

from hctui.i18n import language
from hctui.i18n.locale import update


@pytest.fixture(scope="module")
def template() -> Catalog:
    return update.extract()


def forms(text: object) -> tuple[str, ...]:
    return tuple(text) if isinstance(text, list | tuple) else (str(text),)


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("code", update.LANGUAGES)
def test_catalogues_hold_what_the_sources_say_and_nothing_else(code: str, template: Catalog) -> None:
    known = {entry.id for entry in update.sentences(update.read(code))}
    said = {entry.id for entry in update.sentences(template)}
    assert said - known == set(), "run python -m hctui.i18n.locale.update, and translate what it prints"
    assert known - said == set(), "run python -m hctui.i18n.locale.update"


@pytest.mark.parametrize("code", update.LANGUAGES)
def test_every_sentence_is_translated_with_the_same_blanks(code: str) -> None:
    catalogue = update.read(code)
    assert [entry.id for entry in update.untranslated(catalogue)] == []
    wrong = [entry.id for entry in update.sentences(catalogue) if not same_blanks(entry)]
    assert wrong == []


def same_blanks(entry: Message) -> bool:
    """Tell whether no form of a translation lacks or invents a blank; a form need not say its count."""
    pairs = zip(forms(entry.id), forms(entry.string), strict=True)
    return all(blanks(meant) | {"count"} == blanks(said) | {"count"} for meant, said in pairs)


def test_english_says_what_the_sources_say() -> None:
    assert [entry.id for entry in update.sentences(update.read("en")) if forms(entry.id) != forms(entry.string)] == []


def test_translations_begin_and_end_as_the_sentence_does() -> None:
    """A capital, a space or a full stop that is lost in translation shows where sentences are put together."""
    for entry in update.sentences(update.read("pt_BR")):
        for said, meant in zip(forms(entry.string), forms(entry.id), strict=True):
            assert said[:1].isspace() == meant[:1].isspace() and said[-1:].isspace() == meant[-1:].isspace(), said
            assert (said[-1] in ".:?!…") == (meant[-1] in ".:?!…"), said


def test_an_update_leaves_an_up_to_date_catalogue_as_it_is(
    tmp_path: Path, template: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {code: update.catalogue(code).read_text(encoding="utf-8") for code in update.LANGUAGES}
    for code in update.LANGUAGES:
        copy = tmp_path / code / "LC_MESSAGES"
        copy.mkdir(parents=True)
        shutil.copy(update.catalogue(code), copy)
    monkeypatch.setattr(update, "catalogue", lambda code: tmp_path / code / "LC_MESSAGES" / "hctui.po")
    for code in update.LANGUAGES:
        update.write(code, update.update(code, template))
        assert update.catalogue(code).read_text(encoding="utf-8") == before[code]


def test_without_a_compiled_catalogue_the_source_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "pt_BR" / "LC_MESSAGES"
    copy.mkdir(parents=True)
    shutil.copy(update.catalogue("pt_BR"), copy)
    monkeypatch.setattr(language, "_LOCALE_FOLDER", tmp_path)
    language.activate("pt_BR")
    assert language._("Include images") == "Incluir imagens"
    monkeypatch.setattr(language, "_LOCALE_FOLDER", tmp_path / "nothing")
    language.activate("pt_BR")
    assert language._("Include images") == "Include images"
    language.activate("en")


def test_extraction_finds_every_way_of_marking(tmp_path: Path) -> None:
    source = io.StringIO()
    source.write("N_('a {x}'); _('b'); ngettext('c', 'cs', 2); plural('d', 'ds', 2); message(N_('e'), y=1); _(name)\n")
    (tmp_path / "module.py").write_text(source.getvalue())
    found = {entry.id for entry in update.sentences(update.extract(tmp_path))}
    assert found == {"a {x}", "b", ("c", "cs"), ("d", "ds"), "e"}
