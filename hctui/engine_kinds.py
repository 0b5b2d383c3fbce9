"""Where databases are: which engines have files of this machine, and how a location is shown."""

from __future__ import annotations

import re

ENGINE_NAMES = ("sqlite", "folder", "postgresql")
"""What a database can be registered with; `hctui.databases.ENGINES` has a module for each."""
FILE_ENGINES = ("sqlite", "folder")
"""Engines whose location is a path on this machine."""
_USER_INFO = re.compile(r"(?<=://)([^/@?#:]*):[^/?#]+@")
_ODD_USER_INFO = re.compile(r"(?<=://)([^/@?#:]*):(?!\d*(?:[/?#,]|$)).*@")
"""One whose password holds signs that a URL should have escaped."""
_SECRET = re.compile(r"(?i)(?<=[?&])(password|sslpassword|scram_client_key|scram_server_key|oauth_client_secret)=[^&]*")


def masked(location: str) -> str:
    """Return `location` with whatever is a password in it replaced by asterisks; a path stays as it is."""
    if "://" not in location:
        return location
    without, found = _USER_INFO.subn(r"\1:***@", location)
    return _SECRET.sub(r"\1=***", without if found else _ODD_USER_INFO.sub(r"\1:***@", location))
