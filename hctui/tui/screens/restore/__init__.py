"""Restauração banco de dados: from a backup back into the databases."""

from hctui.tui.screens.restore.screen import RestorePage

__all__ = ["RestorePage"]
