"""Sums over a window around every pixel, at a cost that does not grow with the window.

Shape letters: h rows, w columns. A window of radius k is the (2k+1) square around a pixel, clipped to the image; n is
the number of its pixels that are inside, so that a border window is judged by what it has.
"""

import math

import torch
from jaxtyping import Float, Int, Shaped, UInt8
from torch import Tensor

MAX_CLASSES = 255  # class ids are bytes, and 255 means no supervision
_FIXED_POINT = 2**32  # n ln n as a whole number of these parts: below 2**63 for windows of up to 1e8 pixels


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
    sums = _window_sums(values, radius, torch.float64)
    return sums.div_(_window_sizes(values, radius)).float()


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
    table = _n_log_n(int(sizes.max()) if sizes.numel() else 0).to(prediction.device)
    total = torch.zeros(prediction.shape, dtype=torch.int64, device=prediction.device)
    for class_id in present:  # a class that occurs nowhere adds nothing
        counts = _window_sums(prediction == class_id, radius, torch.int32)
        total += _look_up(table, counts)
    nats = (_look_up(table, sizes) - total).double() / _FIXED_POINT / sizes
    return nats.div_(math.log(num_classes)).float()


def _n_log_n(largest: int) -> Int[Tensor, " n"]:
    """The table n ln n, for n from 0 to `largest`, in fixed point."""
    n = torch.arange(largest + 1, dtype=torch.float64)  # on the CPU, so that every device has the same table
    return torch.xlogy(n, n).mul_(_FIXED_POINT).round_().long()


def _look_up(table: Int[Tensor, " n"], index: Int[Tensor, "h w"]) -> Int[Tensor, "h w"]:
    return table.index_select(0, index.flatten()).view_as(index)  # several times faster than table[index]


def _window_sums(values: Shaped[Tensor, "h w"], radius: int, dtype: torch.dtype) -> Shaped[Tensor, "h w"]:
    """Sum of each pixel's window, along the rows and then along the columns.

    Running sums along one side at a time, not over the whole area: they stay small, and zeros sum to exactly zero.
    """
    sums = values
    for dim in (1, 0):
        start, stop = _reach(values.shape[dim], radius, values.device)
        running = torch.zeros(
            [size + (i == dim) for i, size in enumerate(values.shape)], dtype=dtype, device=values.device
        )
        torch.cumsum(sums, dim=dim, dtype=dtype, out=running.narrow(dim, 1, values.shape[dim]))
        sums = running.index_select(dim, stop).sub_(running.index_select(dim, start))
    return sums


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
