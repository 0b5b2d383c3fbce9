"""Which role a table has, from its name alone (DESIGN.md 2)."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

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
    name = table.casefold()
    for candidate in (*patterns, *DEFAULT_PATTERNS):
        if fnmatchcase(name, candidate.pattern.casefold()):
            return candidate.role
    return Role.DATA
