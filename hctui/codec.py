"""Conversion of structs to JSON and back. A wrong type or an unknown `kind` is an error; nothing is guessed.

Events and plans have their tag under `kind`. Version 0.1 wrote names of classes there; its journals and jobs are still read.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote, unquote_to_bytes

import msgspec

from hctui.events import COMMON_EVENTS, Event
from hctui.operation_kinds import OPERATIONS, tag_of
from hctui.plans import Plan

T = TypeVar("T")
_ENCODED_PATH = "\0"
"""Prefix of a path that is not UTF-8 and is written percent-encoded; no real path contains it."""
_COMMON_EVENTS: Mapping[str, type[Event]] = {tag_of(kind): kind for kind in COMMON_EVENTS}
_KINDS_OF_0_1: Mapping[str, Mapping[str, str]] = {
    "Started": {"kind": "started"},
    "StepStarted": {"kind": "step-started"},
    "TableStarted": {"kind": "table-started"},
    "Progress": {"kind": "progress"},
    "TableDone": {"kind": "table-done"},
    "Warned": {"kind": "warning"},
    "Advised": {"kind": "advice"},
    "BackupDone": {"kind": "backup-done", "operation": "backup"},
    "RestoreDone": {"kind": "restore-done"},
    "VerifyDone": {"kind": "verify-done", "operation": "verify"},
    "FilesDone": {"kind": "files-done"},
    "Failed": {"kind": "failed", "error": ""},
    "BackupPlan": {"kind": "backup"},
    "RestorePlan": {"kind": "restore"},
    "VerifyPlan": {"kind": "verify"},
    "UndoPlan": {"kind": "undo"},
    "FilesBackupPlan": {"kind": "files-backup"},
    "FilesRestorePlan": {"kind": "files-restore"},
}
"""The kinds that version 0.1 wrote, each with the values that replace or complete its line."""


class _Tagged(msgspec.Struct):
    kind: str


def encode(value: object) -> bytes:
    """Return `value`, a struct of `model`, `plans` or `events`, as one line of JSON."""
    return msgspec.json.encode(value, enc_hook=_encode_other)


def decode(data: bytes | str, kind: type[T]) -> T:
    """Return the `kind` that `data` describes. Raises `msgspec.ValidationError` or `msgspec.DecodeError`."""
    return msgspec.json.decode(data, type=kind, dec_hook=_decode_other)


def encode_tagged(value: Event | Plan) -> bytes:
    """Return an event or a plan as one line of JSON.

    Bytes of file names that are not UTF-8 become question marks in texts; paths are exact.
    """
    try:
        return encode(value)
    except UnicodeEncodeError:
        return msgspec.json.encode(_as_text(msgspec.to_builtins(value, enc_hook=_encode_other)))


def decode_event(line: bytes | str) -> Event:
    """Return the event that `encode_tagged` wrote. Raises `msgspec.ValidationError` or `msgspec.DecodeError`."""
    kind, line = _kind_of(line)
    if kind in _COMMON_EVENTS:
        return decode(line, _COMMON_EVENTS[kind])
    return _decode_one(line, kind, {tag_of(each.result): each.result for each in OPERATIONS.values()})


def decode_plan(line: bytes | str) -> Plan:
    """Return the plan that `encode_tagged` wrote. Raises `msgspec.ValidationError` or `msgspec.DecodeError`."""
    kind, line = _kind_of(line)
    return _decode_one(line, kind, {name: each.plan for name, each in OPERATIONS.items()})


def _kind_of(line: bytes | str) -> tuple[str, bytes | str]:
    """Return the kind of a line, and the line as this version writes it."""
    kind = msgspec.json.decode(line, type=_Tagged).kind
    former = _KINDS_OF_0_1.get(kind)
    if former is None:
        return kind, line
    return former["kind"], msgspec.json.encode({**msgspec.json.decode(line), **former})


def _decode_one(line: bytes | str, kind: str, types: Mapping[str, type[T]]) -> T:
    if kind not in types:
        raise msgspec.ValidationError("the line has no known kind")
    return decode(line, types[kind])


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
