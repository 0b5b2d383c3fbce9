"""The demo without screens: back up databases during writes, damage and restore them, and compare every row.

`Walkthrough.steps` does one step after another and yields chapters and messages about what was done. It raises `DemoFailed`
where a result is not exactly the expected one. Backups and restores are jobs, as everywhere in hctui.
"""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TypeVar

from msgspec import Struct

from hctui.config import Configuration
from hctui.demo import damage, fingerprint
from hctui.demo.companies import COMPANIES, Company
from hctui.demo.fingerprint import Contents, list_with_zipfile, unpack
from hctui.demo.replica import Replica, require_same
from hctui.demo.server import DemoServer
from hctui.demo.workload import background_writes, broken_invariants, units_done, units_logged
from hctui.errors import DemoFailed, JobCrashed
from hctui.events import BackupDone, Done, Event, Failed, RestoreDone, VerifyDone
from hctui.i18n.labels import label_of
from hctui.jobs import start
from hctui.messages import N_, Message, message
from hctui.model import Encryption
from hctui.plans import BackupPlan, Plan, RestorePlan, UndoPlan, VerifyPlan

PASSWORD = "ouro-e-farinha-1957"
"""The password of the demo's backups; it is shown to the person."""
BAKERY, FURNITURE, CERAMICS = COMPANIES
DAMAGED = (damage.DROPPED, damage.OVERWRITTEN)
POLL_INTERVAL = 0.05
"""Seconds between two reads of a job's journal: the jobs of the demo are short."""
Result = TypeVar("Result", bound=Done)


class Chapter(Struct, frozen=True):
    """A heading for the messages that follow."""

    title: str
    """English text, the key in the catalogue."""


def job_done(plan: Plan, configuration: Configuration, password: str | None, kind: type[Result]) -> Result:
    """Run a plan as a job, as every screen and command does, and return its result. Raises `DemoFailed`, `JobError`."""
    return asyncio.run(_job_done(plan, configuration, password, kind))


async def _job_done(plan: Plan, configuration: Configuration, password: str | None, kind: type[Result]) -> Result:
    job = start(plan, configuration, password)
    last: Event | None = None
    try:
        async for event in job.events(POLL_INTERVAL):
            last = event
    finally:
        job.cancel()  # has no effect on a job that has ended
    job.mark_seen()
    if isinstance(last, Failed):
        raise DemoFailed(reason=last.message)
    if not isinstance(last, kind):
        raise JobCrashed(job=job.id)
    return last


class Walkthrough:
    """One run on a demo server."""

    def __init__(self, server: DemoServer, workshop: Path) -> None:
        """Use the empty folder `workshop` for data to compare with; the caller removes it."""
        self._server = server
        self._workshop = workshop
        self._configuration = Configuration.load(server.configuration_path)
        self._replica = Replica(server, workshop / "first")
        self._captured: dict[str, Contents] = {}

    def steps(self) -> Iterator[Chapter | Message]:
        """Do every step and yield a message about each. Raises `HctuiError`."""
        yield Chapter(N_("Three companies"))
        yield from (self._introduction(company) for company in COMPANIES)
        yield Chapter(N_("A backup of all three while people go on working"))
        file = yield from self._backup()
        yield Chapter(N_("What is in the file, seen without hctui"))
        yield from list_with_zipfile(file)
        yield Chapter(N_("What was captured, compared row by row"))
        yield from self._compare_captured(file)
        yield from self._verify(file)
        yield Chapter(N_("A table dropped, another overwritten: partial restore, and undo"))
        yield from self._partial_restore(file)
        yield Chapter(N_("A database file overwritten with garbage: full restore"))
        yield from self._full_restore(file)
        yield Chapter(N_("Table files cut off and deleted: full restore"))
        yield from self._folder_restore(file)
        yield Chapter(N_("Where things are"))
        yield from self._places(file)

    def _introduction(self, company: Company) -> Message:
        contents = self._now(company)
        tables = {name: content for name, content in contents.items() if _is_table(name)}
        return message(
            N_("{alias}: {name}, {tables} tables, {rows} rows, {engine}"),
            alias=company.alias,
            name=company.name,
            tables=len(tables),
            rows=sum(content.rows for content in tables.values()),
            engine=f"SQLite ({company.journal})" if company.file else "dBase",
        )

    def _backup(self) -> Generator[Message, None, Path]:
        plan = BackupPlan(tuple(company.alias for company in COMPANIES), self._server.backups, "", encryption=Encryption.AES256)
        with background_writes([self._server.location(company) for company in COMPANIES]):
            before = self._units()
            done = job_done(plan, self._configuration, PASSWORD, BackupDone)
            meanwhile = self._units() - before
        if not meanwhile:
            raise DemoFailed(reason=N_("nobody could work while the backup ran."))
        yield message(
            N_("{size_bytes} for {data_bytes} of data in {took_seconds}, encrypted with AES-256"),
            size_bytes=done.size,
            data_bytes=done.data_size,
            took_seconds=done.seconds,
        )
        yield message(N_("meanwhile {count} transactions were committed to these databases"), count=meanwhile)
        for outcome in done.databases:
            if outcome.consistency is not None:
                consistency = message(label_of(outcome.consistency))
                yield message(N_("{alias}: {consistency}"), alias=outcome.alias, consistency=consistency)
        return done.file

    def _compare_captured(self, file: Path) -> Iterator[Message]:
        """Compare the content of the backup with the expected content, and keep that for the steps after it."""
        folder = unpack(file, PASSWORD, self._workshop / "captured")
        for company in COMPANIES:
            captured = next((folder / company.alias).glob("*.db")) if company.file else folder / company.alias
            units, self._captured[company.alias] = self._replica.expected(company, captured)
            rows = require_same(company.alias, fingerprint.of_location(captured), self._captured[company.alias])
            broken = broken_invariants(captured) if company.file else ()
            if broken:
                reason = message(
                    N_("{alias} holds half a transaction ({broken})."), alias=company.alias, broken=", ".join(broken)
                )
                raise DemoFailed(reason=reason)
            text = N_("{alias}: exactly what it was after transaction {units}; {rows} rows compared")
            yield message(text, alias=company.alias, units=units, rows=rows)

    def _verify(self, file: Path) -> Iterator[Message]:
        done = job_done(VerifyPlan(file), self._configuration, PASSWORD, VerifyDone)
        text = N_("every byte read again: {members} members, {size_bytes}, in {took_seconds}")
        yield message(text, members=done.members, size_bytes=done.size, took_seconds=done.seconds)

    def _partial_restore(self, file: Path) -> Iterator[Message]:
        before = self._now(BAKERY)
        rows = damage.drop_and_overwrite(self._server.location(BAKERY))
        damaged = self._now(BAKERY)
        text = N_("{alias}: table {dropped} dropped, {rows} rows of {overwritten} overwritten")
        yield message(text, alias=BAKERY.alias, dropped=damage.DROPPED, rows=rows, overwritten=damage.OVERWRITTEN)
        plan = RestorePlan(file, (BAKERY.alias,), tables=DAMAGED)
        done = job_done(plan, self._configuration, PASSWORD, RestoreDone)
        repaired = self._now(BAKERY)
        rows = require_same(BAKERY.alias, repaired, self._captured[BAKERY.alias], only=DAMAGED)
        yield message(
            N_("both restored in {took_seconds}; {rows} rows are what they were"), took_seconds=done.seconds, rows=rows
        )
        rows = require_same(BAKERY.alias, repaired, before, only=before.keys() - DAMAGED)
        yield message(N_("what was done since in the other tables is still there: {rows} rows compared"), rows=rows)
        for text, expected in (
            (N_("undo: the damage is back, as it was"), damaged),
            (N_("undo once more: repaired again, as it was"), repaired),
        ):
            job_done(UndoPlan(BAKERY.alias), self._configuration, None, RestoreDone)
            require_same(BAKERY.alias, self._now(BAKERY), expected)
            yield message(text)

    def _full_restore(self, file: Path) -> Iterator[Message]:
        location = self._server.location(FURNITURE)
        size = damage.write_garbage(location)
        reason = damage.open_error(location)
        if not reason:
            raise DemoFailed(reason=N_("SQLite still reads a file that was overwritten."))
        text = N_("{alias}: {noise_bytes} of noise written over it; SQLite says: {reason}")
        yield message(text, alias=FURNITURE.alias, noise_bytes=size, reason=reason)
        yield self._restored_whole(FURNITURE, file)

    def _folder_restore(self, file: Path) -> Iterator[Message]:
        table, index = damage.cut_and_delete(self._server.location(CERAMICS))
        text = N_("{alias}: {table} cut in half, {index} deleted")
        yield message(text, alias=CERAMICS.alias, table=table.name, index=index.name)
        yield self._restored_whole(CERAMICS, file)

    def _restored_whole(self, company: Company, file: Path) -> Message:
        plan = RestorePlan(file, (company.alias,), settings=True, users_and_audit=True)
        done = job_done(plan, self._configuration, PASSWORD, RestoreDone)
        rows = require_same(company.alias, self._now(company), self._captured[company.alias])
        text = N_("restored in {took_seconds}; every row of every table is what it was ({rows} compared)")
        return message(text, took_seconds=done.seconds, rows=rows)

    def _places(self, file: Path) -> Iterator[Message]:
        yield message(N_("databases: {folder}"), folder=str(self._server.companies))
        yield message(N_("backup: {path} (password: {password})"), path=str(file), password=PASSWORD)
        yield message(N_("configuration: {path}"), path=str(self._server.configuration_path))

    def _now(self, company: Company) -> Contents:
        return fingerprint.of_location(self._server.location(company))

    def _units(self) -> int:
        locations = (self._server.location(company) for company in COMPANIES)
        return sum(units_done(location) if location.is_file() else units_logged(location) for location in locations)


def _is_table(name: str) -> bool:
    return not (name == "schema" or name.startswith("sqlite_") or name.endswith(".cdx"))
