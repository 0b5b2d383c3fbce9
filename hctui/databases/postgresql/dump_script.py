"""Schema scripts of pg_dump, split into entries at the comment that heads each one, and joined again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from msgspec import Struct

from hctui.databases.postgresql.identifiers import display_name, quoted, split_name, unquoted
from hctui.model import IndexDefinition

_HEAD = re.compile(
    rb"^--\n-- (?:Data for )?Name: (?P<name>[^\n]*); Type: (?P<kind>[^;\n]*); Schema: (?P<schema>[^\n]*?); Owner:[^\n]*\n--\n",
    re.M,
)
_SESSION = re.compile(rb"^SET default_\w+ = [^\n]*;\n", re.M)
_ON = re.compile(
    rb'^CREATE (?:UNIQUE )?INDEX (?:"(?:[^"]|"")+"|\S+) ON (?:ONLY )?((?:"(?:[^"]|"")+"|[^\s".])+\.)?("(?:[^"]|"")+"|\S+)', re.M
)
_RESTRICT = re.compile(rb"^\\(?:un)?restrict [A-Za-z0-9]+\n", re.M)


class DumpEntry(Struct, frozen=True):
    """The statements of one object, and what the comment above them states."""

    name: str
    """`table constraint` for a constraint, `table column` for a default, else the object's own name."""
    kind: str
    """`TABLE`, `INDEX`, `FK CONSTRAINT` …; empty for the settings before the first object."""
    schema: str
    text: bytes

    @property
    def session(self) -> bytes:
        """Return the settings that also apply to the entries after it, and are needed even if it is left out."""
        return b"".join(_SESSION.findall(self.text))

    def is_of(self, table: str) -> bool:
        """Return whether it creates the table called `table`, or a part of it such as a constraint or an index."""
        if self.kind == "INDEX":
            return table_of_index(self) == table
        words = self.name.split(" ")
        return any(display_name(self.schema, " ".join(words[:count])) == table for count in range(1, len(words) + 1))

    def mentions(self, names: Iterable[bytes]) -> bool:
        """Return whether its text contains any of these names."""
        return any(name in self.text for name in names)


def parse_script(script: bytes) -> list[DumpEntry]:
    """Return the entries of a script, without psql's own commands."""
    script = _RESTRICT.sub(b"", script)
    heads = list(_HEAD.finditer(script))
    starts = [*(head.start() for head in heads), len(script)]
    entries = [DumpEntry("", "", "", script[: starts[0]])]
    for head, end in zip(heads, starts[1:], strict=True):
        name, kind, schema = (head.group(each).decode(errors="replace") for each in ("name", "kind", "schema"))
        entries.append(DumpEntry(name, kind, schema, script[head.start() : end]))
    return entries


def join_entries(kept: Iterable[DumpEntry]) -> bytes:
    """Return entries as one script."""
    return b"".join(entry.text for entry in kept)


def split_indexes(script: bytes) -> tuple[list[DumpEntry], tuple[IndexDefinition, ...]]:
    """Return the entries without those of indexes, and the indexes as definitions."""
    kept: list[DumpEntry] = []
    indexes = []
    for entry in parse_script(script):
        if entry.kind == "INDEX":
            text = b"".join(line for line in entry.text.splitlines(True) if not line.startswith(b"--"))
            indexes.append(IndexDefinition(entry.name, table_of_index(entry), text.decode(errors="surrogateescape").strip()))
            kept.append(DumpEntry("", "", "", entry.session))
        else:
            kept.append(entry)
    return kept, tuple(indexes)


def entries_of_table(entries: Sequence[DumpEntry], table: str) -> list[DumpEntry]:
    """Return the entries that create a table and what belongs to it alone."""
    schema, name = split_name(table)
    written = rb"\.".join(
        rb"(?:%s|%s)" % (re.escape(each.encode()), re.escape(quoted(each).encode())) for each in (schema, name)
    )
    about = re.compile(rb"\b(?:TABLE|COLUMN|ON) " + written + rb"(?=[ .;\n])")
    owned = re.compile(rb" OWNED BY " + written + rb"\.")
    sequences = {(each.schema, each.name) for each in entries if each.kind == "SEQUENCE OWNED BY" and owned.search(each.text)}
    indexes = {(each.schema, each.name) for each in entries if each.kind == "INDEX" and each.is_of(table)}

    def belongs(entry: DumpEntry) -> bool:
        if entry.kind in ("COMMENT", "ACL"):
            kind, _, named = entry.name.partition(" ")
            own = {"SEQUENCE": sequences, "INDEX": indexes}.get(kind, set())
            return (entry.schema, unquoted(named)) in own or about.search(entry.text) is not None
        if entry.kind.startswith("SEQUENCE"):
            return (entry.schema, entry.name) in sequences or entry.is_of(table)
        return entry.is_of(table)

    return [entry for entry in entries if entry.kind and belongs(entry)]


def table_of_index(entry: DumpEntry) -> str:
    """Return the table of an index, by its name for people; empty if the statement can't be parsed."""
    found = _ON.search(entry.text)
    if found is None:
        return ""
    schema = (found.group(1) or b"public.")[:-1]
    return display_name(*(unquoted(each.decode(errors="replace")) for each in (schema, found.group(2))))
