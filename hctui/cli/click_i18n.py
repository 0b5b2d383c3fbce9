"""Click in the person's language: help is translated when it is shown, and a command is imported when it is used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from importlib import import_module

import click
import click.core
import click.exceptions
import click.formatting
import click.parser
import click.types
from click.shell_completion import CompletionItem

from hctui.cli.completion import complete
from hctui.errors import UsageError
from hctui.i18n.language import _, ngettext
from hctui.messages import N_, message, plural

CLICK_SENTENCES = (
    N_("Usage:"),
    N_("Options"),
    N_("Commands"),
    N_("Positional arguments"),
    N_("Show this message and exit."),
    N_("[OPTIONS]"),
    N_("COMMAND [ARGS]..."),
    N_("Missing command."),
    N_("Missing argument"),
    N_("Missing option"),
    N_("Missing parameter"),
    N_("No such option {name!r}."),
    N_("No such command {name!r}."),
    plural("Did you mean {possibility}?", "(Did you mean one of: {possibilities}?)", 1),
    N_("Invalid value: {message}"),
    N_("Invalid value for {param_hint}: {message}"),
    N_("Option {name!r} does not take a value."),
    plural("Option {name!r} requires an argument.", "Option {name!r} requires {nargs} arguments.", 1),
    plural("Got unexpected extra argument ({args})", "Got unexpected extra arguments ({args})", 1),
    plural("{value!r} is not {choice}.", "{value!r} is not one of {choices}.", 1),
    N_("Choose from:\n\t{choices}"),
)
"""Sentences of Click itself, listed here so that they are in the catalogue; a newer Click may change them."""

PARAMETER_NAMES = frozenset(
    (
        N_("ALIAS"),
        N_("CMD"),
        N_("DIR"),
        N_("FILE"),
        N_("FORMAT"),
        N_("GLOB"),
        N_("ID"),
        N_("KEY"),
        N_("LOCATION"),
        N_("NAME"),
        N_("PATH"),
        N_("PATTERN=ROLE"),
        N_("T1,T2"),
        N_("VALUE"),
    )
)
"""Placeholders of values in a usage line."""


class _Translated:
    """An attribute that is set in English and read in the person's language."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = f"_english_{name}"

    def __get__(self, instance: object, owner: type) -> str | None:
        text = getattr(instance, self._name, None)
        return _(text) if text else text

    def __set__(self, instance: object, text: str | None) -> None:
        setattr(instance, self._name, text)


class Option(click.Option):
    """An option whose help is translated."""

    help = _Translated()

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return what the shell offers for the value."""
        found = complete(self.metavar, ctx, incomplete)
        return super().shell_complete(ctx, incomplete) if found is None else found

    def make_metavar(self, ctx: click.Context) -> str:
        """Return the placeholder of the value, translated where it is a word."""
        return _(self.metavar) if self.metavar in PARAMETER_NAMES else super().make_metavar(ctx)


class Argument(click.Argument):
    """An argument whose name is translated, also in messages about it."""

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return what the shell offers for the argument."""
        found = complete(self.metavar, ctx, incomplete)
        return super().shell_complete(ctx, incomplete) if found is None else found

    def make_metavar(self, ctx: click.Context) -> str:
        """Return the translated name, with dots where the argument can be given several times."""
        name = self.get_error_hint(ctx)
        return (f"[{name}]" if not self.required else name) + ("..." if self.nargs != 1 else "")

    def get_error_hint(self, ctx: click.Context | None) -> str:
        """Return the translated name."""
        return _(self.metavar) if self.metavar in PARAMETER_NAMES else self.human_readable_name


class Command(click.Command):
    """A command whose help is translated."""

    help = _Translated()
    epilog = _Translated()
    options_metavar = _Translated()

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Return `--help`, which Click makes only once, with its help in the current language."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = _("Show this message and exit.")
        return option

    def get_short_help_str(self, limit: int = 0) -> str:
        """Return the first sentence of the help without cutting it: the list of commands wraps it."""
        first, period, _rest = (self.help or "").partition(". ")
        return first if period else first.removesuffix(".")


class LazyCommands(MutableMapping[str, click.Command]):
    """Commands by name, each imported when it is looked up; `places` has `package.module:attribute` of each."""

    def __init__(self, places: Mapping[str, str]) -> None:
        self._places = dict(places)
        self._commands: dict[str, click.Command] = {}

    def __getitem__(self, name: str) -> click.Command:
        if name not in self._commands:
            module, _colon, attribute = self._places[name].partition(":")
            self._commands[name] = getattr(import_module(module), attribute)
        return self._commands[name]

    def __setitem__(self, name: str, command: click.Command) -> None:
        self._places.setdefault(name, "")
        self._commands[name] = command

    def __delitem__(self, name: str) -> None:
        del self._places[name]
        self._commands.pop(name, None)

    def __contains__(self, name: object) -> bool:
        return name in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


class Group(Command, click.Group):
    """A group that imports a command when it is used; `lazy` gives the place of each, as for `LazyCommands`."""

    subcommand_metavar = _Translated()  # type: ignore[assignment]

    def __init__(self, *arguments: object, lazy: Mapping[str, str], **options: object) -> None:
        super().__init__(*arguments, **options)  # type: ignore[arg-type]
        self.commands = LazyCommands(lazy)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of their declaration."""
        return list(self.commands)


def translate_click() -> None:
    """Make Click use hctui's catalogue for its own sentences: the catalogue that it looks for does not exist."""
    for module in (click.core, click.decorators, click.exceptions, click.formatting, click.parser, click.types):
        for name, function in (("_", _), ("ngettext", ngettext)):
            if hasattr(module, name):
                setattr(module, name, function)


def usage_error(error: click.ClickException) -> UsageError:
    """Return an error whose sentence describes what is wrong with the arguments and names the help to read."""
    text = error.format_message().replace("\n\t", " ").rstrip(".")
    context = error.ctx if isinstance(error, click.UsageError) else None
    if not text.endswith(("?", "?)")):
        text += "."
    if context is None:
        return UsageError(reason=text)
    command = f"{context.command_path} --help"
    return UsageError(reason=message(N_("{problem} See “{command}”."), problem=text, command=command))
