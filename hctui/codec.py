"""Structures to JSON and back, strictly: a wrong type or an unknown name is an error, never a guess."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, TypeVar, get_args
from urllib.parse import quote, unquote_to_bytes

import msgspec

from hctui import events
from hctui.plans import Plan

T = TypeVar("T")
_NO_TEXT = "\0"
"""Begins a path that is no UTF-8 text and is written byte by byte; no real path has it."""
_KINDS: dict[str, type] = {kind.__name__: kind for kind in (*get_args(events.Event), *get_args(Plan))}


def encode(value: object) -> bytes:
    """Return `value`, a `Struct` of `model`, `plans` or `events`, as one line of JSON."""
    return msgspec.json.encode(value, enc_hook=_encode_other)


def decode(data: bytes | str, kind: type[T]) -> T:
    """Return the `kind` written in `data`. Raises `msgspec.ValidationError` or `msgspec.DecodeError`."""
    return msgspec.json.decode(data, type=kind, dec_hook=_decode_other)


def encode_tagged(value: events.Event | Plan) -> bytes:
    """Return an event or a plan as a JSON line that names its class under `kind`.

    In its texts, what is no text (bytes of a file's name that are not UTF-8) is replaced by question marks; paths are exact.
    """
    try:
        encoded = msgspec.json.encode(value, enc_hook=_encode_other)
    except UnicodeEncodeError:
        encoded = msgspec.json.encode(_as_text(msgspec.to_builtins(value, enc_hook=_encode_other)))
    return b'{"kind":"%b",%b' % (type(value).__name__.encode(), encoded[1:])


def decode_tagged(line: bytes | str) -> events.Event | Plan:
    """Return what `encode_tagged` wrote. Raises `msgspec.ValidationError` or `msgspec.DecodeError`."""
    fields = msgspec.json.decode(line, type=dict[str, Any])
    kind = _KINDS.get(fields.pop("kind", ""))
    if kind is None:
        raise msgspec.ValidationError("the line names no event")
    decoded: events.Event | Plan = msgspec.convert(fields, kind, dec_hook=_decode_other)
    return decoded


def _encode_other(value: object) -> object:
    if isinstance(value, Path):
        try:
            os.fspath(value).encode()
        except UnicodeEncodeError:
            return _NO_TEXT + quote(os.fsencode(value))
        return str(value)
    raise NotImplementedError(type(value).__name__)


def _decode_other(kind: type, value: object) -> object:
    if kind is Path and isinstance(value, str):
        return Path(os.fsdecode(unquote_to_bytes(value[1:])) if value.startswith(_NO_TEXT) else value)
    raise ValueError(f"a {kind.__name__} is written as text")


def _as_text(value: object) -> object:
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    if isinstance(value, dict):
        return {_as_text(key): _as_text(item) for key, item in value.items()}
    return [_as_text(item) for item in value] if isinstance(value, list | tuple) else value
