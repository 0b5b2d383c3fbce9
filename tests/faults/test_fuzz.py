"""Tests with random archives and manifests: they are read or raise one error of ours, quickly, and change nothing."""

from __future__ import annotations

import copy
import io
import json
import resource
import shutil
import time
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from soak.archives import STANDARDS, Damage, cached_keys, edited
from soak.child import carry_out
from soak.scene import Scene
from soak.stats import Statistics

from hctui.archive import ArchiveReader
from hctui.errors import HctuiError
from hctui.model import Encryption
from hctui.operations import preview_restore, show
from hctui.plans import FilesRestorePlan, RestorePlan, VerifyPlan

Check = Callable[[bytes, str], set[str]]
SECONDS = 10.0
"""The processor time that one small archive may take; unlike real time it does not depend on the load of the machine."""
MEGABYTES = 150
"""The memory that one small archive may take."""
FUZZED = settings(max_examples=250, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
FEWER = settings(FUZZED, max_examples=60)

EDITS = st.lists(
    st.tuples(
        st.sampled_from(["set", "insert", "delete", "copy", "number"]),
        st.floats(0, 1, exclude_max=True),
        st.binary(min_size=1, max_size=12),
        st.sampled_from([0, 1, 0x7F, 0xFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF]),
    ),
    min_size=1,
    max_size=6,
)


@pytest.fixture(scope="module")
def originals(scene: Scene) -> dict[Encryption | None, bytes]:
    damage = Damage(scene.folder, Statistics())
    return {standard: damage.original(standard) for standard in STANDARDS}


@pytest.fixture(autouse=True)
def cached() -> Iterator[None]:
    with cached_keys():
        yield


def is_a_sentence(error: HctuiError) -> bool:
    """Return whether an error has a text without line ends and control characters."""
    return bool(str(error)) and not any(unicodedata.category(sign) in ("Cc", "Cs") for sign in str(error))


@pytest.mark.parametrize("standard", STANDARDS, ids=str)
def test_the_reader(
    originals: dict[Encryption | None, bytes], tmp_path: Path, stats: Statistics, standard: Encryption | None
) -> None:
    path = tmp_path / "fuzzed.bkb"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    @FUZZED
    @given(EDITS)
    def check(edits: list[tuple[str, float, bytes, int]]) -> None:
        path.write_bytes(edited(originals[standard], edits))
        started = time.process_time()
        try:
            with ArchiveReader(path, password="Ninguém adivinha isto 2611") as archive:
                archive.manifest()
                for member in archive.members():
                    if not member.folder:
                        archive.read(member.name, io.BytesIO())
            stats.add("fuzzed archives", "read")
        except HctuiError as error:
            assert is_a_sentence(error), error
            stats.add("fuzzed archives", type(error).__name__)
        assert time.process_time() - started < SECONDS

    check()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak < MEGABYTES * 1024


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 70), 1 << 70) | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
SUSPICIOUS = st.sampled_from(
    [
        "",
        "..",
        "../x",
        "/tmp/x",
        "LOJA/../x",
        "a" * 5000,
        "\0",
        "\x1b[2J",
        "con",
        -1,
        0,
        1 << 63,
        1 << 64,
        1e308,
        [],
        {},
        None,
        "0" * 64,
    ]
)


def value_paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path to every value in a manifest."""
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(each for key, inner in below for each in value_paths(inner, (*path, key)))]


def put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    value[path[0]] = put(value[path[0]], path[1:], new)
    return value


def packed(backup: Path, manifest: bytes, extra: dict[str, bytes] | None = None) -> bytes:
    """Return a backup with another manifest and additional members."""
    made = io.BytesIO()
    with zipfile.ZipFile(backup) as real, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in real.infolist():
            archive.writestr(member, manifest if member.filename == "manifest.json" else real.read(member))
        for name, content in (extra or {}).items():
            archive.writestr(name, content)
    return made.getvalue()


@pytest.fixture
def harmless(scene: Scene, stats: Statistics) -> Iterator[Check]:
    """Yield a function that runs every operation on a file, checks that nothing is changed, and returns the results."""
    scene.reset()
    before, names = scene.contents(), _names(scene)
    path, back = scene.folder / "fuzzed.bkb", scene.folder / "back"

    def attempt(operation: Callable[[], object], subject: str) -> str:
        started, end = time.process_time(), "done"
        try:
            operation()
        except HctuiError as error:
            assert is_a_sentence(error), error
            end = type(error).__name__
        assert time.process_time() - started < SECONDS
        stats.add(subject, end)
        return end

    def check(content: bytes, subject: str) -> set[str]:
        path.write_bytes(content)
        back.mkdir()
        readers = (
            lambda: show(path, None),
            lambda: preview_restore(RestorePlan(path), scene.configuration(), None),
            lambda: carry_out(VerifyPlan(path), scene.configuration(), None),
        )
        ends = {attempt(reader, subject) for reader in readers}
        attempt(lambda: carry_out(FilesRestorePlan(path, back), scene.configuration(), None), subject)
        assert scene.contents() == before, "reading has changed something"
        shutil.rmtree(back)
        ends.add(restored := attempt(lambda: carry_out(RestorePlan(path), scene.configuration(), None), subject))
        if restored == "done":
            assert all(scene.contents().values()), "what was restored can't be read"
            scene.reset()
        assert scene.contents() == before
        path.unlink()
        assert _names(scene) == names, "something was written elsewhere"
        return ends

    yield check
    shutil.rmtree(back, ignore_errors=True)
    scene.reset()


def _names(scene: Scene) -> set[str]:
    state = scene.folder / "state"
    return {str(path) for path in scene.folder.rglob("*") if state not in (path, *path.parents)}


def test_manifests_with_random_changes(scene: Scene, harmless: Check) -> None:
    with zipfile.ZipFile(scene.backup) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    paths = value_paths(manifest)

    @FEWER
    @given(st.lists(st.tuples(st.sampled_from(paths), SUSPICIOUS | JSON), min_size=1, max_size=2))
    def check(changes: list[tuple[tuple[Any, ...], Any]]) -> None:
        changed = copy.deepcopy(manifest)
        for path, new in changes:
            try:
                changed = put(changed, path, new)
            except (KeyError, IndexError, TypeError):
                continue  # the first change removed the path of the second
        harmless(packed(scene.backup, json.dumps(changed).encode()), "fuzzed manifests")

    check()


WRONG: dict[str, bytes] = {
    "nothing": b"",
    "a list": b"[]",
    "null": b"null",
    "no end": b'{"major":1',
    "deep": b"[" * 100_000,
    "deep objects": b'{"a":' * 50_000,
    "a byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": "{}".encode("utf-16"),
    "no UTF-8": b'{"major":1,"created":"\xff\xfe"}',
    "a surrogate": b'{"major":1,"databases":[{"alias":"\\ud800","engine":"sqlite"}]}',
    "a number of thousands of digits": b'{"major":' + b"9" * 10_000 + b"}",
    "not a number": b'{"major":NaN}',
    "twice": b'{"major":1,"major":99}',
    "megabytes of spaces": b" " * 20_000_000,
    "more than a manifest may be": b" " * 70_000_000,
    "megabytes of tables": b'{"major":1,"created":"2026-11-22T00:00:00Z","hctui_version":"x","databases":[{"alias":"LOJA",'
    b'"engine":"sqlite","tables":[' + b",".join(b'{"name":"t%d"}' % n for n in range(200_000)) + b"]}]}",
    "an engine that is none": b'{"major":1,"created":"2026-11-22T00:00:00Z","hctui_version":"x","databases":[{"alias":"LOJA",'
    b'"engine":"os.system"}]}',
}


@pytest.mark.parametrize("wrong", WRONG)
def test_content_that_is_no_manifest(scene: Scene, harmless: Check, wrong: str) -> None:
    ends = harmless(packed(scene.backup, WRONG[wrong]), "wrong manifests")
    assert "done" not in ends or wrong in ("megabytes of tables", "an engine that is none"), ends


def test_members_that_are_not_in_the_manifest(scene: Scene, harmless: Check) -> None:
    with zipfile.ZipFile(scene.backup) as archive:
        manifest = archive.read("manifest.json")
    extra = {f"LOJA/extra{number}.db": b"x" * 1000 for number in range(50)} | {"solto.txt": b"y", "OUTRA/a.dbf": b"z"}
    harmless(packed(scene.backup, manifest, extra), "wrong manifests")


def test_an_archive_that_contains_itself(scene: Scene, harmless: Check) -> None:
    """Archives in archives are not unpacked."""
    inner = scene.backup.read_bytes()
    with zipfile.ZipFile(scene.backup) as archive:
        manifest = archive.read("manifest.json")
    for _ in range(5):
        inner = packed(scene.backup, manifest, {"LOJA/copia.bkb": inner})
    harmless(inner, "wrong manifests")
