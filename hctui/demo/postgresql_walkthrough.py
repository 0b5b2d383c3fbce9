"""The part of the walkthrough on PostgreSQL: the same backup, damage and restores as for the other companies."""

from __future__ import annotations

from collections.abc import Iterator

from hctui.config import Configuration
from hctui.demo import postgresql_company as pousada
from hctui.demo.replica import require_same
from hctui.demo.server import DemoServer
from hctui.demo.walkthrough import Chapter, job_done
from hctui.errors import DemoFailed
from hctui.events import BackupDone, RestoreDone
from hctui.messages import N_, Message, message
from hctui.model import Database
from hctui.plans import BackupPlan, RestorePlan, UndoPlan

ALIAS = pousada.COMPANY.alias
_COPY = "hctui_demo_pousada_2"


def register(server: DemoServer, url: str) -> None:
    """Create the company on the server at `url` and register it in the demo's configuration. Raises `DatabaseError`."""
    location = pousada.create(url, server.scale)
    configuration = Configuration.load(server.configuration_path)
    database = Database(ALIAS, "postgresql", location)
    if any(each.alias == ALIAS for each in configuration.databases):
        configuration.replace(ALIAS, database)
    else:
        configuration.add(database)


def steps(server: DemoServer) -> Iterator[Chapter | Message]:
    """Back the company up during writes, damage it twice, restore it, and compare every row. Raises `HctuiError`."""
    configuration = Configuration.load(server.configuration_path)
    location = configuration.database(ALIAS).location
    yield Chapter(N_("A fourth company, on a PostgreSQL server"))
    before = pousada.units_done(location)
    with pousada.background_writes(location):
        done = job_done(BackupPlan((ALIAS,), server.backups, ""), configuration, None, BackupDone)
    meanwhile = pousada.units_done(location) - before
    yield message(N_("backed up in {took_seconds} while {count} goods were moved"), took_seconds=done.seconds, count=meanwhile)
    job_done(RestorePlan(done.file, (ALIAS,), into=_COPY), configuration, None, RestoreDone)
    configuration.reload()
    captured_at = configuration.database(_COPY).location
    if pousada.broken(captured_at):
        raise DemoFailed(reason=message(N_("{alias} holds half a transaction ({broken})."), alias=ALIAS, broken="estoques"))
    captured = pousada.contents(captured_at)
    text = N_("restored beside it: every stock is what {units} movements make of it")
    yield message(text, units=pousada.units_done(captured_at))
    now = pousada.contents(location)
    rows = pousada.drop_and_overwrite(location)
    damaged = (pousada.DROPPED, pousada.OVERWRITTEN)
    text = N_("{alias}: table {dropped} dropped, {rows} rows of {overwritten} overwritten")
    yield message(text, alias=ALIAS, dropped=damaged[0], rows=rows, overwritten=damaged[1])
    done_again = job_done(RestorePlan(done.file, (ALIAS,), tables=damaged), configuration, None, RestoreDone)
    rows = require_same(ALIAS, pousada.contents(location), now)
    yield message(
        N_("both restored in {took_seconds}; {rows} rows are what they were"), took_seconds=done_again.seconds, rows=rows
    )
    pousada.drop_everything(location)
    whole = job_done(RestorePlan(done.file, (ALIAS,)), configuration, None, RestoreDone)
    rows = require_same(ALIAS, pousada.contents(location), captured)
    text = N_("everything dropped, and restored in {took_seconds}; every row of every table is what it was ({rows} compared)")
    yield message(text, took_seconds=whole.seconds, rows=rows)
    job_done(UndoPlan(ALIAS), configuration, None, RestoreDone)
    if pousada.contents(location):
        raise DemoFailed(reason=message(N_("{alias} is not what it was in: {tables}."), alias=ALIAS, tables="*"))
    job_done(UndoPlan(ALIAS), configuration, None, RestoreDone)
    require_same(ALIAS, pousada.contents(location), captured)
    yield message(N_("undo, and undo once more: nothing there, and everything again"))
