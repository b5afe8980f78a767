"""Training data in memory: decoded once, cropped at random, one batch an iteration.

A batch is a function of (seed, iteration) alone, so a resumed training needs no loader position.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor

from backend.domain.image_file import ImageSize, read_image, read_label_map
from backend.domain.label_schema import IGNORE_INDEX
from backend.services.manifests import Manifest, ManifestImage
from backend.storage import BlobStore
from models.augment import Augmentation, cut, random_geometry
from models.self_training import Batch

T = TypeVar("T")
EXACT, COARSE = 1, 2  # how a pixel was answered
CACHE_BYTES = 4 * 2**30  # of decoded images in one worker


@dataclass(frozen=True, slots=True)
class Sample:
    """An image with its label map, and where that is people's word. uint8 tensors (3, h, w), (h, w), (h, w)."""

    image: Tensor
    labels: Tensor
    answered: Tensor


@dataclass(slots=True, kw_only=True)
class TrainingData:
    """Draws batches from a manifest."""

    blobs: BlobStore
    manifest: Manifest
    num_classes: int
    crop: int
    batch_size: int
    _cache: OrderedDict[str, Sample] = field(default_factory=OrderedDict)
    _cached_bytes: int = 0

    def batch(self, generator: Generator) -> Batch:
        """Crops: every other source one around a class, every fourth target one around an answer."""
        source = [self._source_crop(generator, around_class=index % 2 == 0) for index in range(self.batch_size)]
        answered = [image for image in self.manifest.target if image.answers]
        target = []
        for index in range(self.batch_size):
            around_answer = bool(answered) and index % 4 == 0
            images = answered if around_answer else self.manifest.target
            image = _choice(images, generator)
            box = _choice(image.answers, generator).box if around_answer else None
            focus = (
                None if box is None else (_within(box.y, box.height, generator), _within(box.x, box.width, generator))
            )
            target.append(self._crop(image, generator, focus=focus))
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
        if not around_class:
            return self._crop(image, generator, focus=None)
        labels = self._sample(image).labels
        present = [class_id for class_id in torch.unique(labels).tolist() if class_id != IGNORE_INDEX]
        if not present:
            return self._crop(image, generator, focus=None)
        row, column = _choice((labels == _choice(present, generator)).nonzero(), generator).tolist()
        return self._crop(image, generator, focus=(row, column))

    def _crop(self, image: ManifestImage, generator: Generator, *, focus: tuple[int, int] | None) -> Sample:
        crop = (self.crop, self.crop)
        augmentation = Augmentation(crop=crop, scales=(0.75, 1.5), flip=0.5, colour=1.0)
        geometry = random_geometry(
            image.height, image.width, augmentation=augmentation, generator=generator, focus=focus
        )
        sample = self._sample(image)
        picture, (labels, answered) = cut(sample.image, [sample.labels, sample.answered], geometry, crop=crop)
        return Sample(picture, labels, answered)

    def _sample(self, image: ManifestImage) -> Sample:
        found = self._cache.get(image.image_id)
        if found is None:
            found = self._load(image)
            self._cached_bytes += _size(found)
            self._cache[image.image_id] = found
            while self._cached_bytes > CACHE_BYTES and len(self._cache) > 1:
                self._cached_bytes -= _size(self._cache.popitem(last=False)[1])
        self._cache.move_to_end(image.image_id)
        return found

    def _load(self, image: ManifestImage) -> Sample:
        picture = read_image(self.blobs.get(image.blob_key))
        labels, answered = answers_of(image)
        if image.label_key is not None:
            size = ImageSize(width=image.width, height=image.height)
            data = self.blobs.get(image.label_key)
            labels = read_label_map(data, name=image.image_id, size=size, num_classes=self.num_classes).copy()
        planes = np.ascontiguousarray(picture.transpose(2, 0, 1))
        return Sample(torch.from_numpy(planes), torch.from_numpy(labels), torch.from_numpy(answered))


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


def _choice(items: Sequence[T], generator: Generator) -> T:
    return items[int(torch.randint(0, len(items), (), generator=generator))]


def _within(start: int, length: int, generator: Generator) -> int:
    return start + int(torch.randint(0, length, (), generator=generator))


def _size(sample: Sample) -> int:
    return sample.image.nbytes + sample.labels.nbytes + sample.answered.nbytes
