"""What people call the choices of the model."""

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


def label_of(choice: StrEnum) -> str:
    """Return the English label of a choice, a key of the catalogues; enums of equal text have labels of their own."""
    labels: Mapping[type[StrEnum], Mapping[str, str]] = {
        Role: ROLES,
        Level: LEVELS,
        Encryption: ENCRYPTIONS,
        Consistency: CONSISTENCIES,
        Step: STEPS,
    }
    return labels[type(choice)][choice]
