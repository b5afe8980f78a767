"""Practice: regions whose answer is known, from the labelled source images that may teach. Nothing is stored."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backend.db import images
from backend.db.session import Session
from backend.db.tables import Image
from backend.domain.dominant import dominant_class
from backend.domain.errors import MissingData
from backend.domain.image_file import ImageSize, read_label_map
from backend.domain.label_schema import IGNORE_INDEX
from backend.domain.practice import practice_windows
from backend.domain.regions import Box, default_radius
from backend.domain.vocabulary import LabelUse, label_use
from backend.services import access, configs
from backend.services.access import Actor
from backend.storage import BlobStore

MOST_IMAGES: Final = 6  # that are read for one call


@dataclass(frozen=True, slots=True, kw_only=True)
class Exercise:
    """A window, and what its image's label map says of it."""

    image: Image
    box: Box
    label_map: NDArray[np.uint8]
    dominant_class: int
    is_mixed: bool  # more than one class, void apart


def draw(session: Session, actor: Actor, blobs: BlobStore, slug: str, *, size: int, seed: int | None) -> list[Exercise]:
    """Up to `size` windows, by image and place: the same again for the same seed and images.

    Fewer where the images that are drawn have no room for more.

    Raises:
        MissingData: the project has no source image with a label map in its train split.
    """
    project = access.project_by_slug(session, actor, slug)
    image_ids = images.labelled_source(session, project.id)
    if not image_ids:
        raise MissingData("There is nothing to practise on: import source images with label maps first.", slug=slug)
    generator = np.random.default_rng(seed)
    num = min(MOST_IMAGES, size, len(image_ids))
    drawn = images.by_ids(session, [image_ids[i] for i in generator.choice(len(image_ids), num, replace=False)])
    configured = configs.from_json(project.config).acquisition.radius
    exercises: list[Exercise] = []
    for done, image in enumerate(sorted(drawn.values(), key=lambda image: image.position)):
        wanted = -(-(size - len(exercises)) // (num - done))
        boundary = (len(exercises) + wanted + 1) // 2 - (len(exercises) + 1) // 2  # every second one of all
        labels = _labels(blobs, image, num_classes=len(project.classes))
        boxes = practice_windows(
            labels,
            radius=default_radius(image.width, image.height) if configured is None else configured,
            num_boundary=boundary,
            num_anywhere=wanted - boundary,
            generator=generator,
        )
        exercises += [_exercise(image, box, labels) for box in boxes]
    return exercises


def _labels(blobs: BlobStore, image: Image, *, num_classes: int) -> NDArray[np.uint8]:
    if image.label_key is None or label_use(image.domain, image.split) is not LabelUse.TRAINING:
        raise AssertionError(f"{image.name} is not there to be practised on.")  # it may be a test's solution
    size = ImageSize(width=image.width, height=image.height)
    return read_label_map(blobs.get(image.label_key), name=image.name, size=size, num_classes=num_classes)


def _exercise(image: Image, box: Box, labels: NDArray[np.uint8]) -> Exercise:
    label_map = np.ascontiguousarray(labels[box.y : box.y + box.height, box.x : box.x + box.width])
    most = dominant_class(label_map)
    if most is None:
        raise AssertionError("A window of which at most half is void has a class.")
    mixed = np.unique(label_map[label_map != IGNORE_INDEX]).size > 1
    return Exercise(image=image, box=box, label_map=label_map, dominant_class=most, is_mixed=mixed)
