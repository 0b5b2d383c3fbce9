"""Fault injection for as long as one likes: `python -m tests.soak [--seed N] [--minutes M] [only…]`.

`tests/faults` runs a sample of the same trials in every test run.
"""
