"""The estimated size of a backup, from the sizes of the tables and the ratio of earlier backups."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from hctui.databases.engine import Engine
from hctui.model import Level, Role, Table
from hctui.operations.history import History
from hctui.plans import BackupPlan

TYPICAL_RATIOS = {Level.MAX: 0.19, Level.MEDIUM: 0.21, Level.MIN: 0.25, Level.NONE: 1.0}
"""Bytes of the file for each byte of data, as measured on generated tables (ENGINES.md); images do not compress."""


class Estimate(Struct, frozen=True):
    """The estimated bytes of a backup of one database."""

    tables: tuple[Table, ...]
    """The tables that are included."""
    size: int
    """Of data that is read."""
    compressed: int
    """Of the file."""
    audit: int
    """Of the audit tables, included or not."""
    images: int
    """Of the image tables, included or not."""
    indexes: int
    """Of the indexes of the included tables."""


def left_out(plan: BackupPlan) -> frozenset[Role]:
    """Return the roles whose tables a plan leaves out."""
    return frozenset(role for role, included in ((Role.AUDIT, plan.audit), (Role.IMAGES, plan.images)) if not included)


def estimate(plan: BackupPlan, engine: Engine, history: History) -> Estimate:
    """Return the estimate for a backup of one database. Raises `DatabaseMissing`, `DatabaseUnreadable`."""
    outline = engine.outline()
    tables = outline.tables
    roles = left_out(plan)
    included = tuple(table for table in tables if table.role not in roles)
    audit, images = (_size(tables, role, plan.indexes) for role in (Role.AUDIT, Role.IMAGES))
    indexes = sum(table.index_size for table in included)
    saved = (0 if plan.audit else audit) + (0 if plan.images else images) + (0 if plan.indexes else indexes)
    size = max(outline.size - saved, 0)
    return Estimate(included, size, _compressed(plan, engine, history, size, images), audit, images, indexes)


def _compressed(plan: BackupPlan, engine: Engine, history: History, size: int, images: int) -> int:
    made = history.made.get(engine.database.alias)
    known = made.ratios.get(plan.level) if made else None
    if known is not None:
        return round(size * known)
    incompressible = min(images, size) if plan.images else 0
    return round((size - incompressible) * TYPICAL_RATIOS[plan.level]) + incompressible


def _size(tables: Iterable[Table], role: Role, indexes: bool) -> int:
    return sum(table.size + (table.index_size if indexes else 0) for table in tables if table.role is role)
