"""The shadow arm: queries drawn at random with known probability, beside those that were chosen."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np


def draw_shadow(free: Sequence[int], *, count: int, seed: int) -> list[list[int]]:
    """A simple random sample without replacement of `count` of all free regions of a pool.

    Each free region is in it with the same probability, min(1, count / sum(free)), whatever its score, so plain
    averages over the sample are unbiased for the pool's regions.

    Args:
        free: how many regions each image has that may be drawn; disjoint ones.
        count: how many are wanted.
        seed: gives the same draw again.

    Returns:
        For each image, which of its free regions were drawn (0 to free-1), ascending.

    Raises:
        ValueError: a negative number.
    """
    if count < 0 or any(number < 0 for number in free):
        raise ValueError("Expected counts of at least 0.")
    ends = np.cumsum(free, dtype=np.int64)
    total = int(ends[-1]) if len(ends) else 0
    chosen = np.sort(np.random.default_rng(seed).choice(total, size=min(count, total), replace=False))
    images = np.searchsorted(ends, chosen, side="right")
    drawn: list[list[int]] = [[] for _ in free]
    for image, place in zip(images.tolist(), chosen.tolist(), strict=True):
        drawn[image].append(place - int(ends[image]) + free[image])
    return drawn


def spread_evenly(chosen: int, drawn: int, *, seed: int) -> list[bool]:
    """The order of both arms in one queue: True where a drawn query comes.

    The queue is cut into as many stretches as there are drawn queries, equal to within one, and each has one at a
    random place. So a round that is closed early has its share of them, and nobody can tell one by when it comes.

    Args:
        chosen: queries that the score asks for.
        drawn: queries drawn at random.
        seed: gives the same order again.

    Raises:
        ValueError: a negative number.
    """
    if chosen < 0 or drawn < 0:
        raise ValueError(f"Expected counts of at least 0; got {chosen} chosen and {drawn} drawn.")
    total, rng = chosen + drawn, np.random.default_rng(seed)
    ends = [index * total // drawn for index in range(drawn + 1)] if drawn else []
    places = {int(rng.integers(start, end)) for start, end in pairwise(ends)}
    return [rank in places for rank in range(total)]
