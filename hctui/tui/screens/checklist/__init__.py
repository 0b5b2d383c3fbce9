"""The checklist of the tables that a partial restore puts back."""
