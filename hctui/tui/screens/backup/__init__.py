"""Cópia banco de dados: where the backup goes, and its options."""

from hctui.tui.screens.backup.screen import BackupPage

__all__ = ["BackupPage"]
