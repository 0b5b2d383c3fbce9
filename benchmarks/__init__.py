"""`python -m benchmarks`: hctui and comparable programs on the same data, run in turn and shown as ratios."""
