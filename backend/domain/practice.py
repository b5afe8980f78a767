"""Regions of labelled images for people to practise on: half of them where classes meet, half anywhere."""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from backend.domain.label_schema import IGNORE_INDEX
from backend.domain.regions import Box

_ANYWHERE_TRIES = 200  # centres tried of an image, at most so many a window


def practice_windows(
    labels: NDArray[np.uint8], *, radius: int, num_boundary: int, num_anywhere: int, generator: np.random.Generator
) -> list[Box]:
    """Windows of (2 radius + 1) pixels a side that do not overlap; fewer where an image has no room for more.

    Args:
        labels: class ids of shape (height, width), 255 where void.
        radius: pixels, at least 0. A window wider or higher than the image has the image's width or height.
        num_boundary: how many are centred on a pixel whose right or lower neighbour has another class (void is none).
            Where there are not so many, others take their place.
        num_anywhere: how many are anywhere.
        generator: what is random.

    Returns:
        Windows of which at most half is void, by row and column.
    """
    height, width = labels.shape
    free = np.ones((height, width), dtype=np.bool_)
    chosen = list(_take(labels, free, radius, _boundary_centres(labels, radius, generator), num_boundary))
    anywhere = num_boundary - len(chosen) + num_anywhere
    rows, columns = (generator.integers(0, side, _ANYWHERE_TRIES * anywhere) for side in (height, width))
    chosen += _take(labels, free, radius, zip(rows.tolist(), columns.tolist(), strict=True), anywhere)
    return sorted(chosen, key=lambda box: (box.y, box.x))


def _boundary_centres(
    labels: NDArray[np.uint8], radius: int, generator: np.random.Generator
) -> Iterator[tuple[int, int]]:
    """In random order; where the image is large enough, only those whose window is inside it."""
    meets = np.zeros(labels.shape, dtype=np.bool_)
    known = labels != IGNORE_INDEX
    meets[:, :-1] |= (labels[:, :-1] != labels[:, 1:]) & known[:, :-1] & known[:, 1:]
    meets[:-1] |= (labels[:-1] != labels[1:]) & known[:-1] & known[1:]
    height, width = labels.shape
    if height > 2 * radius:
        meets[:radius] = meets[height - radius :] = False
    if width > 2 * radius:
        meets[:, :radius] = meets[:, width - radius :] = False
    yield from generator.permutation(np.argwhere(meets)).tolist()


def _take(
    labels: NDArray[np.uint8], free: NDArray[np.bool_], radius: int, centres: Iterable[tuple[int, int]], num: int
) -> Iterator[Box]:
    """The first `num` windows around the centres that are free and known enough; they are free no more."""
    height, width = labels.shape
    side = 2 * radius + 1
    taken = 0
    for row, column in centres:
        if taken == num:
            return
        y, x = max(0, min(row - radius, height - side)), max(0, min(column - radius, width - side))
        box = Box(x=x, y=y, width=min(side, width), height=min(side, height))
        here = np.s_[box.y : box.y + box.height, box.x : box.x + box.width]
        if free[here].all() and 2 * (labels[here] == IGNORE_INDEX).sum() <= box.area:
            free[here] = False
            taken += 1
            yield box
