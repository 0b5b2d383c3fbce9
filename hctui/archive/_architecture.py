"""Prevents pycryptodomex from running the program `file`; imported before it.

At every start pycryptodomex asks Python's `platform.architecture()`, which runs `file`; it uses the answer on Windows only.
Whatever program PATH finds under that name must not run while hctui is about to receive passwords, and starting one takes
4 ms. With the answer in pycryptodomex's own cache it does not ask. (With cffi installed it never asks.)
"""

from __future__ import annotations

from Cryptodome.Util import _raw_api

_cached_answer: list[str] = getattr(_raw_api, "cached_architecture", [])
_cached_answer[:] = ("", "")
