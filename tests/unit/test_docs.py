"""The documentation names files that exist, and nothing that is not in the repository."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs").glob("*.md"))
PATHS = re.compile(r"(?<![\w/.…])((?:[a-z_]\w*/)*[a-z_]\w*(?:\.py|/))(?![\w.*])")
LINKS = re.compile(r"\]\(([^)#:]+)\)")


def exists(name: str) -> bool:
    """Return whether a path is in the repository, from its top or from a package's."""
    return any(
        (base / name).exists()
        for base in (ROOT, ROOT / "hctui", *(ROOT / "hctui").iterdir(), *(ROOT / "hctui/databases").iterdir())
    )


@pytest.mark.parametrize(
    "page", [ROOT / "docs" / "ARCHITECTURE.md", ROOT / "docs" / "CONTRIBUTING.md"], ids=lambda page: page.name
)
def test_every_file_that_is_named_exists(page: Path) -> None:
    named = set(PATHS.findall(page.read_text("utf-8")))
    assert len(named) > 5
    assert {name for name in named if not exists(name)} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page: Path) -> None:
    assert {link for link in LINKS.findall(page.read_text("utf-8")) if not (page.parent / link).exists()} == set()


def test_pages_that_the_code_cites_exist() -> None:
    cited = {
        name for path in (ROOT / "hctui").rglob("*.py") for name in re.findall(r"\b([A-Z]+\.md)\b", path.read_text("utf-8"))
    }
    assert cited
    assert {name for name in cited if not (ROOT / "docs" / name).exists()} == set()
