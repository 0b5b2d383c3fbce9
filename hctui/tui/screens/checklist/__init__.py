"""The checklist of tables: what of a backup is to be put back."""
