"""Boundary IoU: how well masks agree near their contours, where IoU of large regions says nothing."""

import math
from typing import Final

import torch
from jaxtyping import Bool, Int16, Int64, UInt8
from torch import Tensor
from torch.nn import functional

from models.losses import IGNORE_INDEX

WIDTH: Final = 0.02  # of the image's diagonal: the paper's default

_OUTSIDE: Final = -1  # below every class id
_NOTHING: Final = -256  # below the negative of every class id, and below `_OUTSIDE`


def boundary_distance(height: int, width: int, *, share: float = WIDTH) -> int:
    """The distance d for an image, pixels: a share of its diagonal, rounded, and at least 1."""
    return max(1, round(share * math.hypot(height, width)))


def boundary_counts(
    prediction: UInt8[Tensor, "h w"], truth: UInt8[Tensor, "h w"], *, num_classes: int, distance: int
) -> Int64[Tensor, "2 c"]:
    r"""Pixels of intersection and union of the bands along the contours, by class; add those of all images of a split.

    .. math:: \frac{\sum |(T_d \cap T) \cap (P_d \cap P)|}{\sum |(T_d \cap T) \cup (P_d \cap P)|}

    with T the pixels that are of class c in truth, P those predicted so, and :math:`X_d` what is within d of the
    contour of X. Where truth is 255 nothing is known: such pixels are in no set, and no contour runs along them.

    Args:
        prediction: class ids.
        truth: class ids, or 255.
        num_classes: c.
        distance: d, pixels; see `boundary_band`.

    Returns:
        The row of intersections and the row of unions.

    Source: Cheng et al. 2021, Boundary IoU, arXiv:2103.16562, section 4. Sums over images instead of means of images,
    as for IoU, and unknown pixels are ours.
    """
    known = truth != IGNORE_INDEX
    of_truth = boundary_band(truth, known, distance=distance)
    of_prediction = boundary_band(prediction, known, distance=distance)
    both = of_truth & of_prediction & (truth == prediction)
    hits = torch.bincount(truth[both], minlength=num_classes)
    sizes = torch.bincount(truth[of_truth], minlength=num_classes)
    sizes += torch.bincount(prediction[of_prediction], minlength=num_classes)
    return torch.stack([hits, sizes - hits])


def boundary_band(ids: UInt8[Tensor, "h w"], known: Bool[Tensor, "h w"], *, distance: int) -> Bool[Tensor, "h w"]:
    """Known pixels within `distance` of the contour of the mask of their own class.

    That is, the square of 2 * distance + 1 pixels around it has a known pixel of another class, or leaves the image.
    All classes at once: a square is of one class if its smallest and its greatest id are the same.

    Args:
        ids: class ids.
        known: what takes part.
        distance: at least 1; pixels, the greater of rows and columns, as eroding with a 3 x 3 square so often has it.
    """
    numbers = ids.short()
    greatest = _greatest_near(torch.where(known, numbers, _NOTHING), distance, outside=_OUTSIDE)
    # The border counts as a contour: outside is a smaller "id" than any.
    smallest = -_greatest_near(torch.where(known, -numbers, _NOTHING), distance, outside=-_OUTSIDE)
    return known & ~((greatest == numbers) & (smallest == numbers))


def _greatest_near(values: Int16[Tensor, "h w"], distance: int, *, outside: int) -> Int16[Tensor, "h w"]:
    """The greatest value in the square around each pixel; columns after rows, each in log2(square) steps."""
    for dim, padding in ((0, (0, 0, distance, distance)), (1, (distance, distance, 0, 0))):
        length, side = values.shape[dim], 2 * distance + 1
        running, reach = functional.pad(values, padding, value=outside), 1
        while 2 * reach <= side:  # maxima of `reach` values in a row make those of twice as many
            left = running.shape[dim] - reach
            running = torch.maximum(running.narrow(dim, 0, left), running.narrow(dim, reach, left))
            reach *= 2
        values = torch.maximum(running.narrow(dim, 0, length), running.narrow(dim, side - reach, length))
    return values
