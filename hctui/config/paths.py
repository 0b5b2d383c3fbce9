"""The paths of hctui's own files: the configuration and the state folder."""

from __future__ import annotations

import os
from pathlib import Path

from hctui.disk.errors import reason
from hctui.disk.work_dirs import make_private
from hctui.errors import ConfigurationMissing, NotWritable

CONFIG_VARIABLE = "HCTUI_CONFIG"
STATE_VARIABLE = "HCTUI_STATE"


def find_path(given: Path | None = None) -> Path:
    """Return the absolute path of the configuration: `given` (`--config`), else HCTUI_CONFIG, else the platform's default."""
    named = given or os.environ.get(CONFIG_VARIABLE)
    if named:
        return Path(named).expanduser().absolute()
    from platformdirs import user_config_path

    return user_config_path("hctui", appauthor=False) / "config.toml"


def require_named(given: Path | None = None) -> None:
    """Raise `ConfigurationMissing` where a configuration is named, by `given` or HCTUI_CONFIG, and there is no such file."""
    if (given or os.environ.get(CONFIG_VARIABLE)) and not os.path.lexists(path := find_path(given)):
        raise ConfigurationMissing(path=str(path))


def state_folder() -> Path:
    """Return the folder of journals and locks: HCTUI_STATE, else the platform's default. Raises `NotWritable`."""
    named = os.environ.get(STATE_VARIABLE)
    if named:
        folder = Path(named).expanduser().absolute()
    else:
        from platformdirs import user_state_path

        folder = user_state_path("hctui", appauthor=False)
    return private_folder(folder)


def private_folder(folder: Path) -> Path:
    """Make `folder` with mode 0700 where it is missing, and return it. Raises `NotWritable`."""
    try:
        make_private(folder)
    except OSError as error:
        raise NotWritable(path=str(folder), reason=reason(error)) from error
    return folder
