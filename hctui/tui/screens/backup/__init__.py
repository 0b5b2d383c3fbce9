"""Cópia banco de dados: where the backup goes, and its options."""
