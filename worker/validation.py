"""What a teacher is worth while it learns, so that the best one can be kept beside the last."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from backend.domain.image_file import ImageSize, read_image, read_label_map
from backend.storage import BlobKey, BlobStore
from models.inference import predict_logits
from models.metrics import confusion_matrix, scores_of
from models.networks import SegmentationNetwork


@dataclass(frozen=True, slots=True, kw_only=True)
class ValImage:
    """A labelled image of the val split."""

    name: str
    blob_key: BlobKey
    label_key: BlobKey
    size: ImageSize


@dataclass(slots=True, kw_only=True)
class Best:
    """The best teacher so far on val images, and when that was. Weights lie on the CPU and are its own."""

    miou: float
    iteration: int
    weights: dict[str, Tensor]


def is_due(iteration: int, *, times: int, iterations: int) -> bool:
    """Whether to validate after so many iterations, to have done so `times` times, evenly, when all are done."""
    return iteration * times // iterations > (iteration - 1) * times // iterations


def miou_of(teacher: SegmentationNetwork, images: Sequence[ValImage], blobs: BlobStore) -> float:
    """Mean IoU in [0, 1] over at least one image, each seen whole."""
    num_classes = teacher.num_classes
    confusion = torch.zeros(num_classes, num_classes, dtype=torch.int64)
    for image in images:
        pixels = np.ascontiguousarray(read_image(blobs.get(image.blob_key)).transpose(2, 0, 1))
        predicted = predict_logits(teacher, torch.from_numpy(pixels)).argmax(dim=0).to(torch.uint8)
        labels = blobs.get(image.label_key)
        truth = read_label_map(labels, name=image.name, size=image.size, num_classes=num_classes)
        seen = confusion_matrix(predicted, torch.from_numpy(truth.copy()).to(predicted.device), num_classes=num_classes)
        confusion += seen.cpu()
    return scores_of(confusion).miou or 0.0


def weights_of(teacher: SegmentationNetwork) -> dict[str, Tensor]:
    """A copy of its weights on the CPU."""
    return {name: tensor.detach().cpu().clone() for name, tensor in teacher.state_dict().items()}
