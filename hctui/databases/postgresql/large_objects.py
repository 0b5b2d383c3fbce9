"""Large objects as SQL statements; pg_dump writes them only together with all rows, and differently in each version."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hctui.databases.postgresql.connection import Connection
from hctui.databases.postgresql.identifiers import literal, quoted

_PIECE = 256 << 10
"""Bytes of an object in one statement."""
_PROPERTIES = """
SELECT pg_get_userbyid(lomowner), obj_description(oid, 'pg_largeobject'), lomacl IS NULL
FROM pg_largeobject_metadata WHERE oid = %s
"""
_RIGHTS = """
SELECT coalesce(r.rolname, ''), a.privilege_type, a.is_grantable
FROM pg_largeobject_metadata m, aclexplode(m.lomacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee WHERE m.oid = %s ORDER BY 1, 2
"""


def large_objects(connection: Connection, objects: Sequence[int]) -> Iterator[bytes]:
    """Yield statements, one a line, that create each object and set its content, owner, rights and comment."""
    for oid in objects:
        exists = f"SELECT FROM pg_catalog.pg_largeobject_metadata WHERE oid = {oid}"
        yield f"SELECT pg_catalog.lo_create({oid}) WHERE NOT EXISTS ({exists});\n".encode()
        offset = 0
        while piece := connection.query("SELECT lo_get(%s::oid, %s::bigint, %s::int)", (oid, offset, _PIECE))[0][0]:
            yield f"SELECT pg_catalog.lo_put({oid}, {offset}, '\\x{bytes(piece).hex()}');\n".encode()
            offset += len(piece)
        yield "".join(f"{line}\n" for line in _property_statements(connection, oid)).encode()


def _property_statements(connection: Connection, oid: int) -> Iterator[str]:
    owner, comment, untouched = connection.query(_PROPERTIES, (oid,))[0]
    yield f"ALTER LARGE OBJECT {oid} OWNER TO {quoted(owner)};"
    if not untouched:
        yield f"REVOKE ALL ON LARGE OBJECT {oid} FROM {quoted(owner)};"
        for grantee, privilege, grantable in connection.query(_RIGHTS, (oid,)):
            more = " WITH GRANT OPTION" if grantable else ""
            yield f"GRANT {privilege} ON LARGE OBJECT {oid} TO {quoted(grantee) if grantee else 'PUBLIC'}{more};"
    if comment is not None:
        yield f"COMMENT ON LARGE OBJECT {oid} IS {literal(comment)};"
