"""Training data: random crops of a manifest's images, one batch an iteration.

A crop is a function of (seed, iteration, place in the batch) alone, so a resumed training needs no loader position, and
ranks that share a batch draw what one process would.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor

from backend.domain.image_file import ImageSize
from backend.domain.label_schema import IGNORE_INDEX
from backend.services.manifests import Manifest, ManifestImage
from models.augment import Augmentation, cut, random_geometry
from models.self_training import Batch, Draws
from worker.decoded import DecodedImages, resize_labels

T = TypeVar("T")
EXACT, COARSE = 1, 2  # how a pixel was answered


@dataclass(frozen=True, slots=True)
class Sample:
    """An image with its label map, and where that is people's word. uint8 tensors (3, h, w), (h, w), (h, w)."""

    image: Tensor
    labels: Tensor
    answered: Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingData:
    """Draws batches from a manifest.

    Attributes:
        decoded: where pixels come from.
        manifest: what there is to learn from.
        num_classes: C.
        augmentation: what crops are like.
        source_size: source images are brought to it first; None leaves them as they are.
        target_size: the same of target images.
    """

    decoded: DecodedImages
    manifest: Manifest
    num_classes: int
    augmentation: Augmentation
    source_size: ImageSize | None = None
    target_size: ImageSize | None = None

    def batch(self, draws: Draws) -> Batch:
        """Crops: every other source one around a class, every fourth target one around an answer."""
        pairs = [
            (self._source_crop(generator, around_class=place % 2 == 0), self._target_crop(generator, place=place))
            for place, generator in zip(draws.crops, draws.of_crops("data"), strict=True)
        ]
        source, target = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        return Batch(
            source_images=torch.stack([crop.image for crop in source]),
            source_labels=torch.stack([crop.labels for crop in source]),
            target_images=torch.stack([crop.image for crop in target]),
            target_labels=torch.stack([crop.labels for crop in target]),
            answered=torch.stack([(crop.answered == EXACT) | (crop.answered == COARSE) for crop in target]),
            coarse=torch.stack([crop.answered == COARSE for crop in target]),
        )

    def _source_crop(self, generator: Generator, *, around_class: bool) -> Sample:
        """A crop of a source image, or around a pixel of one of its classes: all are as likely, however rare."""
        image = _choice(self.manifest.source, generator)
        sample = self._source(image)
        focus = _place_of_a_class(sample.labels, generator) if around_class else None
        return self._crop(sample, generator, focus=focus)

    def _target_crop(self, generator: Generator, *, place: int) -> Sample:
        answered = [image for image in self.manifest.target if image.answers] if place % 4 == 0 else []
        image = _choice(answered or self.manifest.target, generator)
        sample = self._target(image)
        focus = None
        if answered:
            box = _choice(image.answers, generator).box
            row, column = _within(box.y, box.height, generator), _within(box.x, box.width, generator)
            height, width = sample.labels.shape
            focus = (row * height // image.height, column * width // image.width)
        return self._crop(sample, generator, focus=focus)

    def _crop(self, sample: Sample, generator: Generator, *, focus: tuple[int, int] | None) -> Sample:
        height, width = sample.labels.shape
        geometry = random_geometry(height, width, augmentation=self.augmentation, generator=generator, focus=focus)
        planes = [sample.labels, sample.answered]
        picture, (labels, answered) = cut(sample.image, planes, geometry, crop=self.augmentation.crop)
        return Sample(picture, labels, answered)

    def _source(self, image: ManifestImage) -> Sample:
        original = ImageSize(width=image.width, height=image.height)
        size = self.source_size or original
        if image.label_key is None:
            raise ValueError(f"The source image {image.image_id} has no label map.")
        labels = self.decoded.label_map(
            image.label_key, name=image.image_id, original=original, size=size, num_classes=self.num_classes
        )
        return Sample(self.decoded.image(image.blob_key, size=size), labels, torch.zeros_like(labels))

    def _target(self, image: ManifestImage) -> Sample:
        size = self.target_size or ImageSize(width=image.width, height=image.height)
        labels, answered = (torch.from_numpy(resize_labels(plane, size)) for plane in answers_of(image))
        return Sample(self.decoded.image(image.blob_key, size=size), labels, answered)


def answers_of(image: ManifestImage) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """What people have said of an image: class ids with 255 elsewhere, and where they have spoken, void included.

    The second map is 0 where nobody has, `EXACT`, or `COARSE` where one class was given for a whole region.
    """
    labels = np.full((image.height, image.width), IGNORE_INDEX, dtype=np.uint8)
    answered = np.zeros_like(labels)
    for answer in image.answers:
        rows = slice(answer.box.y, answer.box.y + answer.box.height)
        columns = slice(answer.box.x, answer.box.x + answer.box.width)
        labels[rows, columns][answer.mask] = answer.label_map[answer.mask]
        answered[rows, columns][answer.mask] = COARSE if answer.coarse else EXACT
    return labels, answered


def _place_of_a_class(labels: Tensor, generator: Generator) -> tuple[int, int] | None:
    """A pixel of one of the classes of a label map; None where there is none."""
    counts = torch.bincount(labels.flatten(), minlength=IGNORE_INDEX + 1)[:IGNORE_INDEX]
    present = counts.nonzero().flatten().tolist()
    if not present:
        return None
    row, column = _choice((labels == _choice(present, generator)).nonzero(), generator).tolist()
    return row, column


def _choice(items: Sequence[T], generator: Generator) -> T:
    return items[int(torch.randint(0, len(items), (), generator=generator))]


def _within(start: int, length: int, generator: Generator) -> int:
    return start + int(torch.randint(0, length, (), generator=generator))
