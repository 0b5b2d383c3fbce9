"""The documentation of events is current: scripts depend on it."""

from __future__ import annotations

import re

from msgspec.structs import fields

from hctui import event_schema
from hctui.events import COMMON_EVENTS, SCHEMA
from hctui.operation_kinds import OPERATIONS, tag_of

EVENTS = (*COMMON_EVENTS, *dict.fromkeys(each.result for each in OPERATIONS.values()))
PAGE = event_schema.FILE.with_name("EVENTS.md").read_text("utf-8")


def test_the_exported_schema_is_current() -> None:
    current = event_schema.FILE.read_bytes() == event_schema.event_schema()
    assert current, "run: python -m hctui.event_schema"


def test_the_page_has_every_kind_with_its_fields() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| (.*?) \|", PAGE, re.MULTILINE)
    listed = {kind: set(re.findall(r"`(\w+)`", names)) for kind, names in rows}
    assert listed == {tag_of(event): {field.name for field in fields(event)} for event in EVENTS}
    assert f"now {SCHEMA}." in PAGE


def test_the_page_has_every_operation() -> None:
    (sentence,) = re.findall(r"^`operation` is (.*?)\.", PAGE, re.MULTILINE)
    assert re.findall(r"`([a-z-]+)`", sentence) == [*OPERATIONS]
