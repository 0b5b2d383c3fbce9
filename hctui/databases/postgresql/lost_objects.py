"""What was made in a database since its backup and is no table: a whole restore does not carry it over, and says so."""

from __future__ import annotations

from collections.abc import Sequence

from hctui.databases.postgresql.connection import Link
from hctui.messages import N_, Message, message
from hctui.model import DatabaseManifest

_SHOWN = 20
"""Objects that are named."""
_OBJECTS = """
WITH objects(class, oid, tab) AS (
  SELECT 'pg_class'::regclass, c.oid, i.indrelid FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid
    WHERE c.relkind IN ('v', 'm', 'S', 'f', 'i', 'I') AND c.relpersistence <> 't'
    AND NOT EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = c.oid AND c.relkind = 'i')
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
      AND (d.deptype = 'i' OR d.deptype = 'a' AND c.relkind = 'S'))
  UNION ALL SELECT 'pg_proc'::regclass, oid, 0 FROM pg_proc
  UNION ALL SELECT 'pg_type'::regclass, t.oid, 0 FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
    WHERE t.typtype IN ('e', 'd', 'r') OR t.typtype = 'c' AND c.relkind = 'c'
  UNION ALL SELECT 'pg_namespace'::regclass, oid, 0 FROM pg_namespace WHERE nspname !~ '^pg_'
  UNION ALL SELECT 'pg_extension'::regclass, oid, 0 FROM pg_extension
  UNION ALL SELECT 'pg_trigger'::regclass, oid, tgrelid FROM pg_trigger WHERE NOT tgisinternal AND tgparentid = 0
  UNION ALL SELECT 'pg_policy'::regclass, oid, polrelid FROM pg_policy
  UNION ALL SELECT 'pg_rewrite'::regclass, oid, ev_class FROM pg_rewrite WHERE rulename <> '_RETURN'
  UNION ALL SELECT 'pg_event_trigger'::regclass, oid, 0 FROM pg_event_trigger
  UNION ALL SELECT 'pg_publication'::regclass, oid, 0 FROM pg_publication)
SELECT told.type, told.identity, CASE WHEN tab <> 0 THEN tab::regclass::text END
FROM objects CROSS JOIN LATERAL pg_identify_object(class, objects.oid, 0) told
WHERE objects.oid >= 16384 AND told.type IS NOT NULL AND NOT EXISTS (
  SELECT FROM pg_depend d WHERE d.classid = objects.class AND d.objid = objects.oid AND d.deptype = 'e')
ORDER BY 1, 2
"""
"""Numbers from 16384 on are given to what people make; what belongs to an extension comes and goes with it."""
_TABLES = "SELECT oid::regclass::text FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'f')"


def left_behind(live: Link, stage: Link) -> list[str]:
    """Return what the live database has and the new one has not: `view public.devedores`, `function public.soma(integer)`.

    What hangs on a table or view that the new one has not either goes without saying.
    """
    there = {(kind, name) for kind, name, _ in stage.ask(_OBJECTS)}
    tables = {name for (name,) in stage.ask(_TABLES)}
    return [
        f"{kind} {name}"
        for kind, name, table in live.ask(_OBJECTS)
        if (kind, name) not in there and (table is None or table in tables)
    ]


def known_objects(link: Link) -> list[str]:
    """Return what there is beside tables and what hangs on them, for the manifest of a backup."""
    return [f"{kind} {name}" for kind, name, table in link.ask(_OBJECTS) if table is None]


def planned(live: Link, source: DatabaseManifest) -> tuple[Message, ...]:
    """Say what a whole restore will not carry over, as far as the manifest tells what there was."""
    known = source.details.get("objects")
    objects = [each for each in known_objects(live) if each not in known] if isinstance(known, list) else []
    text = N_(
        "Made since the backup, and not there after the restore: {objects}. They stay in the database that is kept for undo."
    )
    return (message(text, objects=_named(objects)),) if objects else ()


def _named(objects: Sequence[str]) -> str:
    return ", ".join(objects[:_SHOWN]) + (" …" if len(objects) > _SHOWN else "")


def told_left_behind(alias: str, undo: str, objects: Sequence[str]) -> Message:
    """Return the sentence for the result of a restore."""
    text = N_(
        "{alias}: made since the backup, and therefore no longer there: {objects}. The database that was replaced still has"
        " them: it is kept as {database}, and an undo brings it back."
    )
    return message(text, alias=alias, objects=_named(objects), database=undo)
