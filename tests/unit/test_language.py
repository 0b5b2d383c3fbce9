"""Numbers, sizes, dates and sentences in each language."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from hctui import errors, model
from hctui.i18n import language
from hctui.i18n.labels import label_of
from hctui.messages import Value, message, plural

NOW = datetime(2026, 11, 22, 19, 30)


@pytest.fixture(autouse=True)
def sao_paulo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Use a time zone three hours behind Greenwich; afterwards use English again."""
    monkeypatch.setenv("TZ", "BRT+3")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()
    language.activate("en")


@pytest.mark.parametrize(
    ("bytes_", "portuguese", "english"),
    [
        (0, "0 byte", "0 bytes"),
        (1, "1 byte", "1 byte"),
        (999, "999 bytes", "999 bytes"),
        (1000, "1 kB", "1 kB"),
        (999_940, "999,9 kB", "999.9 kB"),
        (999_960, "1 MB", "1 MB"),
        (412_600_000, "412,6 MB", "412.6 MB"),
        (38_240_000_000, "38,2 GB", "38.2 GB"),
        (1_234_000 * 10**18, "1,2 YB", "1.2 YB"),
        (-1_500_000, "-1,5 MB", "-1.5 MB"),
    ],
)
def test_sizes(bytes_: int, portuguese: str, english: str) -> None:
    language.activate("pt_BR")
    assert language.size(bytes_) == portuguese
    language.activate("en")
    assert language.size(bytes_) == english


def test_numbers_and_ratios() -> None:
    language.activate("pt_BR")
    assert (language.number(12480), language.number(0.5), language.ratio(1, 3)) == ("12.480", "0,5", "33%")
    language.activate("en")
    assert (language.number(12480), language.number(0.5), language.ratio(1, 0)) == ("12,480", "0.5", "–")


def test_dates_are_local_and_written_with_plain_spaces() -> None:
    moment = datetime(2026, 11, 22, 22, 30, tzinfo=UTC)
    language.activate("pt_BR")
    assert (language.date_time(moment), language.date(date(2026, 1, 2))) == ("22/11/2026 19h30", "02/01/2026")
    assert language.date(datetime(2026, 1, 2, 1, 0, tzinfo=UTC)) == "01/01/2026"
    language.activate("en")
    assert (language.date_time(moment), language.time(moment)) == ("Nov 22, 2026 7:30 PM", "7:30 PM")


@pytest.mark.parametrize("year", [1, 1979, 2108, 9999])
def test_every_date_can_be_shown(year: int) -> None:
    language.activate("pt_BR")
    assert str(year) in language.date_time(datetime(year, 6, 1, tzinfo=UTC))
    language.date_time(datetime.min.replace(tzinfo=UTC))
    language.date_time(datetime.max.replace(tzinfo=UTC))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.42, "0,4 s"),
        (9.9, "9,9 s"),
        (12.4, "12 s"),
        (200, "3 min 20 s"),
        (3900, "1 h 5 min"),
        (90_000, "1 d 1 h"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    language.activate("pt_BR")
    assert language.duration(seconds) == text


@pytest.mark.parametrize(
    ("passed", "portuguese", "english"),
    [
        (timedelta(seconds=20), "agora mesmo", "just now"),
        (timedelta(minutes=5), "há 5 minutos", "5 minutes ago"),
        (timedelta(hours=3), "hoje às 16h30", "today at 4:30 PM"),
        (timedelta(hours=24), "ontem às 19h30", "yesterday at 7:30 PM"),
        (timedelta(days=12), "há 12 dias", "12 days ago"),
        (timedelta(hours=-3), "22/11/2026 22h30", "Nov 22, 2026 10:30 PM"),
    ],
)
def test_ages(passed: timedelta, portuguese: str, english: str) -> None:
    language.activate("pt_BR")
    assert language.age(NOW - passed, NOW) == portuguese
    language.activate("en")
    assert language.age(NOW - passed, NOW) == english


def test_the_end_of_a_values_name_determines_its_format() -> None:
    language.activate("pt_BR")
    values: dict[str, Value] = {"free_bytes": 1500, "made_at": 1_795_386_600, "took_seconds": 61, "rows": 12480, "code": 12480}
    shown = language.render(message("{free_bytes}|{made_at}|{took_seconds}|{rows}|{code}", **values))
    assert shown == "1,5 kB|22/11/2026 19h30|1 min 1 s|12.480|12480"


def test_sentences_among_the_values_are_translated_and_names_are_not() -> None:
    language.activate("pt_BR")
    sentence = errors.NotWritable(path="data", reason="it is not a folder.").message
    assert language.render(sentence).startswith("Não é possível gravar em data: não é uma pasta.")
    inner = message("“{key}” must be true or false.", key="users")
    assert "“users” deve ser true ou false." in language.render(message("{reason}", reason=inner))


@pytest.mark.parametrize("reason", [os.strerror(errno.EACCES), os.strerror(errno.EACCES) + "."])
def test_reasons_of_the_system_are_translated_and_end_as_the_sentence_needs(reason: str) -> None:
    language.activate("pt_BR")
    sentence = errors.NotWritable(path="/x", reason=reason).message
    assert language.render(sentence).startswith("Não é possível gravar em /x: permissão negada. Escolha")
    assert language.render(message("{reason}.", reason=reason)) == "permissão negada."
    assert language.render(message("({reason})", reason="it is not a folder.")) == "(não é uma pasta.)"


def test_a_plural_has_the_form_of_its_count() -> None:
    sentences = {count: plural("{count} byte", "{count} bytes", count) for count in (0, 1, 2000)}
    language.activate("pt_BR")
    assert [language.render(each) for each in sentences.values()] == ["0 byte", "1 byte", "2.000 bytes"]
    language.activate("en")
    assert [language.render(each) for each in sentences.values()] == ["0 bytes", "1 byte", "2,000 bytes"]


def test_characters_that_could_steer_a_terminal_are_escaped() -> None:
    language.activate("en")
    hostile = errors.NotABackup(path="a\x1b[2J\u202egpj\udcff\x9b", reason="é\n")
    assert language.render(hostile.message).startswith(r"a\x1b[2J\u202egpj\udcff\x9b is not a backup: é")


@pytest.mark.parametrize("kind", [model.Role, model.Level, model.Encryption, model.Consistency])
def test_choices_have_labels_in_both_languages(kind: type[model.Role]) -> None:
    for choice in kind:
        language.activate("en")
        english = language.label(choice)
        assert english == label_of(choice)
        language.activate("pt_BR")
        assert language.label(choice) != english or english.startswith("AES")


@pytest.mark.parametrize(
    ("given", "variables", "configured", "expected"),
    [
        (None, {}, None, "en"),
        (None, {"LANG": "C"}, None, "en"),
        (None, {"LANG": "pt_PT.UTF-8"}, None, "pt_BR"),
        (None, {"LANG": "pt_BR", "LC_ALL": "C.UTF-8"}, None, "en"),
        (None, {"LANG": "en_US", "LC_MESSAGES": "pt_BR"}, None, "pt_BR"),
        (None, {"LANG": "pt_BR"}, "en", "en"),
        (None, {"LANG": "de_DE", "HCTUI_LANG": "pt"}, "en", "pt_BR"),
        ("en", {"LANG": "pt_BR", "HCTUI_LANG": "pt"}, "pt_BR", "en"),
        ("PT-br", {}, None, "pt_BR"),
    ],
)
def test_the_language_is_chosen_in_this_order(
    given: str | None, variables: dict[str, str], configured: str | None, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "HCTUI_LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    language.activate(given, configured)
    assert language.active() == expected
