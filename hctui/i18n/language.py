"""The person's language: translations, numbers, sizes, dates. Only the command line and the screens use it.

gettext translates sentences (`hctui/i18n/locale`), Babel formats numbers and dates, humanize sizes and ages. Babel and humanize
are imported at the first use, because that takes longer than all the rest of `hctui --help`. A process has one language.
"""

from __future__ import annotations

import gettext
import io
import os
from datetime import UTC, datetime, timedelta
from datetime import date as Date
from enum import StrEnum
from pathlib import Path

from hctui.i18n.labels import label_of
from hctui.messages import Message, Value

LANGUAGE_VARIABLE = "HCTUI_LANG"
LANGUAGES = ("pt_BR", "en")
PLAIN_NUMBERS = frozenset({"code", "line", "port", "process", "year"})
"""Names of values that are identifiers, not amounts: they are written without separators."""
_LOCALE_FOLDER = Path(__file__).with_name("locale")
_LOCALE_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")

_code = "en"
_translations: gettext.NullTranslations = gettext.NullTranslations()


def activate(code: str | None = None, configured: str | None = None) -> None:
    """Use the language `code` (`--lang`), else HCTUI_LANG, else `configured`, else that of the locale; see `choose`."""
    global _code, _translations
    _code = choose(code, configured)
    _translations = _load(_code)


def choose(code: str | None = None, configured: str | None = None) -> str:
    """Return the language that `activate` uses for these arguments: `pt_BR` for every kind of Portuguese, else `en`."""
    locale = next((os.environ[name] for name in _LOCALE_VARIABLES if os.environ.get(name)), "")
    wanted = code or os.environ.get(LANGUAGE_VARIABLE) or configured or locale
    return "pt_BR" if wanted.lower().startswith("pt") else "en"


def active() -> str:
    """Return the language in use: `pt_BR` or `en`."""
    return _code


def _(text: str) -> str:
    """Return `text` in the person's language."""
    return _translations.gettext(text) if text else ""


def ngettext(one: str, many: str, count: int) -> str:
    """Return the form for `count` in the person's language, with its fields not yet replaced."""
    return _translations.ngettext(one, many, count)


def render(message: Message) -> str:
    """Return a message in the person's language, with its values formatted for that language."""
    text = _form(message) if message.plural else _(message.text)
    written = {name: _value(name, value) for name, value in message.values.items()}
    if "reason" in written:
        written["reason"] = _with_full_stop(written["reason"], text.partition("{reason}")[2])
    return text.format_map(written)


def label(choice: StrEnum) -> str:
    """Return the label of a role, level, encryption, consistency or step."""
    return _(label_of(choice))


def number(value: int | float) -> str:
    """Return a number with separators: `12.480`."""
    from babel.numbers import format_decimal

    return _with_plain_spaces(format_decimal(value, locale=_code))


def size(count: int) -> str:
    """Return a number of bytes in decimal units: `412,6 MB`."""
    if abs(count) < 1000:
        return ngettext("{count} byte", "{count} bytes", count).format(count=count)
    import humanize

    written, _space, unit = humanize.naturalsize(count, format="%.1f").partition(" ")
    return f"{number(float(written))} {unit}"


def ratio(part: float, whole: float) -> str:
    """Return `part` of `whole` as a percentage: `23%`; a dash if `whole` is 0."""
    from babel.numbers import format_percent

    return _with_plain_spaces(format_percent(part / whole, locale=_code)) if whole else "–"


def date_time(moment: datetime) -> str:
    """Return a moment in local time, to the minute: `22/11/2026 19h30`."""
    return f"{date(moment)} {time(moment)}"


def date(moment: Date) -> str:
    """Return the day: `22/11/2026`, `Nov 22, 2026`."""
    from babel.dates import format_date

    day = _local(moment) if isinstance(moment, datetime) else moment
    return _with_plain_spaces(format_date(day, "short" if _code == "pt_BR" else "medium", locale=_code))


def time(moment: datetime) -> str:
    """Return the time of day, local: `19h30`, `7:30 PM`."""
    from babel.dates import format_time

    return _with_plain_spaces(format_time(_local(moment), "HH'h'mm" if _code == "pt_BR" else "short", locale=_code))


def duration(seconds: float) -> str:
    """Return a duration in at most two units: `3 min 20 s`."""
    if 0 < seconds < 9.95:
        return _("{seconds} s").format(seconds=number(round(seconds, 1)))
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return _("{days} d {hours} h").format(days=number(days), hours=hours)
    if hours:
        return _("{hours} h {minutes} min").format(hours=hours, minutes=minutes)
    if minutes:
        return _("{minutes} min {seconds} s").format(minutes=minutes, seconds=rest)
    return _("{seconds} s").format(seconds=rest)


def age(moment: datetime, now: datetime | None = None) -> str:
    """Return how long ago a moment was: `há 5 minutos`, `hoje às 08h15`, `ontem às 19h30`, `há 12 dias`."""
    then, today = _local(moment), _local(now or datetime.now())
    passed = today - then
    if passed < timedelta(0):
        return date_time(moment)
    if passed < timedelta(minutes=1):
        return _("just now")
    days = (today.date() - then.date()).days
    if days == 0 and passed >= timedelta(hours=1):
        return _("today at {time}").format(time=time(moment))
    if days == 1 and passed >= timedelta(hours=1):
        return _("yesterday at {time}").format(time=time(moment))
    return _passed(passed)


def _passed(passed: timedelta) -> str:
    """Return the text of humanize for a past time; its language is set here because each thread has its own."""
    import humanize

    if _code == "en":
        humanize.i18n.deactivate()
    else:
        humanize.i18n.activate(_code)
    return humanize.naturaltime(passed)


def printable(text: str) -> str:
    """Return `text` with control and format characters, which could steer a terminal or hide text, written as escapes."""
    if text.isprintable():
        return text
    return "".join(map(_escaped, text))


def _escaped(character: str) -> str:
    if character.isprintable() or character in "\n\t\xa0":
        return character
    return character.encode("unicode_escape").decode("ascii")


def _form(message: Message) -> str:
    """Return the form for the message's count, whether its two forms are one entry of the catalogue or two."""
    given = message.values.get("count")
    count = given if isinstance(given, int) else 2
    form = ngettext(message.text, message.plural, count)
    if form in (message.text, message.plural):
        return _(message.text if count in ((0, 1) if _code == "pt_BR" else (1,)) else message.plural)
    return form


def _with_full_stop(reason: str, rest: str) -> str:
    """Return a reason with or without a full stop, as the sentence around it needs; reasons of the system have none."""
    if rest.startswith("."):
        return reason.rstrip(".")
    return reason if rest[:1] not in ("", " ") or reason[-1:] in ".:?!…" else f"{reason}."


def _value(name: str, value: Value) -> str:
    if isinstance(value, Message):
        return render(value)
    if isinstance(value, str):
        return printable(_translated(value) if " " in value else value)
    if name.endswith("_bytes"):
        return size(int(value))
    if name.endswith("_at"):
        return date_time(_from_timestamp(value))
    if name.endswith("_seconds"):
        return duration(value)
    return str(value) if name in PLAIN_NUMBERS else number(value)


def _translated(text: str) -> str:
    """Return the translation of `text` if the catalogue has it, with or without a full stop; else `text`."""
    found = _(text)
    if found == text and text.endswith("."):
        return f"{_(text[:-1])}."
    return found


def _from_timestamp(seconds: float) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)


def _local(moment: datetime) -> datetime:
    """Return local time without a zone; moments at the limits of the calendar stay as they are."""
    try:
        return moment.astimezone().replace(tzinfo=None)
    except (OverflowError, ValueError):
        return moment.replace(tzinfo=None)


def _with_plain_spaces(text: str) -> str:
    """Return `text` with plain spaces: fonts of a text console have no narrow ones."""
    return text.replace("\xa0", " ").replace("\u202f", " ")


def _load(code: str) -> gettext.NullTranslations:
    """Return a catalogue; in a checkout whose `.mo` is missing or old, the `.po` compiled in memory. English needs none."""
    if code == "en":
        return gettext.NullTranslations()
    source = _LOCALE_FOLDER / code / "LC_MESSAGES" / "hctui.po"
    compiled = source.with_suffix(".mo")
    if compiled.is_file() and not (source.is_file() and source.stat().st_mtime > compiled.stat().st_mtime):
        with compiled.open("rb") as file:
            return gettext.GNUTranslations(file)
    if not source.is_file():
        return gettext.NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    catalogue = io.BytesIO()
    with source.open("rb") as file:
        write_mo(catalogue, read_po(file, locale=code))
    catalogue.seek(0)
    return gettext.GNUTranslations(catalogue)
