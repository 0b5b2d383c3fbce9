"""Restauração banco de dados: from a backup back into the databases."""
