"""Restauração de arquivos: files of a backup back into a folder."""
