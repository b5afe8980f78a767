"""The best places of one image, far enough from one another.

Shape letters: h rows, w columns.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Bool, Float32, UInt64

_INDEX_BITS: Final = np.uint64(32)
_INDEX_MASK: Final = np.uint64(0xFFFFFFFF)


@dataclass(frozen=True, slots=True)
class Pick:
    """Where a chosen region lies, and the score that it was chosen for.

    Attributes:
        row: of the centre of a window, or of the first pixel of a segment.
        column: likewise.
        score: higher is more worth asking.
    """

    row: int
    column: int
    score: float


def select_centres(
    score: Float32[np.ndarray, "h w"],
    *,
    reach: int,
    count: int,
    blocked: Bool[np.ndarray, "h w"] | None = None,
) -> list[Pick]:
    """The first `count` picks of the greedy choice with suppression, in the order in which they are chosen.

    Greedy means: take the highest score (ties: lowest column, then lowest row), rule out every centre within Chebyshev
    distance R = `reach` of it, and repeat. That is equal to visiting the pixels once in that order and taking each that
    is not ruled out yet: the highest score left is always the next such pixel, and nothing that is ruled out comes
    back. A pick rules out at most (2R+1)^2 pixels, itself among them, so the first `count` picks are all among the
    first count * (2R+1)^2 pixels that may be picked; only those are sorted.

    Args:
        score: how worth asking each pixel, or the window around it, is; any range. -inf is never picked.
        reach: R in pixels, at least 0. Windows of radius k do not overlap with R = 2k.
        count: how many are wanted.
        blocked: centres that may not be picked. Unlike picks, they rule out only themselves.

    Returns:
        Picks in order; fewer than `count` where no centre is left.

    Raises:
        ValueError: NaN in `score`, negative `reach` or `count`, or `blocked` of another shape.

    Source: Xie et al. 2022, RIPU, arXiv:2111.12940, region selection; the tie order is that of their code.
    """
    if reach < 0 or count < 0:
        raise ValueError(f"Expected reach and count of at least 0; got reach {reach}, count {count}.")
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
    for index in _best(by_column, free, count=count * (2 * reach + 1) ** 2):
        if len(picks) == count:
            break
        if is_free[index]:
            column, row = divmod(index, height)
            picks.append(Pick(row, column, float(by_column[column, row])))
            free[max(0, column - reach) : column + reach + 1, max(0, row - reach) : row + reach + 1] = False
    return picks


def _best(score: Float32[np.ndarray, "w h"], allowed: Bool[np.ndarray, "w h"], *, count: int) -> list[int]:
    """Indices of the `count` highest allowed scores, highest first, ties by index."""
    keys = _order_keys(score)[allowed.ravel()]
    if count < keys.size:
        keys = np.partition(keys, count)[:count]
    keys.sort()
    indices: list[int] = (keys & _INDEX_MASK).tolist()
    return indices


def _order_keys(score: Float32[np.ndarray, "w h"]) -> UInt64[np.ndarray, " n"]:
    """One whole number a pixel, ascending in the order of choice; no two are equal, so any sort gives one result.

    The upper half is the score's bits, turned so that higher scores come first (IEEE 754: a positive float's bits
    ascend with it, a negative one's descend), the lower half is the pixel's index.
    """
    bits = (score.ravel() + np.float32(0)).view(np.uint32)  # -0.0 + 0.0 is 0.0: they must tie
    descending = np.where(bits >> 31 == 0, bits ^ np.uint32(0x7FFFFFFF), bits)
    return (descending.astype(np.uint64) << _INDEX_BITS) | np.arange(bits.size, dtype=np.uint64)
