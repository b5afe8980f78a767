"""The data manifest of a round: every label that it learns from, frozen when its training begins.

A manifest is a JSON blob; its SHA-256 is its name, so it also proves what was used. Reference labels (ground truth of
pool images) cannot get into it: it takes label maps of source images, and answers of people.
"""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.db import answers, images
from backend.db.session import Session
from backend.db.tables import Answer, Image, Project, Query, Round
from backend.domain import rle
from backend.domain.effort import clicks_of_image, clicks_of_map
from backend.domain.label_schema import IGNORE_INDEX
from backend.domain.regions import Box, region_mask
from backend.domain.round_config import Unit
from backend.domain.vocabulary import AnswerKind, Domain, Split
from backend.storage import BlobStore


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredRegion:
    """A region of a pool image, with what a person said of it.

    Attributes:
        box: around the region.
        mask: which pixels of the box are the region's.
        label_map: class ids of the box, 255 where void and outside the region.
        coarse: one class was given for all of it, so that single pixels may be another.
    """

    box: Box
    mask: NDArray[np.bool_]
    label_map: NDArray[np.uint8]
    coarse: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestImage:
    """One image to learn from. `label_key` for source images, `answers` for those of the pool."""

    image_id: str
    blob_key: str
    width: int
    height: int
    label_key: str | None
    answers: tuple[AnsweredRegion, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    source: tuple[ManifestImage, ...]
    target: tuple[ManifestImage, ...]


def freeze(session: Session, blobs: BlobStore, project: Project, round_: Round) -> None:
    """Write the manifest of `round_`, once, with the human effort that is in it."""
    if round_.manifest_key is not None:
        return
    said: dict[str, list[dict[str, Any]]] = {}
    effort = {"regions": 0, "clicks": 0, "pixels": 0}
    for answer, query in answers.teaching(session, project.id):
        effort["regions"] += 1
        effort["pixels"] += query.pixels
        effort["clicks"] += _clicks(answer, query)
        if answer.kind is not AnswerKind.BAD_QUERY:
            said.setdefault(query.image_id, []).append(_answer_entry(answer, query))
    manifest = {
        "classes": [label_class["name"] for label_class in project.classes],
        "source": [
            _image_entry(image)
            for image in images.of_split(session, project.id, Domain.SOURCE, Split.TRAIN, labelled=True)
        ],
        "target": [
            _image_entry(image) | {"label": None, "answers": said.get(image.id, [])}
            for image in images.of_split(session, project.id, Domain.TARGET, Split.TRAIN)
        ],
    }
    round_.manifest_key = blobs.put(json.dumps(manifest, sort_keys=True).encode())
    # Opinions do not teach, but they were work.
    spent = answers.measured_time(session, project.id)
    round_.effort = {**effort, "images": len(said), "seconds": spent.seconds}


def read(blobs: BlobStore, key: str) -> Manifest:
    """The manifest with this name."""
    data = json.loads(blobs.get(key))
    return Manifest(
        source=tuple(_image(entry) for entry in data["source"]), target=tuple(_image(entry) for entry in data["target"])
    )


def _image_entry(image: Image) -> dict[str, Any]:
    return {
        "image_id": image.id,
        "blob": image.blob_key,
        "width": image.width,
        "height": image.height,
        "label": image.label_key,
    }


def _answer_entry(answer: Answer, query: Query) -> dict[str, Any]:
    return {
        "answer_id": answer.id,
        "box": [query.x, query.y, query.width, query.height],
        "region": query.region,
        "rle": rle.encode(_label_map(answer, query)),
        "coarse": answer.class_id is not None,
    }


def _clicks(answer: Answer, query: Query) -> int:
    if answer.label_map is None:
        return 1
    label_map = _label_map(answer, query)
    return clicks_of_image(label_map) if query.unit is Unit.IMAGE else clicks_of_map(label_map[_mask_of(query)])


def _mask_of(query: Query) -> NDArray[np.bool_]:
    return region_mask(query.region, width=query.width, height=query.height)


def _label_map(answer: Answer, query: Query) -> NDArray[np.uint8]:
    if answer.label_map is not None:
        return rle.decode(answer.label_map, width=query.width, height=query.height)
    value = IGNORE_INDEX if answer.class_id is None else answer.class_id
    return np.where(_mask_of(query), value, IGNORE_INDEX).astype(np.uint8)


def _image(entry: dict[str, Any]) -> ManifestImage:
    return ManifestImage(
        image_id=entry["image_id"],
        blob_key=entry["blob"],
        width=entry["width"],
        height=entry["height"],
        label_key=entry["label"],
        answers=tuple(_answered(said) for said in entry.get("answers", [])),
    )


def _answered(said: dict[str, Any]) -> AnsweredRegion:
    x, y, width, height = said["box"]
    return AnsweredRegion(
        box=Box(x=x, y=y, width=width, height=height),
        mask=region_mask(said.get("region"), width=width, height=height),
        label_map=rle.decode(said["rle"], width=width, height=height),
        coarse=said.get("coarse", False),
    )
