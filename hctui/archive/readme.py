"""LEIA-ME.txt: instructions, in Portuguese and then in English, for restoring a backup by hand, without hctui."""

from __future__ import annotations

import tomllib
from importlib.resources import files

from hctui.model import Manifest


def readme_text(manifest: Manifest, *, encrypted: bool) -> bytes:
    """Return the text for the contents of a backup. It is never encrypted, so it names no database and no table."""
    languages = tomllib.loads(files("hctui.archive").joinpath("readme.toml").read_text("utf-8"))
    names = ["opening", *(["encrypted"] if encrypted else []), *sorted({database.engine for database in manifest.databases})]
    if manifest.files:
        names.append("files")
    texts = ["\n".join(sections[name] for name in names if name in sections) for sections in languages.values()]
    return f"\n{'-' * 80}\n".join(texts).lstrip().encode()
