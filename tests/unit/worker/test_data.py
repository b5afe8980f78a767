"""Batches from a manifest: what people said is where they said it, and a crop depends on its seed and place only."""

import numpy as np
import pytest
import torch
from obstore.store import MemoryStore

from backend.domain.image_file import ImageSize
from backend.domain.regions import Box
from backend.services.manifests import AnsweredRegion, Manifest, ManifestImage
from backend.storage import BlobStore
from models.augment import Augmentation
from models.self_training import Batch, Draws
from tests.factories import png
from worker import data
from worker.data import TrainingData, answers_of
from worker.decoded import DecodedImages
from worker.loader import Loader

HEIGHT, WIDTH, CROP = 48, 64, 32
AUGMENTATION = Augmentation(crop=(CROP, CROP), scales=(0.75, 1.5), flip=0.5, colour=1.0)


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
def decoded(blobs, tmp_path) -> DecodedImages:
    return DecodedImages(blobs, tmp_path / "decoded", limit_bytes=10**6)


def data_of(decoded: DecodedImages, manifest: Manifest, **settings) -> TrainingData:
    return TrainingData(decoded=decoded, manifest=manifest, num_classes=3, augmentation=AUGMENTATION, **settings)


@pytest.fixture
def training_data(blobs, decoded) -> TrainingData:
    labels = np.zeros((HEIGHT, WIDTH), np.uint8)
    labels[:, 40:] = 1
    labels[20:22, 10:12] = 2  # four pixels of a rare class
    manifest = Manifest(
        source=(image_of(blobs, "a", 10, labels=labels),),
        target=(image_of(blobs, "b", 100), image_of(blobs, "c", 200, answers=[region(3, 2, 2), region(50, 40, 255)])),
    )
    return data_of(decoded, manifest)


def seeded(seed: int) -> Draws:
    return Draws(seed, 0, range(4))


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


def test_what_one_class_was_given_for_is_coarse_in_the_batch(blobs, decoded, training_data):
    batch = training_data.batch(seeded(0))
    assert not batch.coarse.any()
    whole = AnsweredRegion(
        box=Box(x=0, y=0, width=WIDTH, height=HEIGHT),
        mask=np.ones((HEIGHT, WIDTH), bool),
        label_map=np.full((HEIGHT, WIDTH), 1, np.uint8),
        coarse=True,
    )
    manifest = Manifest(source=training_data.manifest.source, target=(image_of(blobs, "b", 1, answers=[whole]),))
    batch = data_of(decoded, manifest).batch(seeded(0))
    assert batch.coarse.any()
    assert torch.equal(batch.coarse, batch.answered)


def same(one: Batch, other: Batch) -> bool:
    return all(torch.equal(getattr(one, name), getattr(other, name)) for name in one.__dataclass_fields__)


def test_a_batch_is_a_function_of_seed_and_iteration(training_data, decoded):
    fresh = data_of(decoded, training_data.manifest)
    for seed in (1, 2):
        training_data.batch(seeded(seed))  # what came before must not matter
    one = training_data.batch(Draws(9, 5, range(4)))
    assert same(one, fresh.batch(Draws(9, 5, range(4))))
    assert not same(one, fresh.batch(Draws(10, 5, range(4))))
    assert not same(one, fresh.batch(Draws(9, 6, range(4))))


def test_ranks_draw_the_crops_that_one_process_would(training_data):
    whole = training_data.batch(Draws(9, 5, range(4)))
    halves = [training_data.batch(Draws(9, 5, crops)) for crops in (range(2), range(2, 4))]
    for name in whole.__dataclass_fields__:
        assert torch.equal(getattr(whole, name), torch.cat([getattr(half, name) for half in halves]))


def test_a_loader_gives_the_same_batches_in_order_whatever_its_threads(training_data):
    def make(iteration: int) -> Batch:
        return training_data.batch(Draws(1, iteration, range(2)))

    for threads in (0, 3):
        with Loader(make, first=2, last=9, threads=threads) as loader:
            for iteration in range(2, 9):
                assert same(next(loader), make(iteration))
            assert loader.waited > 0


def test_images_are_brought_to_a_size_and_answers_with_them(blobs, decoded, training_data):
    """Half of 48 x 64. Labels by nearest neighbour: no id appears that was not there."""
    half = ImageSize(width=WIDTH // 2, height=HEIGHT // 2)
    stripes = np.tile(np.array([0, 2], np.uint8).repeat(8), (HEIGHT, WIDTH // 16))  # between 0 and 2 lies 1
    whole = AnsweredRegion(
        box=Box(x=0, y=0, width=WIDTH, height=HEIGHT),
        mask=np.ones((HEIGHT, WIDTH), bool),
        label_map=stripes,
        coarse=False,
    )
    manifest = Manifest(
        source=(image_of(blobs, "s", 10, labels=stripes),), target=(image_of(blobs, "t", 100, answers=[whole]),)
    )
    batch = data_of(decoded, manifest, source_size=half, target_size=half).batch(seeded(3))
    for labels in (batch.source_labels, batch.target_labels):
        assert set(labels.unique().tolist()) <= {0, 2, 255}
        assert {0, 2} <= set(labels.unique().tolist())
    assert batch.source_images.min() == 10  # and 127 outside of it
    assert (batch.target_labels != 255).float().mean() > 0.25


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
