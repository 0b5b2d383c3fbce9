"""Objects other than tables that were made since the backup: a full restore does not keep them, and reports their names."""

from __future__ import annotations

from collections.abc import Sequence

from hctui.databases.postgresql.connection import Connection
from hctui.messages import N_, Message, message
from hctui.model import DatabaseManifest

_SHOWN = 20
"""How many objects are named."""
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
SELECT named.type, named.identity, CASE WHEN tab <> 0 THEN tab::regclass::text END
FROM objects CROSS JOIN LATERAL pg_identify_object(class, objects.oid, 0) named
WHERE objects.oid >= 16384 AND named.type IS NOT NULL AND NOT EXISTS (
  SELECT FROM pg_depend d WHERE d.classid = objects.class AND d.objid = objects.oid AND d.deptype = 'e')
ORDER BY 1, 2
"""
"""Objects of users have numbers from 16384; those of an extension are left out, since they come and go with it."""
_TABLES = "SELECT oid::regclass::text FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'f')"


def find_lost_objects(live: Connection, stage: Connection) -> list[str]:
    """Return the objects that the new database lacks: `view public.devedores`, `function public.soma(integer)`.

    An index, trigger, policy or rule is left out if the new database lacks its table, too.
    """
    staged = {(kind, name) for kind, name, _ in stage.query(_OBJECTS)}
    tables = {name for (name,) in stage.query(_TABLES)}
    return [
        f"{kind} {name}"
        for kind, name, table in live.query(_OBJECTS)
        if (kind, name) not in staged and (table is None or table in tables)
    ]


def known_objects(connection: Connection) -> list[str]:
    """Return the objects other than tables and what belongs to them, for the manifest of a backup."""
    return [f"{kind} {name}" for kind, name, table in connection.query(_OBJECTS) if table is None]


def lost_objects_note(live: Connection, source: DatabaseManifest) -> tuple[Message, ...]:
    """Return a note on the objects that a full restore will lose, none if the manifest does not list objects."""
    known = source.details.get("objects")
    objects = [each for each in known_objects(live) if each not in known] if isinstance(known, list) else []
    text = N_(
        "Made since the backup, and not there after the restore: {objects}. They stay in the database that is kept for undo."
    )
    return (message(text, objects=_named(objects)),) if objects else ()


def _named(objects: Sequence[str]) -> str:
    return ", ".join(objects[:_SHOWN]) + (" …" if len(objects) > _SHOWN else "")


def lost_objects_warning(alias: str, undo: str, objects: Sequence[str]) -> Message:
    """Return the warning about the objects that a restore lost."""
    text = N_(
        "{alias}: made since the backup, and therefore no longer there: {objects}. The database that was replaced still has"
        " them: it is kept as {database}, and an undo brings it back."
    )
    return message(text, alias=alias, objects=_named(objects), database=undo)
