"""Previews: what a backup or a restore would do. Nothing is changed, and no more is read than catalogues."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from hctui.config import Configuration
from hctui.databases import open_engine
from hctui.databases.engine import Engine
from hctui.destinations import FolderDestination
from hctui.disk import space
from hctui.disk.paths import existing
from hctui.errors import DatabaseMissing, HctuiError
from hctui.messages import N_, Message, message
from hctui.model import Database
from hctui.operations import history
from hctui.operations.backup import usable_databases
from hctui.operations.destination import free_space, refuse_existing, refuse_inside, same_disk_advice
from hctui.operations.estimate import Estimate, estimate
from hctui.operations.infer_manifest import RegisteredDatabases
from hctui.operations.restore_targets import RestoreTarget, find_targets
from hctui.operations.results import BackupPreview, DatabasePreview, FilesPreview, Problem, RestorePreview
from hctui.operations.sources import BackupSource, open_source
from hctui.plans import BackupPlan, FilesBackupPlan, FilesRestorePlan, RestorePlan


def preview_backup(plan: BackupPlan, configuration: Configuration) -> BackupPreview:
    """Return what `plan` would do. Raises `UnknownDatabase`, `DatabaseError`; other reasons against it are its problems."""
    known = history.load()
    databases, refused = usable_databases(plan, configuration)
    engines = _engines(databases)
    estimates = [estimate(plan, engine, known) for engine in engines]
    compressed = sum(each.compressed for each in estimates)
    destination = FolderDestination(plan.destination)
    usable = plan.destination.is_dir()  # nothing is known of another place, such as an address
    free = free_space(plan.destination) if usable else None
    shared = usable and destination.shares_disk(path for engine in engines for path in engine.paths())
    problems = (
        *_problem(
            destination.check,
            *(partial(refuse_inside, destination, engine) for engine in engines),
            partial(destination.require_space, compressed),
        ),
        *_problem(partial(refuse_existing, plan)),
        *(Problem(each.message) for each in _problem(*(engine.check_backup for engine in engines))),
    )
    size = sum(each.size for each in estimates)
    return BackupPreview(
        tables=tuple(
            (engine.database.alias, table) for engine, each in zip(engines, estimates, strict=True) for table in each.tables
        ),
        size=size,
        compressed=compressed,
        free=free,
        same_disk=shared,
        saved_audit=sum(each.audit for each in estimates),
        saved_images=sum(each.images for each in estimates),
        saved_indexes=sum(each.indexes for each in estimates),
        definitions=bool(engines) and all(engine.database.kind.stores_definitions for engine in engines),
        warnings=(*refused, *_warnings(destination, estimates, size, free, shared)),
        problems=problems,
    )


def preview_files(plan: FilesBackupPlan | FilesRestorePlan) -> FilesPreview:
    """Return the space in the destination of `plan`, and what is wrong with destination and name."""
    name = _problem(partial(refuse_existing, plan)) if isinstance(plan, FilesBackupPlan) else ()
    return FilesPreview(free_space(plan.destination), (*_problem(FolderDestination(plan.destination).check), *name))


def preview_restore(plan: RestorePlan, configuration: Configuration, password: str | None) -> RestorePreview:
    """Return what `plan` would do to each table.

    Raises the errors that the restore would raise before it begins: `WrongPassword`, `UnknownTable`, `NotRegistered` …
    """
    registered = RegisteredDatabases.of(configuration, plan.databases)
    with open_source(plan.file, password, registered, unpacked=plan.unpacked) as source:
        targets = find_targets(plan, source, configuration)
        return RestorePreview(
            file=plan.file,
            created=source.manifest.created if source.manifest else None,
            encryption=source.encryption,
            databases=tuple(_database(target, plan, source) for target in targets),
            warnings=tuple(warning for target in targets for warning in target.warnings(plan)),
        )


def _engines(databases: Iterable[Database]) -> list[Engine]:
    engines = [open_engine(database) for database in databases]
    for engine in engines:
        if not engine.exists():
            raise DatabaseMissing(alias=engine.database.alias, location=engine.database.shown_location)
    return engines


def _problem(*checks: Callable[[], object]) -> tuple[Problem, ...]:
    """Return the problem that the first failing check reports, or nothing."""
    try:
        for check in checks:
            check()
    except HctuiError as error:
        return (Problem.of(error),)
    return ()


def _warnings(
    destination: FolderDestination, estimates: Iterable[Estimate], size: int, free: int | None, shared: bool
) -> Iterable[Message]:
    if shared:
        yield same_disk_advice(destination)
    if free is not None and sum(each.compressed for each in estimates) <= free < size:
        text = N_("It may not fit: {free_bytes} are free, and the data is {size_bytes} before it is compressed.")
        yield message(text, free_bytes=free, size_bytes=size)


def _database(target: RestoreTarget, plan: RestorePlan, source: BackupSource) -> DatabasePreview:
    engine, database = target.engine, target.database
    folder = next((existing(path.parent) for path in engine.paths()), None)
    return DatabasePreview(
        alias=target.source.alias,
        target=database.alias,
        engine=database.engine,
        location=database.shown_location,
        exists=target.exists,
        taken=target.source.taken,
        consistency=target.source.consistency if source.manifest else None,
        tables=target.tables,
        sessions=engine.sessions() if target.exists else (),
        conflicts=target.conflicts(plan),
        undo=engine.undo_kept() if target.exists else None,
        size=sum(source.size_of(target.source.alias, part) for part in target.parts(plan)),
        free=space.free_space(folder) if folder else None,
        notes=target.notes(plan),
    )
