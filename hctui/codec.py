"""Dataclasses to JSON and back, strictly: a wrong type or an unknown name is an error, never a guess."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar, get_args

import msgspec

from hctui import events, model

T = TypeVar("T")
_KINDS: dict[str, type] = {kind.__name__: kind for kind in (*get_args(events.Event), *get_args(model.Plan))}


def encode(value: object) -> bytes:
    """Return `value`, a dataclass of `model` or `events`, as one line of JSON."""
    return msgspec.json.encode(value, enc_hook=_encode_other)


def decode(data: bytes | str, kind: type[T]) -> T:
    """Return the `kind` written in `data`. Raises `msgspec.ValidationError` or `msgspec.DecodeError`."""
    return msgspec.json.decode(data, type=kind, dec_hook=_decode_other)


def encode_tagged(value: events.Event | model.Plan) -> bytes:
    """Return an event or a plan as a JSON line that names its class under `kind`."""
    fields = msgspec.to_builtins(value, enc_hook=_encode_other)
    return msgspec.json.encode({"kind": type(value).__name__, **fields})


def decode_tagged(line: bytes | str) -> events.Event | model.Plan:
    """Return what `encode_tagged` wrote. Raises `msgspec.ValidationError` or `msgspec.DecodeError`."""
    fields = msgspec.json.decode(line, type=dict[str, Any])
    kind = _KINDS.get(fields.pop("kind", ""))
    if kind is None:
        raise msgspec.ValidationError("the line names no event")
    decoded: events.Event | model.Plan = msgspec.convert(fields, kind, dec_hook=_decode_other)
    return decoded


def _encode_other(value: object) -> object:
    if isinstance(value, Path):
        return str(value)
    raise NotImplementedError(type(value).__name__)


def _decode_other(kind: type, value: object) -> object:
    if kind is Path:
        return Path(str(value))
    raise NotImplementedError(kind.__name__)
