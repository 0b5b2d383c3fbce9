"""Cópias existentes: the backups there are."""

from hctui.tui.screens.backups.screen import BackupsPage

__all__ = ["BackupsPage"]
