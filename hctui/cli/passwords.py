"""Passwords from a file, the environment or the person; they are kept in memory and nowhere else."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from hctui.child_process import PASSWORD_VARIABLE
from hctui.cli.output import report
from hctui.disk.errors import reading
from hctui.errors import InvalidPassword, PasswordNeeded, WrongPassword
from hctui.i18n.labels import label_of
from hctui.i18n.language import _
from hctui.messages import N_, message
from hctui.model import Encryption
from hctui.password_strength import strength

ATTEMPTS = 3
"""How often a person can type a password."""
_MAXIMUM = 64 * 1024
"""Bytes that are read from a password file."""
_environment: list[str] = []


def remove_from_environment() -> None:
    """Store HCTUI_PASSWORD and remove it from the environment, so that child processes do not inherit it."""
    _environment.clear()
    if PASSWORD_VARIABLE in os.environ:
        _environment.append(os.environ.pop(PASSWORD_VARIABLE))


def given_password(file: str | None) -> str | None:
    """Return the password of `--password-file`, else of HCTUI_PASSWORD, else None. Raises `InvalidPassword`, `ReadFailed`."""
    if file is not None:
        return read_password_file(file)
    return _checked(_environment[0]) if _environment else None


def read_password_file(file: str) -> str:
    """Return the password in a file; `-` means standard input. Raises `InvalidPassword`, `ReadFailed`."""
    return _checked(_from_file(file))


def new_password(encryption: Encryption, file: str | None, known: Iterable[str] = ()) -> str:
    """Return the password for a new backup; a person types it twice and sees its strength.

    `known` are words that an attacker would try first. Raises `InvalidPassword`, `ReadFailed`.
    """
    if encryption is Encryption.ZIPCRYPTO:
        report(message(N_("Standard (ZipCrypto) can be broken: it is meant for programs that read nothing else.")))
    given = given_password(file)
    if given is not None:
        return given
    _require_terminal()
    for _attempt in range(ATTEMPTS):
        password = _ask(_("Password of the backup: "))
        if not password:
            report(InvalidPassword(reason=N_("it is empty.")).message)
            continue
        report(message(N_("The password is {strength}."), strength=strength(password, known).text))
        if password == _ask(_("The same password again: ")):
            return password
        report(InvalidPassword(reason=N_("the two are not the same.")).message)
    raise InvalidPassword(reason=N_("it was not typed twice alike."))


def backup_password(file: Path, password_file: str | None, *, unpacked: bool = False) -> str | None:
    """Return the password of an existing backup, checked; a person at the terminal is asked for it only where it is needed.

    Raises `PasswordNeeded`, `WrongPassword`, and the errors of reading the backup.
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
        typed = ask_password()
        try:
            missing_password(file, typed)
        except WrongPassword as error:
            if attempt == ATTEMPTS:
                raise
            report(error.message)
        else:
            break
    return typed


def ask_password(prompt: str = "") -> str:
    """Ask the person for a password, by default that of a backup; it can be empty. Raises `InvalidPassword`."""
    _require_terminal()
    return _ask(prompt or _("Password of the backup: "))


def at_terminal() -> bool:
    """Return whether a person is at the terminal and can be asked."""
    return sys.stdin is not None and sys.stdin.isatty()


def _require_terminal() -> None:
    if not at_terminal():
        raise InvalidPassword(reason=N_("none was given. Use --password-file or the variable HCTUI_PASSWORD."))


def _ask(prompt: str) -> str:
    from getpass import getpass

    try:
        return getpass(prompt)
    except UnicodeDecodeError as error:
        raise InvalidPassword(reason=N_("the terminal sends it in another encoding than it says.")) from error
    except EOFError:
        raise KeyboardInterrupt from None


def _from_file(file: str) -> str:
    with reading(file):
        raw = sys.stdin.buffer.read(_MAXIMUM) if file == "-" else _read(Path(file))
    try:
        text = raw.decode("utf-8-sig").removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError as error:
        raise InvalidPassword(reason=message(N_("{path} is not written in UTF-8."), path=file)) from error
    if "\n" in text:
        raise InvalidPassword(reason=message(N_("{path} holds more than one line."), path=file))
    return text


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_MAXIMUM)


def _checked(password: str) -> str:
    if not password:
        raise InvalidPassword(reason=N_("it is empty."))
    return password
