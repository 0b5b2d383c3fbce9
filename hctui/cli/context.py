"""The settings of one run of `hctui`, and the options that every command has."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click
from msgspec import Struct

from hctui.cli.click_i18n import Option
from hctui.i18n.language import LANGUAGES
from hctui.messages import N_

if TYPE_CHECKING:
    from hctui.config import Configuration

Decorated = TypeVar("Decorated", bound=Callable[..., object])


class Invocation(Struct, dict=True):
    """The settings of one run."""

    configuration_path: Path | None = None
    plain: bool = False
    """Write lines only, without bars or drawn tables: for screen readers and logs."""

    @property
    def configuration(self) -> Configuration:
        """The configuration. Raises `ConfigurationMissing` where a file was named that is not there; else as `load`."""
        from hctui.config import require_named

        require_named(self.configuration_path)
        return self.new_configuration

    @cached_property
    def new_configuration(self) -> Configuration:
        """The configuration, read at the first use, for what can make the file. Raises as `Configuration.load`."""
        from hctui.config import Configuration

        return Configuration.load(self.configuration_path)


pass_invocation = click.make_pass_decorator(Invocation, ensure=True)


def common_options(command: Decorated) -> Decorated:
    """Add the options that every command has, so that they can be given before or after its name."""
    for option in (
        click.option("--lang", cls=Option, type=click.Choice(("pt", *LANGUAGES)), expose_value=False, is_eager=True,
                     help=N_("Language: pt (Português) or en; otherwise HCTUI_LANG, the configuration, the locale.")),
        click.option("--plain", cls=Option, is_flag=True, expose_value=False, callback=_plain,
                     help=N_("Plain lines: no bars and no drawn tables, for screen readers and logs.")),
        click.option("--config", cls=Option, metavar="FILE", type=click.Path(path_type=Path), expose_value=False,
                     callback=_configuration, help=N_("Configuration file; otherwise HCTUI_CONFIG or the usual place.")),
    ):  # fmt: skip
        command = option(command)
    return command


def _plain(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value:
        context.ensure_object(Invocation).plain = True


def _configuration(context: click.Context, parameter: click.Parameter, value: Path | None) -> None:
    if value is not None:
        context.ensure_object(Invocation).configuration_path = value
