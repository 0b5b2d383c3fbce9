"""Statistics of the trials: what was tried, how often, and with which results."""

from __future__ import annotations

from collections import Counter


class Statistics:
    """Counts and maxima by subject."""

    def __init__(self) -> None:
        self._counts: dict[str, Counter[str]] = {}
        self._longest: dict[str, float] = {}
        all_statistics.append(self)

    def add(self, subject: str, detail: str = "", count: int = 1) -> None:
        """Add to the count of a subject and a detail."""
        self._counts.setdefault(subject, Counter())[detail] += count

    def longest(self, subject: str, value: float) -> None:
        """Record a value of which the largest is kept."""
        self._longest[subject] = max(value, self._longest.get(subject, 0.0))

    def of(self, subject: str) -> Counter[str]:
        """Return the counts of a subject."""
        return self._counts.get(subject, Counter())

    def total(self, subject: str) -> int:
        """Return the sum of the counts of a subject."""
        return sum(self.of(subject).values())

    def lines(self) -> list[str]:
        """Return a line for each subject."""
        counted = [f"{subject}: {self.total(subject)} ({_details(counts)})" for subject, counts in self._counts.items()]
        return counted + [f"{subject}: {value:.2f}" for subject, value in self._longest.items()]


all_statistics: list[Statistics] = []
"""The statistics of this process, printed at its end."""


def _details(counts: Counter[str]) -> str:
    return ", ".join(f"{detail} {count}" for detail, count in counts.most_common() if detail) or "in all"
