"""Class balance: prefer what is rare, in the answers and in the pool."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray

RARE: Final = 0.25  # of an even share: rarer classes are all as welcome


def class_weights(collected: Sequence[int], pool: Sequence[int]) -> Float[np.ndarray, " c"]:
    r"""A factor for each class, inverse to how much of it was collected, with what the pool has of it as the prior.

    .. math:: w_c = \min\left(1, \frac{1}{4 C s_c}\right), \quad
              s_c = \frac12 \frac{n_c}{\sum_j n_j} + \frac12 \frac{m_c}{\sum_j m_j}

    where n_c pixels of class c were answered and m_c pixels of the pool were predicted as c. So the pool counts as much
    as all answers together, and alone where there are none yet; where neither is known, all factors are 1. A class with
    less than a quarter of an even share has the factor 1, and one with everything 1 / 4C.

    Args:
        collected: n_c, pixels answered as each class so far.
        pool: m_c, pixels that the network predicted as each class in the round before.

    Raises:
        ValueError: negative counts, or lists of different lengths.
    """
    n, m = np.asarray(collected, dtype=np.float64), np.asarray(pool, dtype=np.float64)
    if n.shape != m.shape or n.min(initial=0) < 0 or m.min(initial=0) < 0:
        raise ValueError(f"Expected two counts of at least 0 a class; got shapes {n.shape} and {m.shape}.")
    known = [counts / counts.sum() for counts in (n, m) if counts.sum() > 0]
    if not known:
        return np.ones_like(n)
    share = np.mean(known, axis=0)
    floor = RARE / len(n)
    weights: NDArray[np.float64] = floor / np.maximum(share, floor)
    return weights
