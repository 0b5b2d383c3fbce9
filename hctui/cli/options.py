"""Command-line options: those that several commands share, and those that plans declare with label, explanation and flag."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from enum import Enum, StrEnum
from pathlib import Path
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem
from msgspec.structs import replace

from hctui.cli.click_i18n import Option
from hctui.i18n.language import _, ngettext
from hctui.messages import N_
from hctui.plans import DeclaredOption, Plan, options_of

AnyPlan = TypeVar("AnyPlan", bound=Plan)
Decorated = TypeVar("Decorated", bound=Callable[..., object])


class Folder(click.Path):
    """A folder that backups or files go to. Raises `UnknownDestination` for an address, before `Path` alters it."""

    def __init__(self) -> None:
        super().__init__(path_type=Path, readable=False)  # one that may only be written to is a destination too

    def convert(
        self, value: str | os.PathLike[str], param: click.Parameter | None, ctx: click.Context | None
    ) -> str | bytes | os.PathLike[str]:
        """Return the folder as a `Path`."""
        from hctui.disk.paths import refuse_address

        if not os.fspath(value):
            self.fail(_("it names nothing."), param, ctx)
        refuse_address(os.fspath(value))
        return super().convert(value, param, ctx)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Let the shell offer folders."""
        return [CompletionItem(incomplete, type="dir")]


BACKUP_FILE = click.Path(path_type=Path, readable=False)
"""The file of a backup; one that can't be read is our own error, with its exit code."""


class NoValue(Enum):
    """The choice that stands for None in a plan: `--encrypt none`."""

    NONE = "none"


class Choice(click.Choice[StrEnum | NoValue]):
    """The value of one member of an enum, in any case; also `none` where the field can be None."""

    def __init__(self, choices: type[StrEnum], *, optional: bool) -> None:
        super().__init__([*choices])
        self._words: Mapping[str, StrEnum | NoValue] = {str(choice): choice for choice in choices}
        if optional:
            self._words = {**self._words, NoValue.NONE.value: NoValue.NONE}

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> StrEnum | NoValue:
        """Return the member of the enum, or `NoValue.NONE`."""
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

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Return the words that can be given, not the names of the enum's members."""
        return [CompletionItem(word) for word in self._words if word.startswith(incomplete.casefold())]

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        """Return the values, separated as in a usage line."""
        return "|".join(self._words)


def _split_names(context: click.Context, parameter: click.Parameter, value: str | None) -> tuple[str, ...] | None:
    """Return the names between the commas, without blanks around them."""
    if value is None:
        return None
    names = tuple(name.strip() for name in value.split(",") if name.strip())
    if not names:
        raise click.BadParameter(_("it names nothing."), context, parameter)
    return names


def plan_options(plan: type[Plan], *only: str) -> Callable[[Decorated], Decorated]:
    """Return a decorator that adds an option for each field of `plan` with a flag (and in `only`); its default is None."""

    def decorate(command: Decorated) -> Decorated:
        for option in reversed(options_of(plan)):
            if not only or option.name in only:
                command = click.option(
                    option.text.flag,
                    option.name,
                    cls=_PlanOption,
                    default=None,
                    label=option.text.label,
                    help=option.text.explanation,
                    **_settings(option),
                )(command)
        return command

    return decorate


def with_options(plan: AnyPlan, given: Mapping[str, object]) -> AnyPlan:
    """Return `plan` with the options that were given; those that were not given are None in `given` and stay as they are."""
    changes = {name: None if value is NoValue.NONE else value for name, value in given.items() if value is not None}
    return replace(plan, **changes)


class _PlanOption(Option):
    """An option of a plan: its help is the label and the explanation."""

    def __init__(self, *arguments: Any, label: str, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._label = label

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return the flag, with the label and the explanation."""
        record = super().get_help_record(ctx)
        return (record[0], f"{_(self._label)}. {record[1]}") if record else None


def _settings(option: DeclaredOption) -> dict[str, Any]:
    """Return what `click.option` needs for the type of the field."""
    kind = option.kinds[0]
    if kind is bool:
        return {"is_flag": True}
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return {"type": Choice(kind, optional=option.optional)}
    return {"metavar": "ALIAS"} if kind is str else {"callback": _split_names, "metavar": "T1,T2"}


json_option = click.option(
    "--json",
    "as_json",
    cls=Option,
    is_flag=True,
    help=N_("Write lines of JSON and nothing else to standard output."),
)
list_option = click.option("--json", "as_json", cls=Option, is_flag=True, help=N_("One JSON object a line."))
password_option = click.option(
    "--password-file",
    cls=Option,
    metavar="FILE",
    help=N_(
        "Take the password from a file of one line, or from standard input (-); otherwise HCTUI_PASSWORD, or you are asked."
    ),
)
to_option = click.option(
    "--to",
    cls=Option,
    metavar="DIR",
    type=Folder(),
    help=N_("Folder for the backup; otherwise the configured one."),
)
name_option = click.option(
    "--name", cls=Option, metavar="NAME", help=N_("File name of the backup; otherwise made of the databases, date and time.")
)


def several_databases(command: Decorated) -> Decorated:
    """Add `--database` and `--all` to a command."""
    for option in (
        click.option("--all", "every", cls=Option, is_flag=True, help=N_("All databases.")),
        click.option("--database", "databases", cls=Option, metavar="ALIAS", multiple=True,
                     help=N_("A database; may be given again.")),
    ):  # fmt: skip
        command = option(command)
    return command
