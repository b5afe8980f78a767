"""The sums over a split, and the figures that come of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float64, Int64, UInt8
from torch import Tensor

from models.evaluation.boundary import boundary_counts, boundary_distance
from models.evaluation.calibration import BINS, ReliabilityBin, calibration_counts, calibration_error, reliability
from models.evaluation.segmentation import Segmentation
from models.metrics import Scores, confusion_matrix, iou_of, mean_of_present, scores_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a network is worth on a split.

    Attributes:
        scores: IoU of regions.
        boundary_iou: by class; None for a class that has no contour in truth nor in prediction.
        boundary_miou: mean over the classes that have one, in [0, 1]; None where none has.
        calibration_error: ECE, in [0, 1]; None without labelled pixels.
        reliability: the bins that it comes of.
    """

    scores: Scores
    boundary_iou: tuple[float | None, ...]
    boundary_miou: float | None
    calibration_error: float | None
    reliability: tuple[ReliabilityBin, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Sums over labelled pixels, on the CPU. Figures are made of sums over all images, never of figures of images.

    Attributes:
        confusion: see `confusion_matrix`.
        boundary: see `boundary_counts`.
        calibration: see `calibration_counts`.
    """

    confusion: Int64[Tensor, "c c"]
    boundary: Int64[Tensor, "2 c"]
    calibration: Float64[Tensor, "3 b"]

    @staticmethod
    def empty(num_classes: int) -> "Tally":
        """Of no image."""
        return Tally(
            confusion=torch.zeros(num_classes, num_classes, dtype=torch.int64),
            boundary=torch.zeros(2, num_classes, dtype=torch.int64),
            calibration=torch.zeros(3, BINS, dtype=torch.float64),
        )

    def plus(self, said: Segmentation, truth: UInt8[Tensor, "h w"]) -> "Tally":
        """With one image more; `truth` is on the device of what was said.

        Raises:
            ValueError: the shapes differ.
        """
        num_classes = len(self.confusion)
        confusion = confusion_matrix(said.prediction, truth, num_classes=num_classes)
        boundary = boundary_counts(
            said.prediction, truth, num_classes=num_classes, distance=boundary_distance(*truth.shape)
        )
        calibration = calibration_counts(said.prediction, said.confidence, truth)
        return Tally(
            confusion=self.confusion + confusion.cpu(),
            boundary=self.boundary + boundary.cpu(),
            calibration=self.calibration + calibration.cpu(),
        )

    def to_lists(self) -> dict[str, list[Any]]:
        """Plain numbers, from which `from_lists` makes the same sums."""
        return {
            "confusion": self.confusion.tolist(),
            "boundary": self.boundary.tolist(),
            "calibration": self.calibration.tolist(),
        }

    @staticmethod
    def from_lists(lists: Mapping[str, Any]) -> "Tally":
        """What `to_lists` has written; anything else in `lists` is left alone."""
        return Tally(
            confusion=torch.tensor(lists["confusion"], dtype=torch.int64),
            boundary=torch.tensor(lists["boundary"], dtype=torch.int64),
            calibration=torch.tensor(lists["calibration"], dtype=torch.float64),
        )

    def figures(self) -> Figures:
        """What the sums say."""
        intersection, union = self.boundary
        boundary_iou = iou_of(intersection, union)
        return Figures(
            scores=scores_of(self.confusion),
            boundary_iou=boundary_iou,
            boundary_miou=mean_of_present(boundary_iou),
            calibration_error=calibration_error(self.calibration),
            reliability=reliability(self.calibration),
        )
