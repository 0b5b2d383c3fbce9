"""Restauração de arquivos: files of a backup back into a folder."""

from hctui.tui.screens.files_restore.screen import FilesRestorePage

__all__ = ["FilesRestorePage"]
