"""The command `hctui`: from the arguments to an exit code; every error becomes one sentence on standard error."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Sequence
from functools import partial
from itertools import takewhile
from types import FrameType
from typing import NoReturn

import click

from hctui import __version__
from hctui.cli import crash
from hctui.cli.click_i18n import Group, Option, translate_click, usage_error
from hctui.cli.context import Invocation, common_options, pass_invocation
from hctui.cli.exit_codes import EXPLANATION
from hctui.cli.output import discard_output, report, report_failure
from hctui.cli.passwords import remove_from_environment
from hctui.errors import Cancelled, DestinationError, ExitCode, HctuiError, Interrupted, OutOfMemory
from hctui.events import Failed
from hctui.i18n import language
from hctui.messages import N_

_COMMANDS = "hctui.cli.commands"


def _version(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value and not context.resilient_parsing:
        click.echo(f"hctui {__version__}")
        context.exit()


@click.command(
    cls=Group,
    lazy={
        "databases": f"{_COMMANDS}.databases:databases",
        "backup": f"{_COMMANDS}.backup:backup",
        "show": f"{_COMMANDS}.show:show",
        "verify": f"{_COMMANDS}.verify:verify",
        "restore": f"{_COMMANDS}.restore:restore",
        "undo": f"{_COMMANDS}.undo:undo",
        "files": f"{_COMMANDS}.files:files",
        "jobs": f"{_COMMANDS}.jobs:jobs",
        "backups": f"{_COMMANDS}.backups:backups",
        "config": f"{_COMMANDS}.config:config",
        "demo": f"{_COMMANDS}.demo:demo",
        "completion": f"{_COMMANDS}.completion:completion",
    },
    invoke_without_command=True,
    options_metavar=N_("[OPTIONS]"),
    subcommand_metavar=N_("COMMAND [ARGS]..."),
    context_settings={"help_option_names": ["-h", "--help"]},
    help=N_("Back up and restore company databases. On a terminal and without a command, the screens open."),
    epilog=EXPLANATION,
)
@common_options
@click.option("--version", cls=Option, is_flag=True, expose_value=False, is_eager=True, callback=_version,
              help=N_("Show the version and exit."))  # fmt: skip
@click.pass_context
@pass_invocation
def root(invocation: Invocation, context: click.Context) -> int | None:
    """Open the screens if no command is given."""
    if context.invoked_subcommand is not None:
        return None
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        click.echo(context.get_help(), err=True)
        return ExitCode.USAGE
    from hctui import tui

    return tui.run(invocation.new_configuration)


def main() -> NoReturn:
    """Run `hctui` with the arguments of this process and exit; the standard streams must be prepared."""
    sys.excepthook = partial(crash.excepthook, as_json=_wants_json(sys.argv[1:]))
    signal.signal(signal.SIGTERM, _terminate)
    code = run(sys.argv[1:])
    try:
        sys.stdout.flush()
    except OSError as error:
        discard_output(sys.stdout)
        if not isinstance(error, BrokenPipeError):
            report(_disk_error(error).message)
            code = code or ExitCode.FAILED
    gc.freeze()  # else Python collects garbage in all loaded modules before it ends: 20 ms
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """Run `hctui` with `arguments` and return its exit code."""
    remove_from_environment()
    _choose_language(arguments)
    try:
        return _invoke(list(arguments))
    except BrokenPipeError:
        discard_output(sys.stdout)
        return ExitCode.FAILED
    except (HctuiError, KeyboardInterrupt, _Terminated, OSError, MemoryError) as error:
        return report_failure(Failed.of(_as_error(error)), as_json=_wants_json(arguments))


def _as_error(error: BaseException) -> HctuiError:
    """Return the error of hctui for an exception that ends the command."""
    match error:
        case HctuiError():
            return error
        case OSError():
            return _disk_error(error)
        case MemoryError():
            return OutOfMemory()
        case _Terminated():
            return Cancelled()
    return Interrupted()


def _wants_json(arguments: Sequence[str]) -> bool:
    """Return whether `--json` is an option; errors in the arguments are reported before they are parsed."""
    return "--json" in takewhile(lambda argument: argument != "--", arguments)


def _invoke(arguments: list[str]) -> int:
    translate_click()
    try:
        code = root.main(arguments, prog_name="hctui", standalone_mode=False, obj=Invocation())
    except click.Abort as error:
        raise KeyboardInterrupt from error
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return ExitCode.USAGE
    except click.ClickException as error:
        raise usage_error(error) from error
    return code if isinstance(code, int) else ExitCode.DONE


def _choose_language(arguments: Sequence[str]) -> None:
    """Choose the language before the arguments are parsed, so that errors in them are reported in it too."""
    wanted = _option_value("--lang", arguments) or os.environ.get(language.LANGUAGE_VARIABLE)
    language.activate(wanted, None if wanted else _configured_language(_option_value("--config", arguments)))


def _option_value(option: str, arguments: Sequence[str]) -> str | None:
    for position, argument in enumerate(arguments):
        if argument == option and position + 1 < len(arguments):
            return arguments[position + 1]
        if argument.startswith(f"{option}="):
            return argument.removeprefix(f"{option}=")
    return None


def _configured_language(named: str | None) -> str | None:
    """Return the language of the configuration; None also where it can't be read, which the command reports later."""
    from pathlib import Path

    from hctui.config import Configuration

    try:
        return Configuration.load(Path(named) if named else None).language
    except HctuiError:
        return None


def _disk_error(error: OSError) -> DestinationError:
    return DestinationError(path=str(error.filename or "hctui"), reason=error.strerror or str(error))


class _Terminated(SystemExit):
    """SIGTERM came before a job was started; afterwards SIGTERM cancels the job."""


def _terminate(number: int, frame: FrameType | None) -> NoReturn:
    raise _Terminated(ExitCode.CANCELLED)
