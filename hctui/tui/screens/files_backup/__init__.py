"""Cópia de arquivos: any files and folders of the machine into one backup."""

from hctui.tui.screens.files_backup.screen import FilesBackupPage

__all__ = ["FilesBackupPage"]
