"""The role of a table, found from its name alone (DESIGN.md 2)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import translate
from functools import cache

from hctui.model import Role, RolePattern

DEFAULT_PATTERNS: tuple[RolePattern, ...] = tuple(
    RolePattern(pattern, role)
    for role, patterns in (
        (Role.AUDIT, ("audit*", "auditoria*", "*_audit", "*_auditoria", "log_*", "*_log")),
        (Role.IMAGES, ("*imag*", "*foto*", "*photo*", "*picture*")),
        (Role.USERS, ("usuario*", "user", "users", "user_*", "*_usuarios", "*_users", "senha*")),
        (Role.SETTINGS, ("config*", "param*", "setting*", "opcoes*", "preferenc*")),
    )
    for pattern in patterns
)


def role_of(table: str, patterns: Iterable[RolePattern] = ()) -> Role:
    """Return the role of `table`: the first of `patterns` that matches, else of the built-in ones, else data."""
    pattern, roles = _compiled(tuple(patterns))
    found = pattern.match(table.casefold())
    return roles[found.lastindex - 1] if found is not None and found.lastindex else Role.DATA


@cache
def _compiled(patterns: tuple[RolePattern, ...]) -> tuple[re.Pattern[str], tuple[Role, ...]]:
    """Return one expression with a group for each pattern, in order of precedence, and the role of each group."""
    candidates = (*patterns, *DEFAULT_PATTERNS)
    expression = "|".join(f"({translate(each.pattern.casefold())})" for each in candidates)
    return re.compile(expression), tuple(each.role for each in candidates)
