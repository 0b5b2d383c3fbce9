"""Bad days on purpose, for as long as one likes: `python -m tests.soak [--seed N] [--minutes M] [only…]`.

The trials here are also what `tests/faults` runs a little of, every time.
"""
