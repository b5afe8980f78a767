"""How sure one can be of a share that was counted, and of the difference of two."""

from dataclasses import dataclass
from math import sqrt
from typing import Final

_Z: Final = 1.959963984540054  # two-sided 95 % of the normal distribution


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """So many of `total` independent trials had it; 0 <= `hits` <= `total`."""

    hits: int
    total: int

    @property
    def share(self) -> float | None:
        """In [0, 1]; None of nothing."""
        return self.hits / self.total if self.total else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A difference of two shares with its 95 % interval, all in [-1, 1]; all None where one of them is of nothing."""

    difference: float | None
    low: float | None
    high: float | None


def difference_of(first: Counted, second: Counted) -> Difference:
    """The first share minus the second, with Newcombe's hybrid score interval.

    It puts Wilson's interval of each share together, and so keeps to [-1, 1] and is right for small numbers and for
    shares of 0 and 1, where the textbook's interval is not.

    Source: R. G. Newcombe, Interval estimation for the difference between independent proportions, Statistics in
    Medicine 17 (1998) 873-890, method 10 (score intervals, no continuity correction).
    """
    if first.share is None or second.share is None:
        return Difference(difference=None, low=None, high=None)
    difference = first.share - second.share
    (low1, high1), (low2, high2) = wilson(first), wilson(second)
    below = sqrt((first.share - low1) ** 2 + (high2 - second.share) ** 2)
    above = sqrt((high1 - first.share) ** 2 + (second.share - low2) ** 2)
    return Difference(difference=difference, low=difference - below, high=difference + above)


def wilson(counted: Counted) -> tuple[float, float]:
    """Wilson's 95 % score interval of a share, within [0, 1]; `total` is at least 1.

    Source: E. B. Wilson, Journal of the American Statistical Association 22 (1927) 209-212.
    """
    hits, total = counted.hits, counted.total
    centre = 2 * hits + _Z**2
    spread = _Z * sqrt(_Z**2 + 4 * hits * (1 - hits / total))
    scale = 2 * (total + _Z**2)
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)
