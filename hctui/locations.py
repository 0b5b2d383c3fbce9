"""Where databases are: which engines have files of this machine, and how a location is shown."""

from __future__ import annotations

import re

ENGINE_NAMES = ("sqlite", "folder", "postgresql")
"""What a database can be registered with; `hctui.databases.ENGINES` has a module for each."""
FILE_ENGINES = ("sqlite", "folder")
"""Engines whose location is a path on this machine."""
_USER_INFO = re.compile(r"(?<=://)([^/@?#:]*):[^/?#]+@")
_SECRET = re.compile(r"(?i)(?<=[?&])(password|sslpassword)=[^&]*")


def masked(location: str) -> str:
    """Return `location` with whatever is a password in it replaced by asterisks; a path stays as it is."""
    return _SECRET.sub(r"\1=***", _USER_INFO.sub(r"\1:***@", location)) if "://" in location else location
