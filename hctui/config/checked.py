"""Conversion of a table of the configuration file into a struct; a problem names its key and the values it may have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeVar, get_args

import msgspec
from msgspec import Struct
from msgspec.structs import fields

from hctui.messages import N_, Message, Value

if TYPE_CHECKING:
    from msgspec import inspect

S = TypeVar("S", bound=Struct)
NO_VALUE = "none"
"""Means None in the file: TOML has no such value."""


class Problem(Struct, frozen=True):
    """A key of the file that has a wrong value, is not known, or is missing."""

    key: str
    """The name of the key from the root of the file, with dots."""
    reason: Message


def problem(key: str, text: str, **values: Value) -> Problem:
    """Return the problem of `key` with its sentence."""
    return Problem(key, Message(text, {"key": key, **values}))


def convert(values: object, kind: type[S], key: str, problems: list[Problem]) -> S | None:
    """Return the struct that the table under `key` holds; where it does not fit, add its problems and return None."""
    try:
        return msgspec.convert(values, kind)
    except msgspec.ValidationError:
        problems += _problems(values, kind, key)
        return None


def _problems(value: object, kind: object, key: str) -> Iterator[Problem]:
    """Yield the problems of a value that is to be of type `kind`, or those of the values in it."""
    from msgspec import inspect

    try:
        msgspec.convert(value, kind)
        return
    except msgspec.ValidationError:
        info = inspect.type_info(kind)
    prefix = f"{key}." if key else ""
    if not isinstance(info, inspect.StructType | inspect.DictType):
        yield _leaf_problem(value, info, key)
    elif not isinstance(value, dict):
        yield problem(key, N_("“{key}” must be a table, [{key}]."))
    elif isinstance(info, inspect.DictType):
        for name, item in value.items():
            yield from _problems(item, get_args(kind)[1], prefix + name)
    else:
        known = {field.name: field for field in fields(info.cls)}
        for name in value.keys() - known.keys():
            yield problem(prefix + name, N_("“{key}” is not known; allowed here: {allowed}."), allowed=", ".join(known))
        for name, field in known.items():
            if field.required or name in value:
                yield from _problems(value.get(name), field.type, prefix + name)


def _leaf_problem(value: object, kind: inspect.Type, key: str) -> Problem:
    from msgspec import inspect

    match kind:
        case inspect.BoolType():
            return problem(key, N_("“{key}” must be true or false."))
        case inspect.IntType(ge=int(lowest), le=int(highest)):
            text = N_("“{key}” must be a whole number from {lowest} to {highest}.")
            return problem(key, text, lowest=lowest, highest=highest)
        case inspect.StrType():
            return problem(key, N_("“{key}” must be there, a text in quotation marks."))
        case inspect.VarTupleType(item_type=inspect.StrType(pattern=str())) if _are_texts(value):
            return problem(key, N_('“{key}” must hold extensions, each with its dot, as in [".dat"].'))
        case inspect.VarTupleType():
            return problem(key, N_('“{key}” must be a list of texts, as in [".dat", ".idx"].'))
    return problem(key, N_("“{key}” must be one of: {allowed}."), allowed=", ".join(_choices(kind)))


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, str) and item for item in value)


def _choices(kind: inspect.Type) -> Iterator[str]:
    from msgspec import inspect

    match kind:
        case inspect.NoneType():
            yield NO_VALUE
        case inspect.LiteralType():
            yield from map(str, kind.values)
        case inspect.EnumType():
            yield from (str(member.value) for member in kind.cls)
        case inspect.UnionType():
            for each in sorted(kind.types, key=lambda each: not isinstance(each, inspect.NoneType)):
                yield from _choices(each)
