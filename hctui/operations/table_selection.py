"""The tables that a restore replaces, creates, keeps and drops, with the reasons (DESIGN.md 6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from hctui.errors import SimilarTable, TableRefused, UnknownTable
from hctui.messages import N_, Message, message
from hctui.model import DatabaseManifest, Role, Table
from hctui.operations.results import Action, TableComparison
from hctui.plans import RestorePlan

_PROTECTED = {
    Role.USERS: message(N_("users stay as they are unless asked for")),
    Role.AUDIT: message(N_("the audit stays as it is unless asked for")),
    Role.SETTINGS: message(N_("settings stay as they are unless asked for")),
}
_NOT_CHOSEN = message(N_("it was not chosen"))
_LEFT_OUT = message(N_("it was left out of the backup"))
_NEWER = message(N_("it was made since the backup"))


def compare_tables(plan: RestorePlan, source: DatabaseManifest, live: Iterable[Table]) -> tuple[TableComparison, ...]:
    """Return the action of `plan` on each table of the backup and of the database. Raises `UnknownTable`, `TableRefused`."""
    chosen = None if plan.tables is None else frozenset(chosen_tables(plan, source))
    now = tuple(live)
    matches = _match_tables(source.tables, now)
    known = {table.name for table in matches.values()}
    return (
        *(_compare_stored(plan, table, matches.get(table.name), chosen) for table in source.tables),
        *(_compare_newer(plan, table) for table in now if table.name not in known),
    )


def chosen_tables(plan: RestorePlan, source: DatabaseManifest) -> Iterator[str]:
    """Yield the names in the backup of the plan's tables. Upper and lower case differ only where two names need it."""
    tables = {table.name: table for table in source.tables}
    folded: dict[str, list[str]] = {}
    for name in tables:
        folded.setdefault(name.casefold(), []).append(name)
    for asked in plan.tables or ():
        like = folded.get(asked.casefold(), [])
        found = asked if asked in tables else like[0] if len(like) == 1 else None
        if found is None:
            raise _unknown(asked, plan, tables)
        if tables[found].left_out:
            raise TableRefused(alias=source.alias, table=found, reason=N_("it was left out of the backup."))
        yield found


def protected(role: Role, plan: RestorePlan) -> Message | None:
    """Return the reason why a table of `role` stays as it is, or None where the plan restores it."""
    asked = plan.settings if role is Role.SETTINGS else plan.users_and_audit
    return None if asked else _PROTECTED.get(role)


def _compare_stored(plan: RestorePlan, table: Table, now: Table | None, chosen: frozenset[str] | None) -> TableComparison:
    role = now.role if now else table.role
    restoring = Action.REPLACE if now else Action.CREATE
    reason: Message | None
    if table.left_out:
        reason = _LEFT_OUT
    elif chosen is not None:
        reason = None if table.name in chosen else _NOT_CHOSEN
    else:
        reason = protected(role, plan) if now else None
    action = Action.KEEP if reason else restoring
    return TableComparison(table.name, role, action, reason, table, now, restorable=not table.left_out)


def _compare_newer(plan: RestorePlan, table: Table) -> TableComparison:
    kept = protected(table.role, plan)
    action = Action.DROP if plan.exact and kept is None else Action.KEEP
    return TableComparison(
        table.name, table.role, action, kept if plan.exact and kept else _NEWER, None, table, restorable=False
    )


def _match_tables(backup: Iterable[Table], live: Iterable[Table]) -> Mapping[str, Table]:
    """Return the live table for each table of the backup, by its name in the backup.

    Names that differ only in upper and lower case match where exactly one live table is left for them.
    """
    tables = tuple(backup)
    exact = {table.name: table for table in live}
    free: dict[str, list[Table]] = {}
    names = {table.name for table in tables}
    for name, table in exact.items():
        if name not in names:
            free.setdefault(name.casefold(), []).append(table)
    found: dict[str, Table] = {}
    for table in tables:
        like = free.get(table.name.casefold(), [])
        if table.name in exact:
            found[table.name] = exact[table.name]
        elif len(like) == 1:
            found[table.name] = like.pop()
    return found


def _unknown(asked: str, plan: RestorePlan, tables: Iterable[str]) -> UnknownTable:
    from difflib import get_close_matches

    close = get_close_matches(asked, list(tables), n=3)
    if close:
        return SimilarTable(table=asked, where=plan.file.name, close=", ".join(close))
    return UnknownTable(table=asked, where=plan.file.name, command=f"hctui show {plan.file.name}")
