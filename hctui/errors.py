"""The errors of hctui. The message of every leaf is one sentence: what happened, to what, and what to do next.

A leaf has the exit code of its branch unless its line names another. The codes and the tags of the leaves, which scripts read,
are listed in docs/EXIT_CODES.md.

HctuiError                     exit 1
├── UsageError                 exit 2: a command or the configuration is not valid
│   ├── InvalidAlias  AliasTaken  InvalidName
│   ├── InvalidConfiguration  NewerConfiguration
│   ├── RefusedDatabase        a key of it in the configuration is wrong
│   ├── InvalidPassword  NeedsConfirmation  NotADemo  UnrecognisedDatabase
│   ├── UnknownDestination     an address of a kind that hctui can't write to
│   ├── UnknownTable  UnknownRole  NothingToDo
│   ├── SimilarTable           an unknown table whose likely names are known
│   └── UnknownDatabase  NotRegistered  ConfigurationMissing       exit 10
├── ArchiveError
│   ├── NotABackup  NewerFormat  PartMissing
│   ├── DamagedArchive         bytes are not what was written
│   ├── HostileArchive         a member that must not be unpacked
│   ├── UnsupportedMember      a method or cipher that hctui does not read
│   └── PasswordNeeded  WrongPassword                              exit 12
├── DatabaseError
│   ├── DatabaseMissing        exit 10: nothing is at its location
│   ├── DatabaseInUse          exit 11: another program is connected
│   ├── DatabaseUnreadable  DatabaseDamaged  EngineMissing
│   ├── UnstableTable          a file that changed during every attempt to read it
│   ├── SchemaDrift  TableRefused  ForeignKeysBroken
│   ├── EngineMismatch  RestoreRefused
│   ├── CommandFailed          a command of the configuration failed
│   ├── ServerUnreachable  ConnectionLost  ServerFull
│   ├── ServerPasswordNeeded   exit 12: the server asks for a password
│   ├── MissingRights          the user of the server may not do this
│   ├── ProgramMissing         a client program of the server is missing or too old
│   └── NothingToUndo
├── DestinationError
│   ├── FileMissing  DestinationMissing                            exit 10
│   ├── InsideDatabase  NotWritable  AlreadyExists
│   ├── NoSpace  DiskFull      not enough room: found before writing, or while writing
│   └── ReadFailed  WriteFailed
├── JobError
│   ├── DatabaseBusy           exit 11: another job is running on it
│   ├── UnknownJob
│   ├── InternalFault          a fault of hctui itself
│   └── JobCrashed             its process ended without a result
├── OutOfMemory  DemoFailed
├── Cancelled                  exit 4
└── Interrupted                exit 130: Ctrl-C
"""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar

from hctui.messages import N_, Message, Value


class ExitCode(IntEnum):
    """The exit codes of `hctui`, of jobs and of `failed` events (DESIGN.md 4)."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    INCOMPLETE = 3
    """Done, but the result is less than what was asked for."""
    CANCELLED = 4
    NOT_FOUND = 10
    """There is no such file or database."""
    IN_USE = 11
    WRONG_PASSWORD = 12
    """The password is wrong or missing."""
    INTERRUPTED = 130


class HctuiError(Exception):
    """An error that ends an operation and is shown to the person."""

    exit_code: ClassVar[ExitCode] = ExitCode.FAILED
    tag: ClassVar[str]
    """The name of the error for scripts: that of the class, in lower case with hyphens, unless the class sets another."""
    field: ClassVar[str] = ""
    """The field of a plan, or `password`, that has to be corrected; empty where none has."""
    text: ClassVar[str] = N_("Something failed.")

    def __init_subclass__(cls) -> None:
        if "tag" not in cls.__dict__:
            cls.tag = "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in cls.__name__)[1:]

    def __init__(self, **values: Value) -> None:
        self.message = Message(self.text, values)
        super().__init__(str(self.message))


class UsageError(HctuiError):
    """A command or the configuration is not valid."""

    exit_code = ExitCode.USAGE
    text = N_("{reason}")


class InvalidAlias(UsageError):
    field = "into"
    text = N_("“{alias}” is no valid database name: use plain letters, digits, “_” and “-”, 64 at most.")


class AliasTaken(UsageError):
    field = "into"
    text = N_("There is a database “{alias}” already; capitals make no difference. Choose another name.")


class InvalidName(UsageError):
    field = "name"
    text = N_("“{name}” is no valid file name: {reason}")


class InvalidConfiguration(UsageError):
    text = N_("The configuration {path} can't be used: {reason} Correct it, or name another with --config.")


class NewerConfiguration(UsageError):
    text = N_(
        "The configuration {path} is of a newer hctui (version {found}; this one reads up to {known}). Update hctui, or name"
        " another configuration with --config."
    )


class ConfigurationMissing(UsageError):
    exit_code = ExitCode.NOT_FOUND
    text = N_(
        "There is no configuration {path}. Correct the name (--config, HCTUI_CONFIG), or make it with"
        " “hctui databases add ALIAS LOCATION”."
    )


class RefusedDatabase(UsageError):
    text = N_("“{alias}” can't be used: {reason} Correct it in {path}.")


class UnknownDatabase(UsageError):
    exit_code = ExitCode.NOT_FOUND
    text = N_("There is no database “{alias}”. Registered: {known}.")


class UnknownTable(UsageError):
    text = N_("There is no table “{table}” in {where}. Look at its tables with “{command}”.")


class SimilarTable(UnknownTable):
    text = N_("There is no table “{table}” in {where}. Did you mean {close}?")


class NotRegistered(UsageError):
    exit_code = ExitCode.NOT_FOUND
    text = N_(
        "“{alias}” is in the backup but not registered here. Add it with “hctui databases add {alias} LOCATION”,"
        " or restore it under another name with --into."
    )


class UnknownRole(UsageError):
    text = N_("“{role}” is no role: choose data, audit, images, users or settings.")


class NothingToDo(UsageError):
    text = N_("There is nothing to do: {reason}")


class InvalidPassword(UsageError):
    field = "password"
    text = N_("The password can't be used: {reason}")


class NeedsConfirmation(UsageError):
    text = N_("Nobody is at the terminal to confirm this. Look at the plan with --dry-run, then add --yes.")


class NotADemo(UsageError):
    text = N_("{path} is not empty and is no demo of hctui; nothing was touched. Name a new or empty folder with --at.")


class UnrecognisedDatabase(UsageError):
    text = N_("{location} is no database that hctui recognises. Correct it, or name its engine with --engine.")


class UnknownDestination(UsageError):
    field = "destination"
    text = N_("{address} is no folder, and “{scheme}” is no kind of destination that hctui knows. Name a folder.")


class ArchiveError(HctuiError):
    """A file can't be read as a backup."""

    field = "file"
    text = N_("The backup {path} can't be read: {reason}")


class NotABackup(ArchiveError):
    text = N_("{path} is not a backup: {reason} Choose a .bkb or .zip file.")


class NewerFormat(ArchiveError):
    text = N_("{path} was made by a newer hctui (format {found}; this one reads up to {known}). Update hctui and try again.")


class PartMissing(ArchiveError):
    text = N_("{member} is named in the manifest of {path} but is not in the file. Use another copy of this backup.")


class DamagedArchive(ArchiveError):
    text = N_("{member} in {path} is damaged: {reason} Nothing was changed. Use another copy of this backup.")


class HostileArchive(ArchiveError):
    text = N_("{member} in {path} is refused: {reason} Nothing was unpacked. Do not trust this file.")


class UnsupportedMember(ArchiveError):
    text = N_("{member} in {path} uses {method}, which hctui does not read. Unpack it with the program that made it.")


class PasswordNeeded(ArchiveError):
    field = "password"
    exit_code = ExitCode.WRONG_PASSWORD
    text = N_("{path} is encrypted ({standard}): a password is needed.")


class WrongPassword(ArchiveError):
    field = "password"
    exit_code = ExitCode.WRONG_PASSWORD
    text = N_("The password does not open {path}. Nothing was changed. Check capitals and accents and try again.")


class DatabaseError(HctuiError):
    """An operation on a database is not possible."""

    text = N_("{alias}: {reason}")


class DatabaseMissing(DatabaseError):
    exit_code = ExitCode.NOT_FOUND
    text = N_("{alias}: there is nothing at {location}. Correct the location of the database, or restore it there.")


class DatabaseUnreadable(DatabaseError):
    text = N_("{alias}: {location} can't be read: {reason}")


class DatabaseDamaged(DatabaseError):
    text = N_("{alias}: the database is damaged: {reason} Restore it from a backup.")


class EngineMissing(DatabaseError):
    text = N_("{alias}: the engine {engine} is not installed. Install it with “pip install 'hctui[{engine}]'”.")


class DatabaseInUse(DatabaseError):
    exit_code = ExitCode.IN_USE
    text = N_("{alias} is in use by {who}. Nothing was changed. Close these programs and try again.")


class UnstableTable(DatabaseError):
    text = N_("{alias}: {table} was written to at every attempt to copy it. Stop the programs that write to it, or accept it.")


class SchemaDrift(DatabaseError):
    text = N_("{alias}: table {table} is not built as it was in the backup: {reason} Nothing was changed.")


class TableRefused(DatabaseError):
    text = N_("{alias}: table {table} can't be restored on its own: {reason} Nothing was changed.")


class ForeignKeysBroken(DatabaseError):
    text = N_("{alias}: the restored rows point to rows that are not there: {tables}. Nothing was changed. Tick those tables.")


class EngineMismatch(DatabaseError):
    text = N_(
        "{alias} is registered as {registered}, but the backup holds a database of {found}. Nothing was changed."
        " Restore it under another name with --into."
    )


class RestoreRefused(DatabaseError):
    text = N_("{alias} can't be restored as planned: {reason} Nothing was changed.")


class CommandFailed(DatabaseError):
    text = N_("{alias}: the configured command “{command}” failed with code {code}: {reason}")


class ServerUnreachable(DatabaseError):
    text = N_("{alias}: the server at {location} can't be reached: {reason}")


class ServerPasswordNeeded(ServerUnreachable):
    exit_code = ExitCode.WRONG_PASSWORD
    text = N_(
        "{alias}: the server at {location} wants the password of “{user}”: {reason} Put it into {file}, as a line"
        " host:port:database:user:password, and let nobody else read that file (chmod 600)."
    )


class ConnectionLost(DatabaseError):
    text = N_("{alias}: the connection to the server was lost: {reason} Nothing half-made was left. Try again.")


class ServerFull(DatabaseError):
    text = N_("{alias}: the disk of the server is full. Nothing half-made was left. Make room on the server and try again.")


class MissingRights(DatabaseError):
    text = N_("{alias}: “{user}” has not the right to do this: {reason} Ask the owner of the database for it.")


class ProgramMissing(DatabaseError):
    text = N_(
        "{alias}: the program {program}, version {version} or newer, is needed, and {found}. Install it (it belongs to the"
        " package postgresql-client) or put its folder into PATH."
    )


class NothingToUndo(DatabaseError):
    text = N_("{alias}: there is no restore to undo.")


class DestinationError(HctuiError):
    """A file can't be written or read where it should be."""

    text = N_("{path}: {reason}")


class DestinationMissing(DestinationError):
    field = "destination"
    exit_code = ExitCode.NOT_FOUND
    text = N_("The folder {path} does not exist. Create it or choose another.")


class InsideDatabase(DestinationError):
    field = "destination"
    text = N_("{path} lies inside the folder of the database {alias}: a backup would become part of it. Choose another folder.")


class NotWritable(DestinationError):
    field = "destination"
    text = N_("{path} can't be written to: {reason} Choose another folder or ask for the right to write there.")


class NoSpace(DestinationError):
    field = "destination"
    text = N_("There is not enough room in {path}: {needed_bytes} needed, {free_bytes} free. Choose another folder.")


class DiskFull(NoSpace):
    text = N_("{path} can't be written: the disk is full. Make room there, or choose another folder.")


class AlreadyExists(DestinationError):
    field = "name"
    text = N_("{path} exists already and is left as it is. Choose another name.")


class ReadFailed(DestinationError):
    field = "file"
    text = N_("{path} can't be read: {reason}")


class FileMissing(ReadFailed):
    exit_code = ExitCode.NOT_FOUND
    text = N_("There is no file or folder {path}. Correct the path and try again.")


class WriteFailed(DestinationError):
    field = "destination"
    text = N_("{path} can't be written: {reason}")


class JobError(HctuiError):
    """A job can't be started or followed."""

    text = N_("{reason}")


class DatabaseBusy(JobError):
    exit_code = ExitCode.IN_USE
    text = N_("{alias} is being worked on by job {job}. Wait for it, or cancel it with “hctui jobs cancel {job}”.")


class UnknownJob(JobError):
    text = N_("There is no job “{job}”. List them with “hctui jobs”.")


class JobCrashed(JobError):
    text = N_("The job {job} ended without saying how: its process is gone. hctui puts in order what it left. Start it again.")


class DemoFailed(HctuiError):
    text = N_("The demo found a difference that should not be there: {reason}")


class OutOfMemory(HctuiError):
    text = N_("The memory of this machine is used up. Nothing half-made was left; close other programs and try again.")


class InternalFault(JobError):
    text = N_(
        "The job stopped because of a fault of hctui itself ({fault}). Nothing half-made was left. Please report it; the notes"
        " are in {log}."
    )


class Cancelled(HctuiError):
    """The person cancelled the operation, and it stopped."""

    exit_code = ExitCode.CANCELLED
    text = N_("Cancelled. Nothing half-made was left behind.")


class Interrupted(HctuiError):
    """The person pressed Ctrl-C."""

    exit_code = ExitCode.INTERRUPTED
    text = N_("Interrupted.")
