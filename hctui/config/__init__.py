"""The configuration: one TOML file with the registered databases and the person's defaults."""

from hctui.config.aliases import free_alias, validate_alias
from hctui.config.configuration import Configuration
from hctui.config.paths import find_path, require_named, state_folder

__all__ = ["Configuration", "find_path", "free_alias", "require_named", "state_folder", "validate_alias"]
