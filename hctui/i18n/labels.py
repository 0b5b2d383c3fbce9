"""Labels for the values of the model's enums, and messages of the system that are translated."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from hctui.events import Step
from hctui.messages import N_
from hctui.model import Consistency, Encryption, Level, Role

ROLES: Mapping[str, str] = {
    Role.DATA: N_("data"),
    Role.AUDIT: N_("audit"),
    Role.IMAGES: N_("images"),
    Role.USERS: N_("users"),
    Role.SETTINGS: N_("settings"),
}
LEVELS: Mapping[str, str] = {
    Level.MAX: N_("Maximum"),
    Level.MEDIUM: N_("Medium"),
    Level.MIN: N_("Minimum"),
    Level.NONE: N_("Do not compress"),
}
ENCRYPTIONS: Mapping[str, str] = {
    Encryption.ZIPCRYPTO: N_("Standard (ZipCrypto)"),
    Encryption.AES128: "AES-128",
    Encryption.AES192: "AES-192",
    Encryption.AES256: "AES-256",
}
CONSISTENCIES: Mapping[str, str] = {
    Consistency.CONSISTENT: N_("consistent: every table as it was at one instant"),
    Consistency.PER_TABLE: N_("per table: each table whole, not all at one instant"),
}
STEPS: Mapping[str, str] = {
    Step.CHECK: N_("Checking"),
    Step.SNAPSHOT: N_("Taking the snapshot"),
    Step.PACK: N_("Packing"),
    Step.STAGE: N_("Unpacking beside the database"),
    Step.VERIFY: N_("Verifying"),
    Step.REBUILD: N_("Rebuilding indexes"),
    Step.SWAP: N_("Putting the data in place"),
}
OPERATIONS: dict[str, str] = {
    "backup": N_("Backup"),
    "restore": N_("Restore"),
    "verify": N_("Verification"),
    "undo": N_("Undo"),
    "files-backup": N_("Backup of files"),
    "files-restore": N_("Restore of files"),
}
"""The names of operations for people (`hctui.operation_kinds`)."""

SYSTEM_REASONS = (
    N_("Permission denied"),
    N_("Operation not permitted"),
    N_("No such file or directory"),
    N_("No such device or address"),
    N_("No space left on device"),
    N_("Disk quota exceeded"),
    N_("File too large"),
    N_("File name too long"),
    N_("File exists"),
    N_("Is a directory"),
    N_("Not a directory"),
    N_("Directory not empty"),
    N_("Read-only file system"),
    N_("Input/output error"),
    N_("Device or resource busy"),
    N_("Resource temporarily unavailable"),
    N_("Text file busy"),
    N_("Too many open files"),
    N_("Too many levels of symbolic links"),
    N_("Invalid argument"),
    N_("Cannot allocate memory"),
    N_("Stale file handle"),
    N_("Transport endpoint is not connected"),
    N_("Connection refused"),
    N_("Connection reset by peer"),
    N_("Connection timed out"),
    N_("Network is unreachable"),
    N_("No route to host"),
    N_("Host is down"),
    N_("Operation not supported"),
)
"""Error messages of Linux, which are always in English because the language of the C library is not set."""


def label_of(choice: StrEnum) -> str:
    """Return the English label of a choice, a key in the catalogue; equal values of two enums have different labels."""
    labels: Mapping[type[StrEnum], Mapping[str, str]] = {
        Role: ROLES,
        Level: LEVELS,
        Encryption: ENCRYPTIONS,
        Consistency: CONSISTENCIES,
        Step: STEPS,
    }
    return labels[type(choice)][choice]
