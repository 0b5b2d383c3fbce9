"""`hctui show`: show the contents of a backup."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hctui.cli.click_i18n import Argument, Command, Option
from hctui.cli.context import Invocation, common_options, pass_invocation
from hctui.cli.options import BACKUP_FILE, json_option, password_option
from hctui.cli.output import write_json, write_line, write_table
from hctui.cli.passwords import ask_password, at_terminal, given_password
from hctui.i18n.labels import label_of
from hctui.i18n.language import _, label, number, render, size
from hctui.messages import N_, Message, message
from hctui.model import DatabaseManifest, StoredFile, Table

if TYPE_CHECKING:
    from hctui.operations import Contents
    from hctui.operations.infer_manifest import RegisteredDatabases


@click.command(
    cls=Command,
    options_metavar=N_("[OPTIONS]"),
    help=N_("Show what is inside a backup: databases, tables, sizes, dates, encryption, consistency. Nothing is changed."),
)
@click.argument("file", cls=Argument, metavar="FILE", type=BACKUP_FILE)
@click.option("--unpacked", cls=Option, is_flag=True, help=N_("FILE is a folder where a backup was unpacked."))
@password_option
@json_option
@common_options
@pass_invocation
def show(invocation: Invocation, file: Path, unpacked: bool, password_file: str | None, as_json: bool) -> None:
    """Show the contents of a backup; without its password, only the names in it."""
    from hctui.operations.infer_manifest import RegisteredDatabases

    registered = RegisteredDatabases.of(invocation.configuration)
    contents = _contents(file, given_password(password_file), registered, unpacked=unpacked, ask=not as_json)
    if as_json:
        write_json(contents)
        return
    for line in summary_lines(contents):
        write_line(line)
    for database in contents.databases:
        write_line()
        _write_database(database, plain=invocation.plain)
    if contents.files:
        write_line()
        _write_files(contents.files, plain=invocation.plain)


def _contents(file: Path, password: str | None, registered: RegisteredDatabases, *, unpacked: bool, ask: bool) -> Contents:
    from hctui import operations

    contents = operations.show(file, password, unpacked=unpacked, registered=registered)
    if contents.needs_password and ask and at_terminal():
        typed = ask_password()
        return operations.show(file, typed, unpacked=unpacked, registered=registered) if typed else contents
    return contents


def summary_lines(contents: Contents) -> Iterable[Message]:
    """Yield lines about the whole file."""
    yield message(
        N_("{path}: {size_bytes}, {members} members, {data_bytes} of data."),
        path=str(contents.file),
        size_bytes=contents.size,
        members=contents.members,
        data_bytes=contents.data_size,
    )
    if contents.created is not None:
        yield message(N_("Made: {made_at}"), made_at=contents.created.timestamp())
    standard = label_of(contents.encryption) if contents.encryption else N_("none")
    yield message(N_("Encryption: {standard}"), standard=message(standard))
    if contents.verified is not None:
        yield message(N_("Verified: {verified_at}"), verified_at=contents.verified.timestamp())
    if contents.needs_password:
        yield message(N_("Without the password only names can be told. Rows, dates and roles come with it."))
    elif contents.inferred:
        yield message(N_("It has no manifest: another program made it, and what is in it is told from names."))


def _write_database(database: DatabaseManifest, *, plain: bool) -> None:
    write_line(
        message(
            N_("{alias}: {engine} {version}, {consistency}."),
            alias=database.alias,
            engine=database.engine,
            version=database.format or database.engine_version,
            consistency=message(label_of(database.consistency)),
        )
    )
    if database.taken is not None:
        write_line(message(N_("Taken: {taken_at}"), taken_at=database.taken.timestamp()))
    if not database.indexes_included:
        write_line(message(N_("Without indexes: they are rebuilt when it is restored.")))
    write_table(
        (_("table"), _("role"), _("rows"), _("size"), ""),
        [_table_row(table) for table in database.tables],
        numbers=(2, 3),
        plain=plain,
    )


def _table_row(table: Table) -> tuple[str, ...]:
    rows = "" if table.rows is None else number(table.rows)
    return table.name, label(table.role), rows, size(table.size), _("left out") if table.left_out else ""


def _write_files(files: tuple[StoredFile, ...], *, plain: bool) -> None:
    write_table(
        (_("file"), _("size")),
        [(file.path, render(message(N_("link to {target}"), target=file.link)) if file.link else
          _("folder") if file.folder else size(file.size)) for file in files],
        numbers=(1,),
        plain=plain,
    )  # fmt: skip
