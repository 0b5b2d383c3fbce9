"""Conversion of structs to JSON and back. A wrong type or an unknown `kind` is an error; nothing is guessed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TypeVar, get_args
from urllib.parse import quote, unquote_to_bytes

import msgspec

from hctui import events
from hctui.plans import Plan

T = TypeVar("T")
_ENCODED_PATH = "\0"
"""Prefix of a path that is not UTF-8 and is written percent-encoded; no real path contains it."""
_KINDS: dict[str, type] = {kind.__name__: kind for kind in (*get_args(events.Event), *get_args(Plan))}


class _Tagged(msgspec.Struct):
    kind: str


def encode(value: object) -> bytes:
    """Return `value`, a struct of `model`, `plans` or `events`, as one line of JSON."""
    return msgspec.json.encode(value, enc_hook=_encode_other)


def decode(data: bytes | str, kind: type[T]) -> T:
    """Return the `kind` that `data` describes. Raises `msgspec.ValidationError` or `msgspec.DecodeError`."""
    return msgspec.json.decode(data, type=kind, dec_hook=_decode_other)


def encode_tagged(value: events.Event | Plan) -> bytes:
    """Return an event or a plan as one line of JSON, with the name of its class under `kind`.

    Bytes of file names that are not UTF-8 become question marks in texts; paths are exact.
    """
    try:
        encoded = msgspec.json.encode(value, enc_hook=_encode_other)
    except UnicodeEncodeError:
        encoded = msgspec.json.encode(_as_text(msgspec.to_builtins(value, enc_hook=_encode_other)))
    return b'{"kind":"%b",%b' % (type(value).__name__.encode(), encoded[1:])


def decode_tagged(line: bytes | str) -> events.Event | Plan:
    """Return what `encode_tagged` wrote. Raises `msgspec.ValidationError` or `msgspec.DecodeError`."""
    kind = _KINDS.get(msgspec.json.decode(line, type=_Tagged).kind)
    if kind is None:
        raise msgspec.ValidationError("the line has no known kind")
    decoded: events.Event | Plan = decode(line, kind)
    return decoded


def _encode_other(value: object) -> object:
    if isinstance(value, Path):
        try:
            os.fspath(value).encode()
        except UnicodeEncodeError:
            return _ENCODED_PATH + quote(os.fsencode(value))
        return str(value)
    raise NotImplementedError(type(value).__name__)


def _decode_other(kind: type, value: object) -> object:
    if kind is Path and isinstance(value, str):
        return Path(os.fsdecode(unquote_to_bytes(value[1:])) if value.startswith(_ENCODED_PATH) else value)
    raise ValueError(f"a {kind.__name__} is written as text")


def _as_text(value: object) -> object:
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    if isinstance(value, dict):
        return {_as_text(key): _as_text(item) for key, item in value.items()}
    return [_as_text(item) for item in value] if isinstance(value, list | tuple) else value
