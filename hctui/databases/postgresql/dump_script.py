"""pg_dump's schema scripts, taken apart at the comments that head each entry, and put back together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from msgspec import Struct

from hctui.databases.postgresql.identifiers import plain, quoted, shown, split
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


class Entry(Struct, frozen=True):
    """One object's statements, with what pg_dump says of it."""

    name: str
    """As in the comment: `table constraint` for a constraint, `table column` for a default, else the object's own."""
    kind: str
    """`TABLE`, `INDEX`, `FK CONSTRAINT` …; empty for what stands before the first."""
    schema: str
    text: bytes

    @property
    def session(self) -> bytes:
        """Return the settings for the entries after it, which hold even where it is left out."""
        return b"".join(_SESSION.findall(self.text))

    def is_of(self, table: str) -> bool:
        """Tell whether it belongs to the table shown as `table`: makes it, or something of it that is made apart."""
        if self.kind == "INDEX":
            return table_of_index(self) == table
        words = self.name.split(" ")
        return any(shown(self.schema, " ".join(words[:count])) == table for count in range(1, len(words) + 1))

    def mentions(self, names: Iterable[bytes]) -> bool:
        """Tell whether any of these names stands somewhere in it."""
        return any(name in self.text for name in names)


def entries(script: bytes) -> list[Entry]:
    """Return the entries of a script; psql's own commands are left out."""
    plain = _RESTRICT.sub(b"", script)
    heads = list(_HEAD.finditer(plain))
    starts = [*(head.start() for head in heads), len(plain)]
    found = [Entry("", "", "", plain[: starts[0]])]
    for head, end in zip(heads, starts[1:], strict=True):
        name, kind, schema = (head.group(each).decode(errors="replace") for each in ("name", "kind", "schema"))
        found.append(Entry(name, kind, schema, plain[head.start() : end]))
    return found


def join(kept: Iterable[Entry]) -> bytes:
    """Return entries as one script again."""
    return b"".join(entry.text for entry in kept)


def split_indexes(script: bytes) -> tuple[list[Entry], tuple[IndexDefinition, ...]]:
    """Return the entries without those that make indexes, and those as definitions."""
    kept: list[Entry] = []
    indexes = []
    for entry in entries(script):
        if entry.kind == "INDEX":
            text = b"".join(line for line in entry.text.splitlines(True) if not line.startswith(b"--"))
            indexes.append(IndexDefinition(entry.name, table_of_index(entry), text.decode(errors="surrogateescape").strip()))
            kept.append(Entry("", "", "", entry.session))
        else:
            kept.append(entry)
    return kept, tuple(indexes)


def of_table(found: Sequence[Entry], table: str) -> list[Entry]:
    """Return the entries that make a table and what belongs to it alone."""
    schema, name = split(table)
    written = rb"\.".join(
        rb"(?:%s|%s)" % (re.escape(each.encode()), re.escape(quoted(each).encode())) for each in (schema, name)
    )
    about = re.compile(rb"\b(?:TABLE|COLUMN|ON) " + written + rb"(?=[ .;\n])")
    owned = re.compile(rb" OWNED BY " + written + rb"\.")
    sequences = {(each.schema, each.name) for each in found if each.kind == "SEQUENCE OWNED BY" and owned.search(each.text)}
    indexes = {(each.schema, each.name) for each in found if each.kind == "INDEX" and each.is_of(table)}

    def belongs(entry: Entry) -> bool:
        if entry.kind in ("COMMENT", "ACL"):
            kind, _, named = entry.name.partition(" ")
            own = {"SEQUENCE": sequences, "INDEX": indexes}.get(kind, set())
            return (entry.schema, plain(named)) in own or about.search(entry.text) is not None
        if entry.kind.startswith("SEQUENCE"):
            return (entry.schema, entry.name) in sequences or entry.is_of(table)
        return entry.is_of(table)

    return [entry for entry in found if entry.kind and belongs(entry)]


def table_of_index(entry: Entry) -> str:
    """Return the table that an index is on, as it is shown; empty where the statement does not tell."""
    found = _ON.search(entry.text)
    if found is None:
        return ""
    schema = (found.group(1) or b"public.")[:-1]
    return shown(*(plain(each.decode(errors="replace")) for each in (schema, found.group(2))))
