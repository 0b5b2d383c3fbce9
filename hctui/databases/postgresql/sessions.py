"""The other sessions on a database, which a restore refuses or ends."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from hctui.databases.postgresql.connection import Connection
from hctui.model import Session

_SESSIONS = """
SELECT pid, coalesce(usename, ''), coalesce(application_name, ''), coalesce(host(client_addr), ''),
  CASE WHEN state = 'active' THEN left(coalesce(query, ''), 200) ELSE coalesce(state, '') END
FROM pg_stat_activity WHERE datname = %(database)s AND pid <> ALL (%(own)s) AND usesysid IS NOT NULL
  AND coalesce(backend_type, 'client backend') IN ('client backend', 'walsender')
UNION ALL SELECT 0, owner, '', '', 'PREPARE TRANSACTION ' || gid FROM pg_prepared_xacts WHERE database = %(database)s
ORDER BY 1
"""


def read_sessions(connection: Connection, database: str, own: Collection[int]) -> tuple[Session, ...]:
    """Return the sessions on `database` whose server process is not in `own`, and its prepared transactions."""
    return tuple(
        Session(program or "?", user, int(pid), address, " ".join(doing.split()))
        for pid, user, program, address, doing in connection.query(_SESSIONS, {"database": database, "own": list(own)})
    )


def named(sessions: Iterable[Session]) -> str:
    """Return who is connected, for a sentence: `psql (maria, 4711, SELECT …), …`."""
    return ", ".join(f"{each.program} ({', '.join(_details(each))})" for each in sessions)


def _details(session: Session) -> list[str]:
    process = str(session.process) if session.process else ""
    return [each for each in (session.user, process, session.address, session.doing) if each]
