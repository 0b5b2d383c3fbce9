"""LEIA-ME.txt: how to put a backup back by hand, without hctui, in Portuguese and then in English."""

from __future__ import annotations

import tomllib
from importlib.resources import files

from hctui.model import Manifest


def instructions(manifest: Manifest, *, encrypted: bool) -> bytes:
    """Return the text for what a backup holds. It is not encrypted itself, so it names no database and no table."""
    languages = tomllib.loads(files("hctui.archive").joinpath("readme.toml").read_text("utf-8"))
    wanted = ["opening", *(["encrypted"] if encrypted else []), *sorted({database.engine for database in manifest.databases})]
    if manifest.files:
        wanted.append("files")
    texts = ["\n".join(sections[name] for name in wanted if name in sections) for sections in languages.values()]
    return f"\n{'-' * 80}\n".join(texts).lstrip().encode()
