"""The best disjoint windows of one image.

Shape letters: h rows, w columns. A window of radius k is the (2k+1) square around its centre, clipped to the image.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Bool, Float32, UInt64
from numpy.typing import NDArray

_INDEX_BITS: Final = np.uint64(32)
_INDEX_MASK: Final = np.uint64(0xFFFFFFFF)


@dataclass(frozen=True, slots=True)
class Pick:
    """The centre of a chosen window, and the score that it was chosen for."""

    row: int
    column: int
    score: float


def select_windows(
    score: Float32[NDArray[np.float32], "h w"],
    *,
    radius: int,
    count: int,
    blocked: Bool[NDArray[np.bool_], "h w"] | None = None,
) -> list[Pick]:
    """The first `count` picks of the greedy choice with suppression, in the order in which they are chosen.

    Greedy means: take the highest score (ties: lowest column, then lowest row), rule out every centre within Chebyshev
    distance 2k of it, so that no two windows overlap, and repeat. That is equal to visiting the pixels once in that
    order and taking each that is not ruled out yet: the highest score left is always the next such pixel, and nothing
    that is ruled out comes back. A pick rules out at most (4k+1)^2 pixels, itself among them, so the first `count`
    picks are all among the first count * (4k+1)^2 pixels that may be picked; only those are sorted.

    Args:
        score: how worth asking the window around each pixel is; any range. -inf is never picked.
        radius: k in pixels, at least 0.
        count: how many windows are wanted.
        blocked: centres that may not be picked. Unlike picks, they rule out only themselves.

    Returns:
        Picks in order; fewer than `count` where no centre is left. Windows at the border are clipped, so a pick may
        show fewer than (2k+1)^2 pixels.

    Raises:
        ValueError: NaN in `score`, negative `radius` or `count`, or `blocked` of another shape.

    Source: Xie et al. 2022, RIPU, arXiv:2111.12940, region selection; the tie order is that of their code.
    """
    if radius < 0 or count < 0:
        raise ValueError(f"Expected radius and count of at least 0; got radius {radius}, count {count}.")
    if blocked is not None and blocked.shape != score.shape:
        raise ValueError(f"Expected blocked of the score's shape {score.shape}; got {blocked.shape}.")
    if np.isnan(score).any():
        raise ValueError(f"Expected scores that can be ordered; got NaN for {int(np.isnan(score).sum())} pixels.")
    # Column by column from here on: the index of a pixel then settles ties, and suppression slices a C-ordered array.
    by_column = np.ascontiguousarray(score.T, dtype=np.float32)
    free = by_column > -np.inf
    if blocked is not None:
        free &= ~blocked.T
    picks: list[Pick] = []
    height = score.shape[0]
    is_free = free.reshape(-1).data  # the same bytes; reading one is several times faster than with NumPy
    for index in _best(by_column, free, count=count * (4 * radius + 1) ** 2):
        if len(picks) == count:
            break
        if is_free[index]:
            column, row = divmod(index, height)
            picks.append(Pick(row, column, float(by_column[column, row])))
            reach = 2 * radius
            free[max(0, column - reach) : column + reach + 1, max(0, row - reach) : row + reach + 1] = False
    return picks


def blocked_centres(
    shape: tuple[int, int], *, boxes: Sequence[tuple[int, int, int, int]], radius: int
) -> Bool[NDArray[np.bool_], "h w"]:
    """The centres whose window would overlap one of these boxes: what was answered is not asked again.

    Args:
        shape: (h, w) of the image, in pixels.
        boxes: (x, y, width, height) in pixels. What lies outside the image overlaps nothing.
        radius: k of the windows to come, in pixels, at least 0; the boxes may stem from another.

    Raises:
        ValueError: negative radius, or a box of negative size.
    """
    if radius < 0:
        raise ValueError(f"Expected a radius of at least 0 pixels; got {radius}.")
    height, width = shape
    blocked = np.zeros(shape, dtype=np.bool_)
    for x, y, box_width, box_height in boxes:
        if box_width < 0 or box_height < 0:
            raise ValueError(f"Expected boxes of no negative size; got {box_width} x {box_height}.")
        left, right = max(0, x), min(width, x + box_width)
        top, bottom = max(0, y), min(height, y + box_height)
        if left < right and top < bottom:
            blocked[max(0, top - radius) : bottom + radius, max(0, left - radius) : right + radius] = True
    return blocked


def _best(
    score: Float32[NDArray[np.float32], "w h"], allowed: Bool[NDArray[np.bool_], "w h"], *, count: int
) -> list[int]:
    """Indices of the `count` highest allowed scores, highest first, ties by index."""
    keys = _order_keys(score)[allowed.ravel()]
    if count < keys.size:
        keys = np.partition(keys, count)[:count]
    keys.sort()
    indices: list[int] = (keys & _INDEX_MASK).tolist()
    return indices


def _order_keys(score: Float32[NDArray[np.float32], "w h"]) -> UInt64[NDArray[np.uint64], " n"]:
    """One whole number a pixel, ascending in the order of choice; no two are equal, so any sort gives one result.

    The upper half is the score's bits, turned so that higher scores come first (IEEE 754: a positive float's bits
    ascend with it, a negative one's descend), the lower half is the pixel's index.
    """
    bits = (score.ravel() + np.float32(0)).view(np.uint32)  # -0.0 + 0.0 is 0.0: they must tie
    descending = np.where(bits >> 31 == 0, bits ^ np.uint32(0x7FFFFFFF), bits)
    return (descending.astype(np.uint64) << _INDEX_BITS) | np.arange(bits.size, dtype=np.uint64)
