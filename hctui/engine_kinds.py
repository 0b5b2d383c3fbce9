"""The kinds of engines, and locations without their passwords."""

from __future__ import annotations

import re

ENGINE_NAMES = ("sqlite", "folder", "postgresql")
"""The engines of registered databases; `hctui.databases.ENGINES` has a module for each."""
FILE_ENGINES = ("sqlite", "folder")
"""Engines whose location is a path on this machine."""
_USER_INFO = re.compile(r"(?<=://)([^/@?#:]*):[^/?#]+@")
_UNESCAPED_USER_INFO = re.compile(r"(?<=://)([^/@?#:]*):(?!\d*(?:[/?#,]|$)).*@")
"""User and password where the password has characters that should be escaped in a URL."""
_SECRET = re.compile(r"(?i)(?<=[?&])(password|sslpassword|scram_client_key|scram_server_key|oauth_client_secret)=[^&]*")


def masked(location: str) -> str:
    """Return `location` with each password in it replaced by asterisks; a path is returned unchanged."""
    if "://" not in location:
        return location
    without, found = _USER_INFO.subn(r"\1:***@", location)
    return _SECRET.sub(r"\1=***", without if found else _UNESCAPED_USER_INFO.sub(r"\1:***@", location))
