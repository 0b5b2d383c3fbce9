"""The plans of operations, with their options, which pages, command-line flags and the configuration are made from.

`hctui.codec` converts plans to JSON and back; in this form they are passed to the process of a job.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from types import NoneType
from typing import Annotated, get_args, get_origin, get_type_hints

from msgspec import Struct
from msgspec.structs import fields

from hctui.messages import N_
from hctui.model import Encryption, Level


class OptionText(Struct, frozen=True):
    """The texts of an option: its label on a page, its explanation (F1, --help) and its command-line flag."""

    label: str
    explanation: str
    flag: str


class Plan(Struct, frozen=True, tag_field="kind"):
    """The plan of one operation. The tag of its class is the name of the operation, and the `kind` of its line of JSON."""

    @property
    def aliases(self) -> tuple[str, ...]:
        """The databases that it names, which its job locks."""
        return ()

    @property
    def locks_all(self) -> bool:
        """Whether its job locks every registered database, because it does not name those that it changes."""
        return False


class BackupPlan(Plan, frozen=True, tag="backup"):
    """Back up databases into one new file."""

    databases: tuple[str, ...]
    destination: Path
    """The folder of this machine in which the file is made, whole, before it is copied anywhere else."""
    name: str
    """File name; `.bkb` is added if it is missing."""
    encryption: Annotated[
        Encryption | None,
        OptionText(
            N_("Encrypt the backup with a password"),
            N_(
                "Without the password nobody can read the backup, and nobody can recover the password: keep it somewhere safe,"
                " apart from the backup. AES-256 is the strongest. Standard (ZipCrypto) can be broken and is there only for"
                " programs that read nothing else."
            ),
            "--encrypt",
        ),
    ] = None
    level: Annotated[
        Level,
        OptionText(
            N_("Compression level"),
            N_(
                "Maximum makes the smallest file and takes longest; Minimum is several times faster and a little larger;"
                " Do not compress is for data that is compressed already. What is stored is the same at every level."
            ),
            "--level",
        ),
    ] = Level.MEDIUM
    audit: Annotated[
        bool,
        OptionText(
            N_("Include the audit file"),
            N_(
                "The audit tables record who changed what. Left out, the backup is smaller, and a restore leaves the audit"
                " tables of the database as they are."
            ),
            "--audit/--no-audit",
        ),
    ] = True
    images: Annotated[
        bool,
        OptionText(
            N_("Include images"),
            N_(
                "Images are often the largest part of a database. Left out, a restore leaves the images of the database as they"
                " are; if the database is lost, the images are lost."
            ),
            "--images/--no-images",
        ),
    ] = True
    indexes: Annotated[
        bool,
        OptionText(
            N_("Include indexes"),
            N_(
                "Indexes can be rebuilt from the data. Left out, the backup is smaller and the restore takes longer, because"
                " they are rebuilt then; for some table formats only the application can rebuild them. Of a database on a"
                " server the backup holds definitions of indexes alone, so that leaving them out saves next to nothing."
            ),
            "--indexes/--no-indexes",
        ),
    ] = True
    accept_unstable: Annotated[
        bool,
        OptionText(
            N_("Accept tables that never stop changing"),
            N_(
                "A table file that is written to at every attempt to copy it makes the backup fail. Accepted, it is stored as"
                " it was read, and may be damaged inside; the result says so."
            ),
            "--accept-unstable",
        ),
    ] = False

    @property
    def aliases(self) -> tuple[str, ...]:
        """The databases that it names, which its job locks."""
        return self.databases


class RestorePlan(Plan, frozen=True, tag="restore"):
    """Restore databases, or some tables of one database, from a backup."""

    file: Path
    """The backup; with `unpacked`, the folder in which it was unpacked."""
    databases: tuple[str, ...] = ()
    """Aliases in the backup; empty for all of them."""
    into: Annotated[
        str,
        OptionText(
            N_("Restore under another name"),
            N_("The database is restored beside the original, under this name. The original is not touched."),
            "--into",
        ),
    ] = ""
    tables: Annotated[
        tuple[str, ...] | None,
        OptionText(
            N_("Partial restore of the database"),
            N_(
                "Only the ticked tables are replaced; every other table stays as it is. Rows of other tables that point to them"
                " are checked before anything is kept."
            ),
            "--tables",
        ),
    ] = None
    settings: Annotated[
        bool,
        OptionText(
            N_("Restore the system settings"),
            N_("The settings tables of the backup replace those of the database. Otherwise they stay as they are now."),
            "--settings",
        ),
    ] = False
    users_and_audit: Annotated[
        bool,
        OptionText(
            N_("Restore the users and the audit file"),
            N_(
                "The users and audit tables of the backup replace those of the database: passwords are again those of the day"
                " of the backup, and what was recorded since is replaced. Otherwise they stay as they are now."
            ),
            "--users-and-audit",
        ),
    ] = False
    unpacked: Annotated[
        bool,
        OptionText(
            N_("The files to restore are unpacked in the given folder"),
            N_("The folder named above holds a backup that was unpacked with another program; its files are used as they are."),
            "--unpacked",
        ),
    ] = False
    exact: Annotated[
        bool,
        OptionText(
            N_("Drop tables made since the backup"),
            N_("The database becomes what it was: tables that the backup does not know are dropped (an undo is kept)."),
            "--exact",
        ),
    ] = False
    disconnect: Annotated[
        bool,
        OptionText(
            N_("Disconnect other users"),
            N_("Whoever is connected is disconnected first, where the engine can; otherwise the restore is refused by name."),
            "--disconnect",
        ),
    ] = False

    @property
    def aliases(self) -> tuple[str, ...]:
        """The databases that it names, which its job locks; none for all in the backup."""
        return (self.into,) if self.into else self.databases

    @property
    def locks_all(self) -> bool:
        """Whether it restores all databases in the backup, which is not open yet when its job acquires the locks."""
        return not self.aliases


class VerifyPlan(Plan, frozen=True, tag="verify"):
    """Read every byte of a backup, and open each database in it."""

    file: Path


class UndoPlan(Plan, frozen=True, tag="undo"):
    """Bring back what the last restore of a database replaced."""

    database: str

    @property
    def aliases(self) -> tuple[str, ...]:
        """The database, which its job locks."""
        return (self.database,)


class FilesBackupPlan(Plan, frozen=True, tag="files-backup"):
    """Back up any files and folders."""

    paths: tuple[Path, ...]
    destination: Path
    name: str
    encryption: Encryption | None = None
    level: Level = Level.MEDIUM


class FilesRestorePlan(Plan, frozen=True, tag="files-restore"):
    """Restore files into a folder."""

    file: Path
    destination: Path
    only: tuple[str, ...] = ()
    """Globs of paths in the backup; empty for all of them."""
    replace: bool = False
    """Replace existing files; otherwise they are kept and reported."""


class DeclaredOption(Struct, frozen=True):
    """A field of a plan that is an option."""

    name: str
    """Name of the field."""
    default: object
    kinds: tuple[object, ...]
    """The types of its values, without None."""
    optional: bool
    """Whether its value may be None."""
    text: OptionText


@cache
def options_of(plan: type[Plan]) -> tuple[DeclaredOption, ...]:
    """Return the fields of a plan that are options, in their order."""
    hints = get_type_hints(plan, include_extras=True)
    return tuple(_declared(each.name, each.default, hints[each.name]) for each in fields(plan) if _is_option(hints[each.name]))


def _is_option(hint: object) -> bool:
    return get_origin(hint) is Annotated


def _declared(name: str, default: object, hint: object) -> DeclaredOption:
    kind, text = get_args(hint)
    kinds = get_args(kind) or (kind,)
    return DeclaredOption(name, default, tuple(each for each in kinds if each is not NoneType), NoneType in kinds, text)
