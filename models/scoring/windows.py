"""Sums over a window around every pixel, at a cost that hardly grows with the window: 2 log2(2k+1) additions of maps.

Shape letters: h rows, w columns. A window of radius k is the (2k+1) square around a pixel, clipped to the image; n is
the number of its pixels that are inside, so that a border window is judged by what it has.
"""

import math

import torch
from jaxtyping import Float, Int, Integer, Shaped, UInt8
from torch import Tensor

MAX_CLASSES = 255  # class ids are bytes, and 255 means no supervision
FIXED_POINT = 2**32  # n ln n as a whole number of these parts: below 2**63 for windows of up to 1e8 pixels
_COUNTS = (torch.uint8, torch.int16, torch.int32)


def window_mean(values: Float[Tensor, "h w"], *, radius: int) -> Float[Tensor, "h w"]:
    """Mean of each pixel's window, over the n pixels of it that are inside the image.

    Args:
        values: finite numbers, any float dtype; summed in float64.
        radius: k in pixels, at least 0; 0 gives the values themselves. It may exceed the image.

    Returns:
        Means in the range of `values`, float32. Never negative where no value is.

    Raises:
        ValueError: negative radius.
    """
    sizes = _window_sizes(values, radius)
    return _window_sums(values, radius, torch.float64).div_(sizes).float()


def region_impurity(prediction: UInt8[Tensor, "h w"], *, radius: int, num_classes: int) -> Float[Tensor, "h w"]:
    r"""Entropy of the predicted labels in each pixel's window, divided by its maximum.

    .. math:: P = -\frac{1}{\ln C} \sum_c \frac{n_c}{n} \ln \frac{n_c}{n}
                = \frac{n \ln n - \sum_c n_c \ln n_c}{n \ln C}

    where n_c of the window's n pixels inside the image are predicted as class c, and C = `num_classes`. The right-hand
    side is what is computed, n ln n from a table in fixed point. Whole numbers add up alike in any order: a pure window
    is exactly 0 and windows with the same counts tie exactly, whatever the classes are called and wherever it runs.

    Args:
        prediction: class id of each pixel, in 0 ... num_classes-1.
        radius: k in pixels, at least 0.
        num_classes: C, from 2 to 255.

    Returns:
        Impurity in [0, 1], unitless, float32: 0 where the window has one class; at most ln(min(C, n)) / ln C.

    Raises:
        ValueError: negative radius, `num_classes` out of range, or a class id that is not below it.

    Source: Xie et al. 2022, RIPU, arXiv:2111.12940, region impurity. Exact, where their code adds 1e-6 inside the
    logarithm, which makes pure windows negative and orders them; and divided by ln C, not ln 19.
    """
    if not 2 <= num_classes <= MAX_CLASSES:
        raise ValueError(f"Expected 2 to {MAX_CLASSES} classes; got {num_classes}.")
    present: list[int] = torch.bincount(prediction.flatten()).nonzero().flatten().tolist()
    if present and present[-1] >= num_classes:
        raise ValueError(f"Expected class ids below {num_classes}; got {present[-1]}.")
    sizes = _window_sizes(prediction, radius)
    largest = int(sizes.max()) if sizes.numel() else 0
    table = n_log_n(torch.arange(largest + 1)).to(prediction.device)  # made on the CPU: one for every device
    dtype = next(dtype for dtype in _COUNTS if largest <= torch.iinfo(dtype).max)  # fewer bytes to read and write
    left = _look_up(table, sizes)
    for class_id in present:  # a class that occurs nowhere takes nothing away
        left -= _look_up(table, _window_sums(prediction == class_id, radius, dtype))
    return left.double().div_(sizes).div_(FIXED_POINT * math.log(num_classes)).float()


def n_log_n(n: Int[Tensor, "*shape"]) -> Int[Tensor, "*shape"]:
    """The function n ln n in whole numbers of 1 / `FIXED_POINT`: sums of it are the same in any order. 0 for 0."""
    return torch.xlogy(n.double(), n.double()).mul_(FIXED_POINT).round_().long()


def _look_up(table: Int[Tensor, " n"], index: Integer[Tensor, "h w"]) -> Int[Tensor, "h w"]:
    return table.index_select(0, index.flatten().int()).view_as(index)  # several times faster than table[index]


def _window_sums(values: Shaped[Tensor, "h w"], radius: int, dtype: torch.dtype) -> Shaped[Tensor, "h w"]:
    """Sum of each pixel's window: along the rows, and then along the columns. Zeros sum to exactly zero.

    Every partial sum is one of a part of some window, so `dtype` need only hold the largest window's.
    """
    return _line_sums(_line_sums(values.to(dtype), radius, 1), radius, 0)


def _line_sums(values: Shaped[Tensor, "h w"], radius: int, dim: int) -> Shaped[Tensor, "h w"]:
    """Sum of the 2k+1 values around each one along `dim`, with zeros outside.

    Sums of 1, 2, 4, ... neighbours, each of two of the former; the window's sum is made of those that its length has in
    base two. A running sum needs two additions at any length, but each waits for the one before: to add up whole maps
    was about ten times faster for counts, at a length of 65 too.
    """
    size = values.shape[dim]
    radius = min(radius, max(0, size - 1))  # more reaches nothing more
    length = 2 * radius + 1
    sums = torch.nn.functional.pad(values, [radius, radius, 0, 0] if dim == 1 else [0, 0, radius, radius])
    total = sums.narrow(dim, 0, size).clone()  # the length is odd
    covered = span = 1  # what `total` adds up so far, and what each of `sums` does
    while 2 * span <= length:
        count = sums.shape[dim] - span
        sums = sums.narrow(dim, 0, count) + sums.narrow(dim, span, count)
        span *= 2
        if length & span:
            total += sums.narrow(dim, covered, size)
            covered += span
    return total


def _window_sizes(values: Shaped[Tensor, "h w"], radius: int) -> Int[Tensor, "h w"]:
    """How many pixels of each pixel's window are inside the image."""
    rows, columns = (_reach(size, radius, values.device) for size in values.shape)
    return (rows[1] - rows[0])[:, None] * (columns[1] - columns[0])


def _reach(size: int, radius: int, device: torch.device) -> tuple[Int[Tensor, " n"], Int[Tensor, " n"]]:
    """Where each window begins and ends along one side of the image, the end not included."""
    if radius < 0:
        raise ValueError(f"Expected a radius of at least 0 pixels; got {radius}.")
    centres = torch.arange(size, device=device)
    return (centres - radius).clamp_(min=0), (centres + radius + 1).clamp_(max=size)
