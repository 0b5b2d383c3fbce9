"""Structs come back from JSON exactly as they were, and other input is refused."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hctui import codec, events, model
from hctui.messages import Message
from hctui.operation_kinds import OPERATIONS, tag_of
from hctui.plans import Plan, UndoPlan, VerifyPlan

# Text that JSON can hold: no lone surrogates, which occur in file names and which the codec handles in a `Path`.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
SIZES = st.integers(0, 2**63 - 1)
ZONES = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1), timezones=st.just(UTC) | ZONES)
MESSAGES = st.recursive(
    st.builds(Message, TEXTS, st.dictionaries(TEXTS, TEXTS | SIZES | st.floats(allow_nan=False, allow_infinity=False))),
    lambda inner: st.builds(Message, TEXTS, st.dictionaries(TEXTS, inner, max_size=2), TEXTS),
    max_leaves=3,
)
for kind, values in (
    (str, TEXTS),
    (int, SIZES),
    (float, st.floats(0, 1e12)),
    (datetime, MOMENTS),
    (Message, MESSAGES),
    (Path, TEXTS.filter(lambda text: "\0" not in text).map(Path)),
):
    st.register_type_strategy(kind, values)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | TEXTS | st.integers(-(2**53), 2**53),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)
MANIFESTS = st.builds(
    model.Manifest,
    databases=st.lists(
        st.builds(model.DatabaseManifest, details=st.dictionaries(TEXTS, JSON_VALUES, max_size=2)), max_size=2
    ).map(tuple),
)
EVENTS = (*events.COMMON_EVENTS, *dict.fromkeys(each.result for each in OPERATIONS.values()))
PLANS = [each.plan for each in OPERATIONS.values()]


@pytest.mark.parametrize("kind", [*EVENTS, *PLANS], ids=lambda kind: kind.__name__)
def test_events_and_plans_come_back_as_they_were(kind: type) -> None:
    decode = codec.decode_plan if issubclass(kind, Plan) else codec.decode_event

    @settings(max_examples=25, deadline=None)
    @given(st.from_type(kind))
    def round_trip(value: events.Event | Plan) -> None:
        line = codec.encode_tagged(value)
        assert b"\n" not in line
        assert line.startswith(b'{"kind":"%b",' % tag_of(kind).encode())
        assert decode(line) == value

    round_trip()


def test_every_kind_has_a_tag_of_its_own() -> None:
    tags = [tag_of(kind) for kind in (*EVENTS, *PLANS)]
    assert len(set(tags)) == len(tags)
    assert [tag for tag in tags if not re.fullmatch("[a-z]+(-[a-z]+)*", tag)] == []
    assert [name for name, each in OPERATIONS.items() if name != tag_of(each.plan)] == []


@given(st.binary(min_size=1, max_size=20).filter(lambda name: b"\0" not in name))
def test_paths_come_back_byte_for_byte(name: bytes) -> None:
    plan = VerifyPlan(Path(os.fsdecode(b"/" + name)))
    assert codec.decode_plan(codec.encode_tagged(plan)) == plan


def test_an_event_with_a_name_that_is_not_utf8_is_encoded() -> None:
    event = events.TableStarted("A", "caf\udce9", 1)
    assert codec.decode_event(codec.encode_tagged(event)) == events.TableStarted("A", "caf?", 1)


@settings(max_examples=60, deadline=None)
@given(MANIFESTS)
def test_manifests_come_back_as_they_were(manifest: model.Manifest) -> None:
    assert codec.decode(codec.encode(manifest), model.Manifest) == manifest


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"{}",
        b'{"kind":3}',
        b'{"kind":"newer"}',
        b'{"kind":"Manifest"}',
        b'{"kind":"Done"}',
        b'{"kind":"Progress"}',
        b'{"kind":"progress"}',
        b'{"kind":"progress","done":1}',
        b'{"kind":"progress","done":"1","total":2}',
        b'{"kind":"progress","done":1.5,"total":2}',
        b'{"kind":"step-started","alias":"A","step":"dance"}',
        b'{"kind":"verify","file":3}',
        b'{"kind":"warning","message":{"text":"x","values":{"a":[1]}}}',
        b"\xff\xfe",
    ],
)
def test_invalid_input_is_refused(line: bytes) -> None:
    for decode in (codec.decode_event, codec.decode_plan):
        with pytest.raises(msgspec.MsgspecError):
            decode(line)


def test_what_version_0_1_wrote_is_read() -> None:
    assert codec.decode_plan(b'{"kind":"UndoPlan","database":"A"}') == UndoPlan("A")
    assert codec.decode_event(b'{"kind":"Progress","done":1,"total":2}') == events.Progress(1, 2)
    done = codec.decode_event(
        b'{"kind":"VerifyDone","file":"/x","members":1,"size":2,"seconds":0.5,"created":null,"databases":[]}'
    )
    assert done == events.VerifyDone(Path("/x"), 1, 2, None, (), operation="verify", seconds=0.5)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60) | JSON_VALUES.map(msgspec.json.encode))
def test_invalid_input_raises_only_errors_of_the_codec(line: bytes) -> None:
    for decode in (codec.decode_event, codec.decode_plan, lambda data: codec.decode(data, model.Manifest)):
        try:
            decode(line)
        except msgspec.MsgspecError:
            pass
        else:
            pytest.fail("invalid input was accepted")
