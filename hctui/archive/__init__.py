"""The `.bkb` file: an ordinary ZIP, written fast and durably, and read without being trusted (DESIGN.md 3)."""

from hctui.archive import _architecture  # noqa: F401
from hctui.archive.members import MemberInfo, StoredMember, name_defect
from hctui.archive.reader import ArchiveReader
from hctui.archive.writer import ArchiveWriter

__all__ = ["ArchiveReader", "ArchiveWriter", "MemberInfo", "StoredMember", "name_defect"]
