"""Evaluation by one confusion matrix over a whole split."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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


def confusion_matrix(prediction: NDArray[np.uint8], truth: NDArray[np.uint8], *, num_classes: int) -> NDArray[np.int64]:
    """Pixels by (true class, predicted class), where the truth is not 255. Add those of all images of a split.

    Args:
        prediction: class ids below `num_classes`, any shape.
        truth: class ids or 255, of the same shape.
        num_classes: C.

    Returns:
        int64 of shape (C, C); rows are the truth.

    Raises:
        ValueError: the shapes differ.
    """
    if prediction.shape != truth.shape:
        raise ValueError(f"Prediction and truth differ in shape: {prediction.shape} and {truth.shape}.")
    valid = truth != IGNORE_INDEX
    pairs = truth[valid].astype(np.int64) * num_classes + prediction[valid]
    return np.bincount(pairs, minlength=num_classes**2).reshape(num_classes, num_classes)


def scores_of(confusion: NDArray[np.int64]) -> Scores:
    """IoU by class, its mean and the pixel accuracy of a (C, C) confusion matrix."""
    hits = confusion.diagonal()
    union = confusion.sum(axis=0) + confusion.sum(axis=1) - hits
    iou = tuple(float(h / u) if u else None for h, u in zip(hits, union, strict=True))
    present = [value for value in iou if value is not None]
    total = int(confusion.sum())
    return Scores(
        miou=sum(present) / len(present) if present else None,
        iou=iou,
        pixel_accuracy=float(hits.sum() / total) if total else None,
    )
