"""`python -m benchmarks`: hctui beside what a person would use instead, on the same data, taken in turn, as ratios."""
