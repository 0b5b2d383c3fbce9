"""Cópias existentes: the backups there are."""
