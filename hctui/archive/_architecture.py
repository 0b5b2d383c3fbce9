"""What pycryptodomex would run the program `file` to find out, at every start, and needs on Windows only.

Imported before it: a program that PATH happens to name has no business in a process that is about to be given passwords, and
starting one takes 4 ms. With cffi installed pycryptodomex does not ask.
"""

from __future__ import annotations

from Cryptodome.Util import _raw_api

_known: list[str] = getattr(_raw_api, "cached_architecture", [])
_known[:] = ("", "")
