"""Expected calibration error: whether a network that says "90 % sure" is right nine times of ten."""

from dataclasses import dataclass
from typing import Final

import torch
from jaxtyping import Float32, Float64, UInt8
from torch import Tensor

from models.losses import IGNORE_INDEX

BINS: Final = 15  # of equal width: the paper's


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliabilityBin:
    """The pixels whose confidence lies in one bin: a bar of a reliability diagram.

    Attributes:
        pixels: how many.
        confidence: their mean, in [0, 1]; None without pixels.
        accuracy: share of them that are right; None without pixels.
    """

    pixels: int
    confidence: float | None
    accuracy: float | None


def calibration_counts(
    prediction: UInt8[Tensor, "h w"], confidence: Float32[Tensor, "h w"], truth: UInt8[Tensor, "h w"]
) -> Float64[Tensor, "3 b"]:
    """Of each bin of confidence: labelled pixels, the sum of their confidences, and how many are right.

    Bin m of M holds confidences in ((m - 1) / M, m / M]. Add those of all images of a split.

    Args:
        prediction: class ids.
        confidence: probability of the predicted class, in [0, 1].
        truth: class ids, or 255.

    Source: Guo et al. 2017, On calibration of modern neural networks, arXiv:1706.04599, section 2.
    """
    known = truth != IGNORE_INDEX
    sure = confidence[known]
    right = (prediction[known] == truth[known]).double()
    bins = ((sure * BINS).ceil().long() - 1).clamp(0, BINS - 1)
    return torch.stack(
        [
            torch.bincount(bins, minlength=BINS).double(),
            torch.bincount(bins, weights=sure.double(), minlength=BINS),
            torch.bincount(bins, weights=right, minlength=BINS),
        ]
    )


def calibration_error(counts: Float64[Tensor, "3 b"]) -> float | None:
    r"""ECE, in [0, 1], of what `calibration_counts` has counted; None without a pixel.

    .. math:: \text{ECE} = \sum_m \frac{|B_m|}{n} \left| \text{acc}(B_m) - \text{conf}(B_m) \right|

    Source: Guo et al. 2017, arXiv:1706.04599, equation 3.
    """
    pixels, confidence, right = counts
    total = float(pixels.sum())
    return float((right - confidence).abs().sum()) / total if total else None


def reliability(counts: Float64[Tensor, "3 b"]) -> tuple[ReliabilityBin, ...]:
    """The bins of `calibration_counts`, from the least to the most confident."""
    return tuple(
        ReliabilityBin(
            pixels=int(pixels),
            confidence=confidence / pixels if pixels else None,
            accuracy=right / pixels if pixels else None,
        )
        for pixels, confidence, right in counts.T.tolist()
    )
