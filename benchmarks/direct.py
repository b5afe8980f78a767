"""What the benchmarks compare with: each definition written down as it is read, and the inputs for both sides.

The formulas are those of Xie et al. 2022 (RIPU, arXiv:2111.12940) as `docs/acquisition.md` has them (exact logarithm,
divided by ln C), the way of computing them is the usual one for a GPU: planes of one class each. It is our own text.
"""

import math
from typing import Literal

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - its usual name

Kind = Literal["iid", "smooth"]
Place = tuple[int, int]


def make_logits(kind: Kind, *, height: int, width: int, num_classes: int, seed: int = 0) -> Tensor:
    """`iid`: independent normal logits. `smooth`: low-frequency ones, about a quarter of whose windows is mixed."""
    generator = torch.Generator().manual_seed(seed)
    if kind == "iid":
        return torch.randn(num_classes, height, width, generator=generator)
    coarse = torch.randn(1, num_classes, height // 24, width // 24, generator=generator) * 3
    return F.interpolate(coarse, (height, width), mode="bilinear")[0]


def impurity(prediction: Tensor, *, radius: int, num_classes: int) -> Tensor:
    """Counts by a depth-wise convolution of ones with one plane a class, which is how the papers' code counts."""
    kernel = torch.ones(num_classes, 1, 2 * radius + 1, 2 * radius + 1)
    counts = F.conv2d(_planes(prediction, num_classes)[None], kernel, padding=radius, groups=num_classes)[0]
    return _entropy_of_counts(counts)


def separable_impurity(prediction: Tensor, *, radius: int, num_classes: int) -> Tensor:
    """The same with a row and then a column of ones: the first thing to try when the former is too slow."""
    kernel = torch.ones(num_classes, 1, 1, 2 * radius + 1)
    rows = F.conv2d(_planes(prediction, num_classes)[None], kernel, padding=(0, radius), groups=num_classes)
    return _entropy_of_counts(F.conv2d(rows, kernel.mT.contiguous(), padding=(radius, 0), groups=num_classes)[0])


def ripu_score(logits: Tensor, *, radius: int) -> Tensor:
    """Region impurity times window-mean entropy."""
    num_classes = logits.shape[0]
    p = logits.softmax(dim=0)
    entropy = torch.xlogy(p, p).sum(dim=0) / -math.log(num_classes)
    side = 2 * radius + 1
    mean = F.avg_pool2d(entropy[None], side, stride=1, padding=radius, count_include_pad=False)[0]
    return impurity(logits.argmax(dim=0), radius=radius, num_classes=num_classes) * mean


def column_loop(score: Tensor, *, radius: int, count: int) -> list[Place]:
    """RIPU's loop: the best of every column, the best of these, suppress its neighbours, begin again."""
    left = score.clone()
    places = []
    for _ in range(count):
        of_columns, rows = left.max(dim=0)
        best, column = of_columns.max(dim=0)
        if best == -math.inf:
            break
        place = int(rows[column]), int(column)
        places.append(place)
        left[_reach(place, radius)] = -math.inf
    return places


def flat_loop(score: Tensor, *, radius: int, count: int) -> list[Place]:
    """The same with one NumPy argmax over the whole map, transposed so that the lowest column wins a tie."""
    by_column = score.numpy().T.copy()
    left = by_column.T
    places = []
    for _ in range(count):
        column, row = divmod(int(by_column.argmax()), score.shape[0])
        if left[row, column] == -np.inf:
            break
        places.append((row, column))
        left[_reach((row, column), radius)] = -np.inf
    return places


def _planes(prediction: Tensor, num_classes: int) -> Tensor:
    """One float plane a class. Leaner than `one_hot`, whose 64-bit planes must be permuted and converted."""
    return (prediction == torch.arange(num_classes)[:, None, None]).float()


def _entropy_of_counts(counts: Tensor) -> Tensor:
    shares = counts / counts.sum(dim=0)
    return torch.xlogy(shares, shares).sum(dim=0) / -math.log(counts.shape[0])


def _reach(place: Place, radius: int) -> tuple[slice, slice]:
    """The centres whose windows would overlap the one at `place`."""
    row, column = (slice(max(0, centre - 2 * radius), centre + 2 * radius + 1) for centre in place)
    return row, column
