"""The plans that operations carry out, and their options: declared here once, for pages, flags and the configuration.

Plans turn into JSON and back with `hctui.codec`: that is how they reach a job's process.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from msgspec import Struct
from msgspec.structs import fields

from hctui.messages import N_
from hctui.model import Encryption, Level


class Option(Struct, frozen=True):
    """What a field of a plan is to people: its label on a page, its explanation (F1, --help) and its CLI flag."""

    label: str
    explanation: str
    flag: str


class BackupPlan(Struct, frozen=True):
    """Back up databases into one new file."""

    databases: tuple[str, ...]
    destination: Path
    name: str
    """File name, `.bkb` added where missing."""
    encryption: Annotated[
        Encryption | None,
        Option(
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
        Option(
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
        Option(
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
        Option(
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
        Option(
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
        Option(
            N_("Accept tables that never stop changing"),
            N_(
                "A table file that is written to at every attempt to copy it makes the backup fail. Accepted, it is stored as"
                " it was read, and may be damaged inside; the result says so."
            ),
            "--accept-unstable",
        ),
    ] = False


class RestorePlan(Struct, frozen=True):
    """Put databases, or some tables of one, back from a backup."""

    file: Path
    """The backup, or with `unpacked` the folder it was unpacked in."""
    databases: tuple[str, ...] = ()
    """Aliases in the backup; none means all of them."""
    into: Annotated[
        str,
        Option(
            N_("Restore under another name"),
            N_("The database is restored beside the original, under this name. The original is not touched."),
            "--into",
        ),
    ] = ""
    tables: Annotated[
        tuple[str, ...] | None,
        Option(
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
        Option(
            N_("Restore the system settings"),
            N_("The settings tables of the backup replace those of the database. Otherwise they stay as they are now."),
            "--settings",
        ),
    ] = False
    users_and_audit: Annotated[
        bool,
        Option(
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
        Option(
            N_("The files to restore are unpacked in the given folder"),
            N_("The folder named above holds a backup that was unpacked with another program; its files are used as they are."),
            "--unpacked",
        ),
    ] = False
    exact: Annotated[
        bool,
        Option(
            N_("Drop tables made since the backup"),
            N_("The database becomes what it was: tables that the backup does not know are dropped (an undo is kept)."),
            "--exact",
        ),
    ] = False
    disconnect: Annotated[
        bool,
        Option(
            N_("Disconnect other users"),
            N_("Whoever is connected is disconnected first, where the engine can; otherwise the restore is refused by name."),
            "--disconnect",
        ),
    ] = False


class VerifyPlan(Struct, frozen=True):
    """Read every byte of a backup and open each database in it."""

    file: Path


class UndoPlan(Struct, frozen=True):
    """Put back what the last restore of a database replaced."""

    database: str


class FilesBackupPlan(Struct, frozen=True):
    """Back up any files and folders."""

    paths: tuple[Path, ...]
    destination: Path
    name: str
    encryption: Encryption | None = None
    level: Level = Level.MEDIUM


class FilesRestorePlan(Struct, frozen=True):
    """Restore files into a folder."""

    file: Path
    destination: Path
    only: tuple[str, ...] = ()
    """Globs on the paths in the backup; none means all."""
    replace: bool = False
    """Replace files that are there already; otherwise they are left and named."""


Plan = BackupPlan | RestorePlan | VerifyPlan | UndoPlan | FilesBackupPlan | FilesRestorePlan


class DeclaredOption(Struct, frozen=True):
    """An option as its plan declares it."""

    name: str
    """The field's."""
    default: Any
    kinds: tuple[Any, ...]
    """The types it may have."""
    optional: bool
    """Whether it may be None."""
    told: Option


@cache
def options_of(plan: type[Plan]) -> tuple[DeclaredOption, ...]:
    """Return the options among the fields of a plan, in their order."""
    hints = get_type_hints(plan, include_extras=True)
    return tuple(_declared(each.name, each.default, hints[each.name]) for each in fields(plan) if _is_option(hints[each.name]))


def _is_option(hint: Any) -> bool:
    return get_origin(hint) is Annotated


def _declared(name: str, default: object, hint: Any) -> DeclaredOption:
    kind, told = get_args(hint)
    kinds = get_args(kind) or (kind,)
    return DeclaredOption(name, default, tuple(each for each in kinds if each is not NoneType), NoneType in kinds, told)
