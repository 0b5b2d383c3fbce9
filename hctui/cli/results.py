"""The result of a job as a few lines of text, with the next steps."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from functools import singledispatch
from pathlib import Path

from hctui.events import BackupDone, DatabaseOutcome, Done, FilesDone, RestoreDone, VerifyDone
from hctui.i18n.labels import label_of
from hctui.i18n.language import ratio
from hctui.messages import N_, Message, message, plural


@singledispatch
def result_lines(done: Done) -> Iterator[Message | str]:
    """Yield the lines of a result: messages, and commands to type."""
    yield message(N_("Done in {took_seconds}."), took_seconds=done.seconds)


def command_line(*words: str | Path) -> str:
    """Return a command of `hctui`, quoted for a shell."""
    return shlex.join(["hctui", *map(str, words)])


@result_lines.register
def _backup(done: BackupDone) -> Iterator[Message | str]:
    yield message(N_("The backup is ready: {path}"), path=str(done.file))
    yield message(
        N_("{size_bytes} for {data_bytes} of data ({ratio}), in {took_seconds}; encryption: {encryption}."),
        size_bytes=done.size,
        data_bytes=done.data_size,
        ratio=ratio(done.size, done.data_size),
        took_seconds=done.seconds,
        encryption=message(label_of(done.encryption) if done.encryption else N_("none")),
    )
    for outcome in done.databases:
        yield _outcome(outcome)
        if outcome.consistency is not None:
            yield message(
                N_("{alias}: {consistency}."), alias=outcome.alias, consistency=message(label_of(outcome.consistency))
            )
    yield message(N_("Check it with:"))
    yield command_line("verify", done.file)


@result_lines.register
def _restore(done: RestoreDone) -> Iterator[Message | str]:
    for outcome in done.databases:
        text = N_("{alias}: undone.") if done.operation == "undo" else N_("{alias}: restored.")
        yield message(text, alias=outcome.alias)
        yield _outcome(outcome)
        if outcome.kept:
            yield message(N_("{alias}: left as they were: {tables}."), alias=outcome.alias, tables=", ".join(outcome.kept))
        if outcome.reindex:
            yield message(
                N_("{alias}: the application must rebuild the indexes of: {tables}."),
                alias=outcome.alias,
                tables=", ".join(outcome.reindex),
            )
        if outcome.undo:
            yield message(N_("{alias}: what was replaced is kept; put it back with:"), alias=outcome.alias)
            yield command_line("undo", "--database", outcome.alias)
    yield message(N_("Done in {took_seconds}."), took_seconds=done.seconds)


@result_lines.register
def _verification(done: VerifyDone) -> Iterator[Message]:
    yield message(
        N_("{path} is whole: {members} members, {size_bytes}, read in {took_seconds}."),
        path=str(done.file), members=done.members, size_bytes=done.size, took_seconds=done.seconds,
    )  # fmt: skip
    for outcome in done.databases:
        yield _outcome(outcome)


@result_lines.register
def _files(done: FilesDone) -> Iterator[Message]:
    text = N_("The files are back in {path}") if done.operation == "files-restore" else N_("The backup is ready: {path}")
    yield message(text, path=str(done.path))
    yield message(
        N_("{files} files, {size_bytes} ({stored_bytes} in the backup), in {took_seconds}."),
        files=done.files, size_bytes=done.size, stored_bytes=done.stored_size, took_seconds=done.seconds,
    )  # fmt: skip


def _outcome(outcome: DatabaseOutcome) -> Message:
    return plural(
        "{alias}: {count} table, {rows} rows, {size_bytes}.",
        "{alias}: {count} tables, {rows} rows, {size_bytes}.",
        outcome.tables,
        alias=outcome.alias, rows=outcome.rows, size_bytes=outcome.size,
    )  # fmt: skip
