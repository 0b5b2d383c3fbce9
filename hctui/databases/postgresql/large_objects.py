"""Large objects as statements: pg_dump tells of them only together with all rows, or differently in each version."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hctui.databases.postgresql.connection import Link
from hctui.databases.postgresql.identifiers import literal, quoted

_PIECE = 256 << 10
"""Bytes in one statement."""
_ABOUT = """
SELECT pg_get_userbyid(lomowner), obj_description(oid, 'pg_largeobject'), lomacl IS NULL
FROM pg_largeobject_metadata WHERE oid = %s
"""
_RIGHTS = """
SELECT coalesce(r.rolname, ''), a.privilege_type, a.is_grantable
FROM pg_largeobject_metadata m, aclexplode(m.lomacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee WHERE m.oid = %s ORDER BY 1, 2
"""


def large_objects(link: Link, objects: Sequence[int]) -> Iterator[bytes]:
    """Yield statements, one a line, that make each object, fill it, and give it its owner, rights and comment."""
    for oid in objects:
        exists = f"SELECT FROM pg_catalog.pg_largeobject_metadata WHERE oid = {oid}"
        yield f"SELECT pg_catalog.lo_create({oid}) WHERE NOT EXISTS ({exists});\n".encode()
        offset = 0
        while piece := link.ask("SELECT lo_get(%s::oid, %s::bigint, %s::int)", (oid, offset, _PIECE))[0][0]:
            yield f"SELECT pg_catalog.lo_put({oid}, {offset}, '\\x{bytes(piece).hex()}');\n".encode()
            offset += len(piece)
        yield "".join(f"{line}\n" for line in _of_people(link, oid)).encode()


def _of_people(link: Link, oid: int) -> Iterator[str]:
    owner, comment, untouched = link.ask(_ABOUT, (oid,))[0]
    yield f"ALTER LARGE OBJECT {oid} OWNER TO {quoted(owner)};"
    if not untouched:
        yield f"REVOKE ALL ON LARGE OBJECT {oid} FROM {quoted(owner)};"
        for grantee, privilege, grantable in link.ask(_RIGHTS, (oid,)):
            more = " WITH GRANT OPTION" if grantable else ""
            yield f"GRANT {privilege} ON LARGE OBJECT {oid} TO {quoted(grantee) if grantee else 'PUBLIC'}{more};"
    if comment is not None:
        yield f"COMMENT ON LARGE OBJECT {oid} IS {literal(comment)};"
