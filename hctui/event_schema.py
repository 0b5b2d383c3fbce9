"""`python -m hctui.event_schema`: write the JSON Schema of all events to docs/events.schema.json."""

from __future__ import annotations

from functools import reduce
from operator import or_
from pathlib import Path

import msgspec

from hctui.events import COMMON_EVENTS, SCHEMA
from hctui.operation_kinds import OPERATIONS

FILE = Path(__file__).parents[1] / "docs" / "events.schema.json"


def event_schema() -> bytes:
    """Return the JSON Schema of one line of `--json` or of a journal."""
    events = (*COMMON_EVENTS, *dict.fromkeys(each.result for each in OPERATIONS.values()))
    (union,), definitions = msgspec.json.schema_components([reduce(or_, events)], schema_hook=_schema_of_path)
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Events of hctui, schema {SCHEMA}",
        **union,
        "$defs": definitions,
    }
    return msgspec.json.format(msgspec.json.encode(schema), indent=2) + b"\n"


def _schema_of_path(kind: type) -> dict[str, str]:
    if kind is Path:
        return {"type": "string"}
    raise NotImplementedError(kind)


if __name__ == "__main__":
    FILE.write_bytes(event_schema())
