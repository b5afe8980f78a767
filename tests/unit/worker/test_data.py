"""Batches from a manifest: what people said is where they said it, and a batch depends on its generator only."""

import numpy as np
import pytest
import torch
from obstore.store import MemoryStore

from backend.domain.regions import Box
from backend.services.manifests import AnsweredRegion, Manifest, ManifestImage
from backend.storage import BlobStore
from tests.factories import png
from worker import data
from worker.data import TrainingData, answers_of

HEIGHT, WIDTH, CROP = 48, 64, 32


def image_of(blobs: BlobStore, name: str, grey: int, *, labels: np.ndarray | None = None, answers=()) -> ManifestImage:
    return ManifestImage(
        image_id=name,
        blob_key=blobs.put(png(np.full((HEIGHT, WIDTH, 3), grey, np.uint8))),
        width=WIDTH,
        height=HEIGHT,
        label_key=None if labels is None else blobs.put(png(labels)),
        answers=tuple(answers),
    )


def region(x: int, y: int, value: int) -> AnsweredRegion:
    box = Box(x=x, y=y, width=5, height=4)
    return AnsweredRegion(box=box, mask=np.ones((4, 5), bool), label_map=np.full((4, 5), value, np.uint8), coarse=False)


@pytest.fixture
def blobs() -> BlobStore:
    return BlobStore(MemoryStore())


@pytest.fixture
def training_data(blobs) -> TrainingData:
    labels = np.zeros((HEIGHT, WIDTH), np.uint8)
    labels[:, 40:] = 1
    labels[20:22, 10:12] = 2  # four pixels of a rare class
    manifest = Manifest(
        source=(image_of(blobs, "a", 10, labels=labels),),
        target=(image_of(blobs, "b", 100), image_of(blobs, "c", 200, answers=[region(3, 2, 2), region(50, 40, 255)])),
    )
    return TrainingData(blobs=blobs, manifest=manifest, num_classes=3, crop=CROP, batch_size=4)


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_answers_lie_where_they_were_given_and_void_is_knowledge(training_data):
    labels, answered = answers_of(training_data.manifest.target[1])
    expected = np.full((HEIGHT, WIDTH), 255, np.uint8)
    expected[2:6, 3:8] = 2
    assert (labels == expected).all()
    where = np.zeros((HEIGHT, WIDTH), bool)
    where[2:6, 3:8] = where[40:44, 50:55] = True
    assert ((answered == 1) == where).all()


def test_a_region_of_any_shape_leaves_the_rest_of_its_box_alone(blobs):
    corner = np.zeros((4, 5), bool)
    corner[0, 0] = True
    clicked = AnsweredRegion(
        box=Box(x=3, y=2, width=5, height=4), mask=~corner, label_map=np.full((4, 5), 2, np.uint8), coarse=True
    )
    drawn = AnsweredRegion(
        box=Box(x=3, y=2, width=5, height=4), mask=corner, label_map=np.full((4, 5), 1, np.uint8), coarse=False
    )
    labels, answered = answers_of(image_of(blobs, "x", 0, answers=[clicked, drawn]))
    assert (labels[2:6, 3:8] == np.where(corner, 1, 2)).all()
    assert (answered[2:6, 3:8] == np.where(corner, data.EXACT, data.COARSE)).all()
    assert (labels == 255).sum() == (answered == 0).sum() == HEIGHT * WIDTH - 20


def test_what_one_class_was_given_for_is_coarse_in_the_batch(blobs, training_data):
    batch = training_data.batch(seeded(0))
    assert not batch.coarse.any()
    whole = AnsweredRegion(
        box=Box(x=0, y=0, width=WIDTH, height=HEIGHT),
        mask=np.ones((HEIGHT, WIDTH), bool),
        label_map=np.full((HEIGHT, WIDTH), 1, np.uint8),
        coarse=True,
    )
    manifest = Manifest(source=training_data.manifest.source, target=(image_of(blobs, "b", 1, answers=[whole]),))
    batch = TrainingData(blobs=blobs, manifest=manifest, num_classes=3, crop=CROP, batch_size=4).batch(seeded(0))
    assert batch.coarse.any()
    assert torch.equal(batch.coarse, batch.answered)


def test_a_batch_is_a_function_of_its_generator(training_data, blobs):
    fresh = TrainingData(blobs=blobs, manifest=training_data.manifest, num_classes=3, crop=CROP, batch_size=4)
    for seed in (1, 2):
        training_data.batch(seeded(seed))  # what came before must not matter
    one, other, third = training_data.batch(seeded(9)), fresh.batch(seeded(9)), fresh.batch(seeded(10))
    for name in one.__dataclass_fields__:
        assert torch.equal(getattr(one, name), getattr(other, name))
    assert not torch.equal(one.source_labels, third.source_labels)


def test_images_and_labels_of_each_domain_stay_together(training_data):
    batch = training_data.batch(seeded(0))
    assert set(batch.source_images.unique().tolist()) == {10}
    assert set(batch.target_images.unique().tolist()) <= {100, 200}
    unanswered = batch.target_labels[~batch.answered]
    assert set(unanswered.unique().tolist()) == {255}


def test_every_fourth_target_crop_is_around_an_answer(training_data):
    for seed in range(20):
        batch = training_data.batch(seeded(seed))
        assert batch.target_images[0].unique().tolist() == [200]
        assert batch.answered[0].any()


def test_rare_classes_are_looked_for(training_data):
    """Four of 3072 pixels are class 2; every other crop is around a class, each of three as likely."""
    seen = [bool((training_data.batch(seeded(seed)).source_labels[0] == 2).any()) for seed in range(30)]
    by_chance = [bool((training_data.batch(seeded(seed)).source_labels[1] == 2).any()) for seed in range(30)]
    assert sum(seen) > sum(by_chance)


def test_the_cache_forgets_the_oldest(training_data, monkeypatch):
    monkeypatch.setattr(data, "CACHE_BYTES", 1)
    for seed in range(5):
        training_data.batch(seeded(seed))
    assert len(training_data._cache) == 1
