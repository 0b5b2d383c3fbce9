"""What is known of a backup before it is made, in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from hctui.i18n.language import _, age, render, size
from hctui.messages import N_, message
from hctui.operations.results import BackupPreview
from hctui.tui.widgets.key_values import Fact


def facts_of(preview: BackupPreview) -> tuple[Fact, ...]:
    """Return size and room."""
    estimate = message(
        N_("{data_bytes}, about {file_bytes} in the backup"), data_bytes=preview.size, file_bytes=preview.compressed
    )
    free = size(preview.free) if preview.free is not None else ""
    return ((_("Estimated size"), render(estimate)), (_("Free space"), free))


def last_backup_text(found: Sequence[tuple[datetime, Path] | None]) -> str:
    """Return when the databases were last backed up: the oldest of several, since that is how far one would fall back."""
    if not found:
        return ""
    times = [each[0] for each in found if each is not None]
    if len(times) < len(found):
        return _("never") if len(found) == 1 else _("some databases have never been backed up")
    return age(min(times))


def warnings_of(preview: BackupPreview, *, told: bool) -> str:
    """Return what should be thought of before the start, one warning a line; the problem only where no field tells it."""
    problem = [preview.problem] if preview.problem is not None and not told else []
    return "\n".join(render(each) for each in (*problem, *preview.warnings))
