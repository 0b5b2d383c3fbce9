"""The password of a backup that is there: asked for only where it is needed, and checked before anything is touched."""

from __future__ import annotations

from pathlib import Path

from hctui.cli.output import complain
from hctui.cli.passwords import ATTEMPTS, at_terminal, given_password, typed_password
from hctui.errors import PasswordNeeded, WrongPassword
from hctui.i18n.labels import label_of
from hctui.messages import message


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
