"""IoU by one confusion matrix over a whole split."""

from dataclasses import dataclass

import torch
from jaxtyping import Int64, UInt8
from torch import Tensor

from models.losses import IGNORE_INDEX


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """What a confusion matrix says.

    Attributes:
        miou: mean over the classes that occur in truth or prediction, in [0, 1]; None where none does.
        iou: by class; None for a class that occurs in neither.
        pixel_accuracy: share of labelled pixels that are right; None without any.
    """

    miou: float | None
    iou: tuple[float | None, ...]
    pixel_accuracy: float | None


def confusion_matrix(
    prediction: UInt8[Tensor, "*p"], truth: UInt8[Tensor, "*t"], *, num_classes: int
) -> Int64[Tensor, "c c"]:
    """Pixels by (true class, predicted class), where the truth is not 255. Add those of all images of a split.

    Counted where the maps are, and not brought to the CPU for it (METHOD.md, section 8.6).

    Args:
        prediction: class ids below `num_classes`, any shape.
        truth: class ids or 255, of the same shape, on the same device.
        num_classes: c.

    Returns:
        Rows are the truth; on the device of the maps.

    Raises:
        ValueError: the shapes differ.
    """
    if prediction.shape != truth.shape:
        raise ValueError(f"Prediction and truth differ in shape: {tuple(prediction.shape)} and {tuple(truth.shape)}.")
    known = truth != IGNORE_INDEX
    pairs = truth[known].long() * num_classes + prediction[known]
    return torch.bincount(pairs, minlength=num_classes**2).reshape(num_classes, num_classes)


def scores_of(confusion: Int64[Tensor, "c c"]) -> Scores:
    """IoU by class, its mean and the pixel accuracy."""
    hits = confusion.diagonal()
    iou = iou_of(hits, confusion.sum(dim=0) + confusion.sum(dim=1) - hits)
    total = int(confusion.sum())
    return Scores(
        miou=mean_of_present(iou),
        iou=iou,
        pixel_accuracy=int(hits.sum()) / total if total else None,
    )


def iou_of(intersection: Int64[Tensor, " c"], union: Int64[Tensor, " c"]) -> tuple[float | None, ...]:
    """Intersection over union by class; None where the union is empty."""
    return tuple(i / u if u else None for i, u in zip(intersection.tolist(), union.tolist(), strict=True))


def mean_of_present(values: tuple[float | None, ...]) -> float | None:
    """Mean of those that are not None; None where all are."""
    present = [value for value in values if value is not None]
    return sum(present) / len(present) if present else None
