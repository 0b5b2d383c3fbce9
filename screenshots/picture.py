"""Pictures of a page as SVG and PNG, with every word in its cells whatever the font."""

from __future__ import annotations

import html
import re
import subprocess
from pathlib import Path

FONT = "DejaVu Sans Mono"
FONT_SIZE = "20.26px"
"""The size in which a letter of this font is as wide as a cell."""
CELL = 12.2
"""Width of a cell in the pictures of Rich."""
_TEXT = re.compile(
    r'<text (?P<before>[^>]*?)x="(?P<x>[\d.]+)"(?P<between>[^>]*?) textLength="[\d.]+"(?P<after>[^>]*)>(?P<text>[^<]*)</text>'
)
_FACES = re.compile(r"@font-face\s*\{.*?\}", re.DOTALL)


def in_cells(svg: str) -> str:
    """Return the picture with each word at its own position, in a font that most systems have."""
    svg = _FACES.sub("", svg)
    svg = svg.replace("Fira Code, monospace", f"'{FONT}', monospace").replace("font-size: 20px", f"font-size: {FONT_SIZE}")
    return _TEXT.sub(_placed, svg)


def _placed(found: re.Match[str]) -> str:
    start = float(found["x"])
    return "".join(
        f'<text {found["before"]}x="{start + word.start() * CELL:g}"{found["between"]}{found["after"]}>'
        f"{html.escape(word[0], quote=False)}</text>"
        for word in re.finditer(r"[^ \xa0]+", html.unescape(found["text"]))
    )


def save(svg: str, folder: Path, name: str) -> None:
    """Write `name.svg` and `name.png`. Needs rsvg-convert (librsvg2-bin), and ImageMagick to make the file smaller."""
    picture = folder / f"{name}.svg"
    picture.write_text(in_cells(svg), encoding="utf-8")
    drawn = str(picture.with_suffix(".png"))
    subprocess.run(["rsvg-convert", "-o", drawn, str(picture)], check=True)
    subprocess.run(["convert", drawn, "+dither", "-colors", "256", f"PNG8:{drawn}"], check=True)
