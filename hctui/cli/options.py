"""Command-line options made from a plan: declared once there, with label, explanation and flag."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from enum import Enum, StrEnum
from types import NoneType
from typing import Any, TypeVar, get_args, get_type_hints

import click

from hctui.cli.framework import Option
from hctui.language import _, ngettext
from hctui.model import Plan

Decorated = TypeVar("Decorated", bound=Callable[..., object])


class Nothing(Enum):
    """What a person says to go without: `--encrypt none`."""

    NONE = "none"


class Choice(click.Choice[StrEnum]):
    """One of an enum, by value; where the field may be None, `none` too."""

    def __init__(self, choices: type[StrEnum], *, optional: bool) -> None:
        super().__init__([*choices])
        self._words: Mapping[str, StrEnum | Nothing] = {str(choice): choice for choice in choices}
        if optional:
            self._words = {**self._words, Nothing.NONE.value: Nothing.NONE}

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the member of the enum, or `Nothing.NONE`."""
        word = str(value).casefold()
        if word not in self._words:
            self.fail(
                ngettext("{value!r} is not {choice}.", "{value!r} is not one of {choices}.", len(self._words)).format(
                    value=value, choice="", choices=", ".join(self._words)
                ),
                param,
                ctx,
            )
        return self._words[word]

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        """Return the words, separated as usage lines have them."""
        return "|".join(self._words)


def _split_names(context: click.Context, parameter: click.Parameter, value: str | None) -> tuple[str, ...] | None:
    """Return the names between the commas, without what surrounds them."""
    if value is None:
        return None
    names = tuple(name.strip() for name in value.split(",") if name.strip())
    if not names:
        raise click.BadParameter(_("it names nothing."), context, parameter)
    return names


def plan_options(plan: type[Plan], *only: str) -> Callable[[Decorated], Decorated]:
    """Give a command an option for every field of `plan` that has a flag (and is in `only`); not given, it comes as None."""

    def decorate(command: Decorated) -> Decorated:
        hints = get_type_hints(plan)
        for field in reversed(fields(plan)):
            if field.metadata.get("flag") and (not only or field.name in only):
                command = click.option(
                    field.metadata["flag"],
                    field.name,
                    cls=_PlanOption,
                    default=None,
                    label=field.metadata["label"],
                    help=field.metadata["explanation"],
                    **_kind(hints[field.name]),
                )(command)
        return command

    return decorate


def filled(plan: type[Plan], given: Mapping[str, object], defaults: Plan | None = None) -> dict[str, Any]:
    """Return the options of `plan`: those given, the others from `defaults`, else as the plan declares them."""
    values: dict[str, Any] = {}
    for field in fields(plan):
        if not field.metadata.get("flag"):
            continue
        value = given.get(field.name)
        if value is None:
            value = getattr(defaults, field.name) if defaults is not None else field.default
            assert value is not MISSING
        values[field.name] = None if value is Nothing.NONE else value
    return values


class _PlanOption(Option):
    """An option told by its label and its explanation."""

    def __init__(self, *arguments: Any, label: str, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._label = label

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return the flag with label and explanation."""
        record = super().get_help_record(ctx)
        return (record[0], f"{_(self._label)}. {record[1]}") if record else None


def _kind(hint: Any) -> dict[str, Any]:
    kinds = [kind for kind in get_args(hint) or (hint,) if kind is not NoneType]
    optional = len(get_args(hint)) > len(kinds)
    if kinds[0] is bool:
        return {"is_flag": True}
    if isinstance(kinds[0], type) and issubclass(kinds[0], StrEnum):
        return {"type": Choice(kinds[0], optional=optional)}
    return {"metavar": "ALIAS"} if kinds[0] is str else {"callback": _split_names, "metavar": "T1,T2"}
