"""Archives and manifests that chance made: one error of ours or nothing but their bytes, quickly, and nothing touched."""

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
from soak.archives import STANDARDS, Damage, edited, keys_remembered
from soak.child import carry_out
from soak.scene import Scene
from soak.tally import Tally

from hctui.archive import ArchiveReader
from hctui.errors import HctuiError
from hctui.model import Encryption
from hctui.operations import preview_restore, show
from hctui.plans import FilesRestorePlan, RestorePlan, VerifyPlan

Harmless = Callable[[bytes, str], set[str]]
SECONDS = 10.0
"""What one small archive may take of a processor, which does not depend on what else the machine does."""
MEGABYTES = 150
"""What one small archive may make this process grow by."""
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
    damage = Damage(scene.folder, Tally())
    return {standard: damage.original(standard) for standard in STANDARDS}


@pytest.fixture(autouse=True)
def remembered() -> Iterator[None]:
    with keys_remembered():
        yield


def is_a_sentence(error: HctuiError) -> bool:
    """Tell whether nothing in it could end the line or command the terminal."""
    return bool(str(error)) and not any(unicodedata.category(sign) in ("Cc", "Cs") for sign in str(error))


@pytest.mark.parametrize("standard", STANDARDS, ids=str)
def test_the_reader(
    originals: dict[Encryption | None, bytes], tmp_path: Path, tally: Tally, standard: Encryption | None
) -> None:
    path = tmp_path / "fuzzed.bkb"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    @FUZZED
    @given(EDITS)
    def check(edits: list[tuple[str, float, bytes, int]]) -> None:
        path.write_bytes(edited(originals[standard], edits))
        begun = time.process_time()
        try:
            with ArchiveReader(path, password="Ninguém adivinha isto 2611") as archive:
                archive.manifest()
                for member in archive.members():
                    if not member.folder:
                        archive.read(member.name, io.BytesIO())
            tally.add("fuzzed archives", "read")
        except HctuiError as error:
            assert is_a_sentence(error), error
            tally.add("fuzzed archives", type(error).__name__)
        assert time.process_time() - begun < SECONDS

    check()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak < MEGABYTES * 1024


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 70), 1 << 70) | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
TELLING = st.sampled_from(
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


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the way to everything in a manifest."""
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(each for key, inner in below for each in places(inner, (*path, key)))]


def put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    value[path[0]] = put(value[path[0]], path[1:], new)
    return value


def packed(backup: Path, manifest: bytes, extra: dict[str, bytes] | None = None) -> bytes:
    """Return a backup with another manifest, and more members."""
    made = io.BytesIO()
    with zipfile.ZipFile(backup) as real, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in real.infolist():
            archive.writestr(member, manifest if member.filename == "manifest.json" else real.read(member))
        for name, content in (extra or {}).items():
            archive.writestr(name, content)
    return made.getvalue()


@pytest.fixture
def harmless(scene: Scene, tally: Tally) -> Iterator[Harmless]:
    """Give a function that does everything there is with a file, and sees that nothing comes of it but a sentence."""
    scene.reset()
    before, there = scene.contents(), _names(scene)
    path, back = scene.folder / "fuzzed.bkb", scene.folder / "back"

    def attempt(deed: Callable[[], object], subject: str) -> str:
        begun, end = time.process_time(), "done"
        try:
            deed()
        except HctuiError as error:
            assert is_a_sentence(error), error
            end = type(error).__name__
        assert time.process_time() - begun < SECONDS
        tally.add(subject, end)
        return end

    def check(content: bytes, subject: str) -> set[str]:
        path.write_bytes(content)
        back.mkdir()
        looks = (
            lambda: show(path, None),
            lambda: preview_restore(RestorePlan(path), scene.configuration(), None),
            lambda: carry_out(VerifyPlan(path), scene.configuration(), None),
        )
        ends = {attempt(look, subject) for look in looks}
        attempt(lambda: carry_out(FilesRestorePlan(path, back), scene.configuration(), None), subject)
        assert scene.contents() == before, "looking has changed something"
        shutil.rmtree(back)
        ends.add(restored := attempt(lambda: carry_out(RestorePlan(path), scene.configuration(), None), subject))
        if restored == "done":
            assert all(scene.contents().values()), "what was restored can't be read"
            scene.reset()
        assert scene.contents() == before
        path.unlink()
        assert _names(scene) == there, "something was written where nothing should be"
        return ends

    yield check
    shutil.rmtree(back, ignore_errors=True)
    scene.reset()


def _names(scene: Scene) -> set[str]:
    state = scene.folder / "state"
    return {str(path) for path in scene.folder.rglob("*") if state not in (path, *path.parents)}


def test_manifests_that_chance_changed(scene: Scene, harmless: Harmless) -> None:
    with zipfile.ZipFile(scene.backup) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    ways = places(manifest)

    @FEWER
    @given(st.lists(st.tuples(st.sampled_from(ways), TELLING | JSON), min_size=1, max_size=2))
    def check(changes: list[tuple[tuple[Any, ...], Any]]) -> None:
        changed = copy.deepcopy(manifest)
        for way, new in changes:
            try:
                changed = put(changed, way, new)
            except (KeyError, IndexError, TypeError):
                continue  # the first change took away where the second was meant
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
def test_manifests_that_are_none(scene: Scene, harmless: Harmless, wrong: str) -> None:
    ends = harmless(packed(scene.backup, WRONG[wrong]), "wrong manifests")
    assert "done" not in ends or wrong in ("megabytes of tables", "an engine that is none"), ends


def test_members_the_manifest_does_not_know(scene: Scene, harmless: Harmless) -> None:
    with zipfile.ZipFile(scene.backup) as archive:
        manifest = archive.read("manifest.json")
    extra = {f"LOJA/extra{number}.db": b"x" * 1000 for number in range(50)} | {"solto.txt": b"y", "OUTRA/a.dbf": b"z"}
    harmless(packed(scene.backup, manifest, extra), "wrong manifests")


def test_an_archive_that_holds_itself(scene: Scene, harmless: Harmless) -> None:
    """A quine, as far as anybody unpacks archives in archives: nobody here does."""
    inner = scene.backup.read_bytes()
    with zipfile.ZipFile(scene.backup) as archive:
        manifest = archive.read("manifest.json")
    for _ in range(5):
        inner = packed(scene.backup, manifest, {"LOJA/copia.bkb": inner})
    harmless(inner, "wrong manifests")
