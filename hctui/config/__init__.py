"""The configuration: one TOML file with the registered databases and the person's defaults."""

from hctui.config.aliases import free_alias, validate_alias
from hctui.config.configuration import Configuration
from hctui.config.paths import find_path, state_folder

__all__ = ["Configuration", "find_path", "free_alias", "state_folder", "validate_alias"]
