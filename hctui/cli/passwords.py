"""Where a password comes from: a file, the environment, or the person; it is held in memory and nowhere else."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from hctui.cli.output import complain
from hctui.errors import InvalidPassword, PasswordNeeded, ReadFailed, WrongPassword
from hctui.i18n.labels import label_of
from hctui.i18n.language import _
from hctui.messages import N_, message
from hctui.model import Encryption
from hctui.password_strength import strength

VARIABLE = "HCTUI_PASSWORD"
ATTEMPTS = 3
"""How often a person may type."""
_MOST = 64 * 1024
_environment: list[str] = []


def take_from_environment() -> None:
    """Remember HCTUI_PASSWORD and remove it from the environment, so that no child of this process sees it."""
    _environment.clear()
    if VARIABLE in os.environ:
        _environment.append(os.environ.pop(VARIABLE))


def given_password(file: str | None) -> str | None:
    """Return the password of `--password-file`, else of HCTUI_PASSWORD, else None. Raises `InvalidPassword`, `ReadFailed`."""
    if file is not None:
        return password_in(file)
    return _checked(_environment[0]) if _environment else None


def password_in(file: str) -> str:
    """Return the password that a file holds, `-` being standard input. Raises `InvalidPassword`, `ReadFailed`."""
    return _checked(_from_file(file))


def new_password(encryption: Encryption, file: str | None, known: Iterable[str] = ()) -> str:
    """Return the password of a backup to be made; a person types it twice and is told its strength.

    `known` are words that somebody who looks for it would try first. Raises `InvalidPassword`, `ReadFailed`.
    """
    if encryption is Encryption.ZIPCRYPTO:
        complain(message(N_("Standard (ZipCrypto) can be broken: it is meant for programs that read nothing else.")))
    given = given_password(file)
    if given is not None:
        return given
    _require_terminal()
    for _attempt in range(ATTEMPTS):
        password = _typed(_("Password of the backup: "))
        if not password:
            complain(InvalidPassword(reason=N_("it is empty.")).message)
            continue
        complain(message(N_("The password is {strength}."), strength=strength(password, known).text))
        if password == _typed(_("The same password again: ")):
            return password
        complain(InvalidPassword(reason=N_("the two are not the same.")).message)
    raise InvalidPassword(reason=N_("it was not typed twice alike."))


def needed_password(file: Path, password_file: str | None, *, unpacked: bool = False) -> str | None:
    """Return the right password, what was given where the backup needs none.

    Raises `PasswordNeeded`, `WrongPassword`, and what reading the backup raises.
    """
    from hctui.operations import missing_password

    given = given_password(password_file)
    if unpacked:
        return given
    encryption = missing_password(file, given)
    if encryption is None:
        return given
    if not at_terminal():
        raise PasswordNeeded(path=str(file), standard=message(label_of(encryption)))
    for attempt in range(1, ATTEMPTS + 1):
        typed = typed_password()
        try:
            missing_password(file, typed)
        except WrongPassword as error:
            if attempt == ATTEMPTS:
                raise
            complain(error.message)
        else:
            break
    return typed


def typed_password(prompt: str = "") -> str:
    """Ask the person for a password, that of a backup unless told; empty if they leave it out. Raises `InvalidPassword`."""
    _require_terminal()
    return _typed(prompt or _("Password of the backup: "))


def at_terminal() -> bool:
    """Tell whether a person can be asked."""
    return sys.stdin is not None and sys.stdin.isatty()


def _require_terminal() -> None:
    if not at_terminal():
        raise InvalidPassword(reason=N_("none was given. Use --password-file or the variable HCTUI_PASSWORD."))


def _typed(prompt: str) -> str:
    from getpass import getpass

    try:
        return getpass(prompt)
    except UnicodeDecodeError as error:
        raise InvalidPassword(reason=N_("the terminal sends it in another encoding than it says.")) from error
    except EOFError:
        raise KeyboardInterrupt from None


def _from_file(file: str) -> str:
    try:
        raw = sys.stdin.buffer.read(_MOST) if file == "-" else _read(Path(file))
    except OSError as error:
        raise ReadFailed(path=file, reason=error.strerror or str(error)) from error
    try:
        text = raw.decode("utf-8-sig").removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError as error:
        raise InvalidPassword(reason=message(N_("{path} is not written in UTF-8."), path=file)) from error
    if "\n" in text:
        raise InvalidPassword(reason=message(N_("{path} holds more than one line."), path=file))
    return text


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_MOST)


def _checked(password: str) -> str:
    if not password:
        raise InvalidPassword(reason=N_("it is empty."))
    return password
