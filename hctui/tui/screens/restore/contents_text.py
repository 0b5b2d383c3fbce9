"""The content of a backup in words."""

from __future__ import annotations

from hctui.i18n.language import _, age, date_time, label, render
from hctui.messages import N_, message, plural
from hctui.model import Consistency, DatabaseManifest
from hctui.operations.results import Contents
from hctui.tui.widgets.key_values import KeyValue

SHOWN = 4
"""Databases that are named; for others, only how many more."""


def contents_details(contents: Contents | None) -> tuple[KeyValue, ...]:
    """Return date, content, size and verification."""
    if contents is None:
        return ()
    made = f"{date_time(contents.created)} ({age(contents.created)})" if contents.created else ""
    return (
        (_("Made"), made),
        (_("Holds"), content_text(contents)),
        (_("Size"), render(message(N_("{file_bytes}, {data_bytes} unpacked"), **_sizes(contents)))),
        (_("Verified"), age(contents.verified) if contents.verified else _("not yet")),
    )


def _sizes(contents: Contents) -> dict[str, int]:
    return {"file_bytes": contents.size, "data_bytes": contents.data_size}


def content_text(contents: Contents) -> str:
    """Return the databases with their numbers of tables, or the number of files."""
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
    """Return the standard of the encryption, empty if there is none."""
    return label(contents.encryption) if contents is not None and contents.encryption is not None else ""


def contents_warning(contents: Contents | None, *, files: bool = False) -> str:
    """Return warnings for a restore of databases, or of `files`, one a line."""
    if contents is None:
        return ""
    lines = []
    if files and contents.databases and not contents.files:
        lines.append(_("This is a backup of databases. Restore it on the page “Database restore”."))
    elif contents.files and not contents.databases and not files:
        lines.append(_("This is a backup of files. Restore it on the page “Files restore”."))
    elif contents.inferred and not contents.needs_password and not files:
        lines.append(_("Another program made this file: its databases are told from the names in it; it holds no checksums."))
    if any(each.consistency is Consistency.PER_TABLE for each in contents.databases):
        lines.append(_("Its tables are each whole, but not all of one instant."))
    return "\n".join(lines)
