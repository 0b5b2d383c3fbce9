"""The recording of an operation's system calls on files, by strace, in order and with every byte."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass

from .child import Child
from .tracing import attached

_CALLS = (
    *("openat", "?open", "?creat", "write", "pwrite64", "writev", "pwritev", "lseek", "ftruncate", "?truncate", "fallocate"),
    *(
        "fsync",
        "fdatasync",
        "sync",
        "sync_file_range",
        "?rename",
        "renameat",
        "renameat2",
        "?link",
        "linkat",
        "?unlink",
        "unlinkat",
    ),
    *("?mkdir", "mkdirat", "?rmdir", "copy_file_range", "sendfile", "?symlink", "symlinkat"),
)
EVERYTHING = "everything"
"""The path of a sync of all file systems."""
_LINE = re.compile(r"^(?P<thread>\d+) +(?P<rest>.*)$")
_CALL = re.compile(r"^(?P<name>\w+)\((?P<arguments>.*)\) += (?P<result>-?\d+)(?:<(?P<path>(?:[^>\\]|\\.)*)>)?", re.DOTALL)
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
_DESCRIPTOR = re.compile(r"^(\d+)<((?:[^>\\]|\\.)*)>")
_AT = re.compile(r"(?:AT_FDCWD|\d+)<((?:[^>\\]|\\.)*)>, \"((?:[^\"\\]|\\.)*)\"")


@dataclass(frozen=True, slots=True)
class Call:
    """One call that changes or syncs a file or a name; paths are absolute."""

    name: str
    """`create`, `write`, `truncate`, `sync`, `rename`, `link`, `unlink`, `mkdir` or `rmdir`."""
    paths: tuple[str, ...]
    offset: int = 0
    data: bytes = b""

    def folders(self) -> set[str]:
        """Return the folders in which it changes names."""
        return {os.path.dirname(path) for path in self.paths}


def record(child: Child) -> list[Call]:
    """Let a child run, which must succeed, and return its calls."""
    with tempfile.NamedTemporaryFile("r", encoding="ascii") as log:
        options = ["-y", "-xx", "-s", "16777216", "-e", f"trace={','.join(_CALLS)}", "-o", log.name]
        with attached(child.process, options):
            child.go()
            ended = child.wait()
        assert ended.done, ended
        return list(_Reader().calls(_whole_lines(log)))


def _whole_lines(log: Iterator[str]) -> Iterator[str]:
    """Join the two lines of a call that another thread interrupted; a call counts when it ends."""
    unfinished: dict[str, str] = {}
    for line in log:
        found = _LINE.match(line.rstrip("\n"))
        if found is None:
            continue
        thread, rest = found["thread"], found["rest"]
        if rest.endswith("<unfinished ...>"):
            unfinished[thread] = rest.removesuffix("<unfinished ...>")
        elif rest.startswith("<... "):
            yield unfinished.pop(thread, "") + rest.partition("resumed>")[2]
        else:
            yield rest


class _Reader:
    def __init__(self) -> None:
        self._positions: dict[str, int] = {}
        self._sizes: dict[str, int] = {}

    def calls(self, lines: Iterator[str]) -> Iterator[Call]:
        for line in lines:
            found = _CALL.match(line)
            if found is None or found["result"].startswith("-"):
                continue
            yield from self._read(found["name"], found["arguments"], int(found["result"]), found["path"])

    def _read(self, name: str, arguments: str, result: int, opened: str | None) -> Iterator[Call]:
        if name in ("openat", "open", "creat"):
            yield from self._opened(arguments, result, _text(opened or ""))
            return
        descriptor = _DESCRIPTOR.match(arguments)
        key, path = (descriptor[1], _text(descriptor[2])) if descriptor else ("", "")
        match name:
            case "write" | "pwrite64":
                data = _bytes(_STRING.search(arguments)[1])[:result]  # type: ignore[index]
                at = int(arguments.rpartition(", ")[2]) if name == "pwrite64" else self._positions.get(key, 0)
                if name == "write":
                    self._positions[key] = at + result
                yield Call("write", (path,), at, data)
            case "lseek":
                self._positions[key] = result
            case "ftruncate":
                yield Call("truncate", (path,), int(arguments.rpartition(", ")[2]))
            case "fsync" | "fdatasync":
                yield Call("sync", (path,))
            case "sync":
                yield Call("sync", (EVERYTHING,))
            case "fallocate" | "sync_file_range":
                return
            case "writev" | "pwritev" | "sendfile" | "copy_file_range":
                assert "hctui-soak-" not in arguments, f"an unknown call that writes: {name}"
            case _:
                yield self._named(name, arguments)

    def _opened(self, arguments: str, result: int, path: str) -> Iterator[Call]:
        self._positions[str(result)] = 0
        if "O_CREAT" in arguments:
            yield Call("create", (path,))
        if "O_TRUNC" in arguments:
            yield Call("truncate", (path,), 0)

    def _named(self, name: str, arguments: str) -> Call:
        """Return a call that changes names."""
        paths = tuple(os.path.join(_text(folder), _text(path)) for folder, path in _AT.findall(arguments))
        paths = paths or tuple(_text(path) for path in _STRING.findall(arguments))
        kind = re.sub("at2?$", "", name)
        if kind == "unlink" and "AT_REMOVEDIR" in arguments:
            kind = "rmdir"
        assert kind in ("rename", "link", "unlink", "mkdir", "rmdir"), f"an unknown call that changes names: {name}"
        return Call(kind, tuple(os.path.normpath(os.path.abspath(path)) for path in paths))


def _bytes(escaped: str) -> bytes:
    return bytes.fromhex(escaped.replace("\\x", "")) if escaped.startswith("\\x") else escaped.encode()


def _text(escaped: str) -> str:
    return os.fsdecode(_bytes(escaped)).removesuffix(" (deleted)")
