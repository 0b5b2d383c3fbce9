"""What is in a backup, in words."""

from __future__ import annotations

from hctui.i18n.language import _, age, date_time, label, render
from hctui.messages import N_, message, plural
from hctui.model import Consistency, DatabaseManifest
from hctui.operations.results import Contents
from hctui.tui.widgets.key_values import Fact

SHOWN = 4
"""Databases named before “and so many more”."""


def contents_facts(contents: Contents | None) -> tuple[Fact, ...]:
    """Return when it was made, of what, how much, and whether it was verified."""
    if contents is None:
        return ()
    made = f"{date_time(contents.created)} ({age(contents.created)})" if contents.created else ""
    return (
        (_("Made"), made),
        (_("Holds"), holds(contents)),
        (_("Size"), render(message(N_("{file_bytes}, {data_bytes} unpacked"), **_sizes(contents)))),
        (_("Verified"), age(contents.verified) if contents.verified else _("not yet")),
    )


def _sizes(contents: Contents) -> dict[str, int]:
    return {"file_bytes": contents.size, "data_bytes": contents.data_size}


def holds(contents: Contents) -> str:
    """Return the databases, each with how many tables, or how many files."""
    if contents.files:
        return render(plural(N_("{count} file or folder"), N_("{count} files and folders"), len(contents.files)))
    named = [_named(each) for each in contents.databases[:SHOWN]]
    more = len(contents.databases) - SHOWN
    if more > 0:
        named.append(render(plural(N_("and {count} more"), N_("and {count} more"), more)))
    return ", ".join(named)


def _named(database: DatabaseManifest) -> str:
    if not database.tables:
        return database.alias
    tables = plural(N_("{count} table"), N_("{count} tables"), len(database.tables))
    return f"{database.alias} ({render(tables)})"


def encryption_text(contents: Contents | None) -> str:
    """Return by which standard the backup is encrypted."""
    return label(contents.encryption) if contents is not None and contents.encryption is not None else ""


def contents_warning(contents: Contents | None, *, files: bool = False) -> str:
    """Return what should be known before databases (or `files`) are restored from this backup, one warning a line."""
    if contents is None:
        return ""
    told = []
    if files and contents.databases and not contents.files:
        told.append(_("This is a backup of databases. Restore it on the page “Database restore”."))
    elif contents.files and not contents.databases and not files:
        told.append(_("This is a backup of files. Restore it on the page “Files restore”."))
    elif contents.inferred and not contents.needs_password and not files:
        told.append(_("Another program made this file: its databases are told from the names in it; it holds no checksums."))
    if any(each.consistency is Consistency.PER_TABLE for each in contents.databases):
        told.append(_("Its tables are each whole, but not all of one instant."))
    return "\n".join(told)
