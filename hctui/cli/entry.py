"""From the shell to a command and back to an exit code; what goes wrong on the way becomes one sentence."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

import click

from hctui import __version__
from hctui.cli import crash
from hctui.cli.click_i18n import Group, Option, speak_clicks_sentences, usage_sentence
from hctui.cli.context import Invocation, everywhere, pass_invocation
from hctui.cli.exit_codes import DONE, EXPLANATION, FAILED, INTERRUPTED, TERMINATED, USAGE
from hctui.cli.output import complain, silence
from hctui.cli.passwords import take_from_environment
from hctui.errors import DestinationError, HctuiError, OutOfMemory
from hctui.i18n import language
from hctui.messages import N_, Message, message

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
        "demo": f"{_COMMANDS}.demo:demo",
    },
    invoke_without_command=True,
    options_metavar=N_("[OPTIONS]"),
    subcommand_metavar=N_("COMMAND [ARGS]..."),
    context_settings={"help_option_names": ["-h", "--help"]},
    help=N_("Back up and restore company databases. On a terminal and without a command, the screens open."),
    epilog=EXPLANATION,
)
@everywhere
@click.option("--version", cls=Option, is_flag=True, expose_value=False, is_eager=True, callback=_version,
              help=N_("Show the version and exit."))  # fmt: skip
@click.pass_context
@pass_invocation
def root(invocation: Invocation, context: click.Context) -> int | None:
    """Open the screens where no command is named."""
    if context.invoked_subcommand is not None:
        return None
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        click.echo(context.get_help(), err=True)
        return USAGE
    from hctui import tui

    return tui.run(invocation.configuration)


def main() -> NoReturn:
    """Run `hctui` with the arguments of the process, whose streams are prepared, and exit."""
    sys.excepthook = crash.hook
    signal.signal(signal.SIGTERM, _terminate)
    code = run(sys.argv[1:])
    try:
        sys.stdout.flush()
    except OSError as error:
        silence(sys.stdout)
        if not isinstance(error, BrokenPipeError):
            complain(_disk_sentence(error))
            code = code or FAILED
    gc.freeze()  # else Python looks through all that is loaded before it ends: 20 ms
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """Run `hctui` with `arguments` and return its exit code."""
    take_from_environment()
    _speak(arguments)
    try:
        return _invoke(list(arguments))
    except HctuiError as error:
        complain(error.message)
        return error.exit_code
    except KeyboardInterrupt:
        complain(message(N_("Interrupted.")))
        return INTERRUPTED
    except BrokenPipeError:
        silence(sys.stdout)
        return FAILED
    except OSError as error:
        complain(_disk_sentence(error))
        return FAILED
    except MemoryError:
        complain(OutOfMemory().message)
        return FAILED


def _invoke(arguments: list[str]) -> int:
    speak_clicks_sentences()
    try:
        code = root.main(arguments, prog_name="hctui", standalone_mode=False)
    except click.Abort as error:
        raise KeyboardInterrupt from error
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return USAGE
    except click.ClickException as error:
        complain(usage_sentence(error))
        return error.exit_code
    return code if isinstance(code, int) else DONE


def _speak(arguments: Sequence[str]) -> None:
    """Choose the language before anything is parsed, so that complaints about the arguments are in it too."""
    wanted = _value_of("--lang", arguments) or os.environ.get(language.LANGUAGE_VARIABLE)
    language.activate(wanted, None if wanted else _configured_language(_value_of("--config", arguments)))


def _value_of(option: str, arguments: Sequence[str]) -> str | None:
    for position, argument in enumerate(arguments):
        if argument == option and position + 1 < len(arguments):
            return arguments[position + 1]
        if argument.startswith(f"{option}="):
            return argument.removeprefix(f"{option}=")
    return None


def _configured_language(named: str | None) -> str | None:
    """Return what the configuration says; one that can't be read is complained of when it is needed."""
    from pathlib import Path

    from hctui.config import Configuration

    try:
        return Configuration.load(Path(named) if named else None).language
    except HctuiError:
        return None


def _disk_sentence(error: OSError) -> Message:
    return DestinationError(path=str(error.filename or "hctui"), reason=error.strerror or str(error)).message


def _terminate(number: int, frame: FrameType | None) -> NoReturn:
    sys.exit(TERMINATED)
