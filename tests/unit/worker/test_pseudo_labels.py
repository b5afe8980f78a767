"""What the inspector of pseudo labels is told, by hand and by the definition."""

import io

import numpy as np
import pytest
import torch
from PIL import Image as Pillow

from backend.domain.regions import Box
from backend.services.manifests import AnsweredRegion, ManifestImage
from models.inference import Logits
from models.self_training import OptimiserConfig, SelfTrainingConfig
from worker import pseudo_labels
from worker.pseudo_labels import Said


def region(x: int, y: int, label_map: list[list[int]], *, coarse: bool = False) -> AnsweredRegion:
    labels = np.array(label_map, dtype=np.uint8)
    box = Box(x=x, y=y, width=labels.shape[1], height=labels.shape[0])
    return AnsweredRegion(box=box, mask=np.ones(labels.shape, dtype=bool), label_map=labels, coarse=coarse)


def image_with(*answers: AnsweredRegion) -> ManifestImage:
    return ManifestImage(image_id="i", blob_key="b", width=8, height=4, label_key=None, answers=answers)


def logits_of(class_id: int, *, margin: float) -> Logits:
    """The same class of 3 everywhere in an image of 8 x 4 pixels, `margin` ahead of the others."""
    coarse = torch.zeros(3, 1, 2)
    coarse[class_id] = margin
    return Logits(coarse=coarse, height=4, width=8)


def test_levels_are_the_root_of_the_entropy():
    entropy = torch.tensor([[0.0, 1.0, 0.25], [0.01, 1e-5, 0.0001]])
    # 255 sqrt(u): 0, 255, 127.5 (to even: 128), 25.5 (to even: 26; the float is a little below), 0.81, 2.55
    levels = pseudo_labels.entropy_levels(entropy)
    assert levels.dtype == np.uint8
    assert levels[0].tolist() == [0, 255, 128]
    assert levels[1, 0] in (25, 26)
    assert levels[1, 1:].tolist() == [1, 3]


def test_answers_are_those_of_the_manifest_void_included():
    said = pseudo_labels.said_of(
        image_with(region(1, 0, [[2, 255]]), region(4, 2, [[0, 0], [0, 0]], coarse=True)),
        logits_of(1, margin=50.0),
        sieve=None,
    )
    labels, spoken = np.full((4, 8), 255), np.zeros((4, 8))
    labels[0, 1], labels[2:, 4:6] = 2, 0
    spoken[0, 1:3] = spoken[2:, 4:6] = 255
    assert said.labels.tolist() == labels.tolist()
    assert said.spoken.tolist() == spoken.tolist()
    file = said.picture()
    assert file is not None
    with Pillow.open(io.BytesIO(file)) as picture:
        assert picture.mode == "LA"
        assert np.array_equal(np.asarray(picture), np.stack([labels, spoken], axis=-1))


def test_only_coarse_answers_are_sieved_and_only_by_a_teacher_that_is_sure_of_another_class():
    given = image_with(region(0, 0, [[0, 0]], coarse=True), region(4, 0, [[0, 0]]))

    def spoken(class_id: int, margin: float) -> list[int]:
        said = pseudo_labels.said_of(given, logits_of(class_id, margin=margin), sieve=0.9)
        return said.spoken[0].tolist()

    everything = [255, 255, 0, 0, 255, 255, 0, 0]
    assert spoken(1, 10.0) == [128, 128, 0, 0, 255, 255, 0, 0]
    assert spoken(0, 10.0) == everything
    assert spoken(1, 1.0) == everything  # e / (e + 2) is 0.58


def test_nobody_has_said_anything_of_a_new_image():
    said = pseudo_labels.nobody_said(2, 3)
    assert said.picture() is None
    counted = pseudo_labels.counts(np.zeros((2, 3), np.uint8), np.zeros((2, 3), np.uint8), said, num_classes=2)
    assert counted["open"][0][0] == 6


def test_counts_by_hand():
    prediction = np.array([[0, 0, 1, 1], [2, 2, 2, 0]], dtype=np.uint8)
    levels = np.array([[9, 9, 3, 9], [255, 0, 7, 9]], dtype=np.uint8)
    labels = np.array([[255, 0, 255, 2], [1, 255, 255, 255]], dtype=np.uint8)
    spoken = np.array([[0, 255, 0, 255], [128, 255, 0, 0]], dtype=np.uint8)
    counted = pseudo_labels.counts(prediction, levels, Said(labels=labels, spoken=spoken), num_classes=4)
    open_ = {(c, level): n for c, row in enumerate(counted.pop("open")) for level, n in enumerate(row) if n}
    assert open_ == {(0, 9): 2, (1, 3): 1, (2, 7): 1}
    assert counted == {
        "agreed": [1, 0, 0, 0],
        "overruled": [0, 1, 0, 0],
        "void": [0, 0, 1, 0],
        "sieved": [0, 0, 1, 0],
    }


def test_the_shares_are_those_of_training():
    shares = pseudo_labels.alphas(0.3)
    config = SelfTrainingConfig(num_classes=3, iterations=20, alpha0=0.3, optimiser=OptimiserConfig(learning_rate=0.1))
    assert shares == pytest.approx([config.alpha_at(iteration) for iteration in range(21)], abs=1e-6)


def test_the_threshold_is_the_kth_smallest_level():
    levels = np.random.default_rng(2).integers(0, 256, 997) ** 2 // 256
    histogram = np.bincount(levels, minlength=256)
    shares = [0.2, 0.113, 0.05, 0.001, 0.0]
    expected = [int(np.sort(levels)[max(1, round((1 - alpha) * 997)) - 1]) for alpha in shares]
    assert pseudo_labels.kept_levels(histogram, shares) == expected
    assert pseudo_labels.kept_levels(np.zeros(256, dtype=np.int64), shares) == [255] * 5


def test_a_summary_by_hand():
    def counted(rows: dict[tuple[int, int], int], **outcomes: list[int]) -> dict:
        open_ = np.zeros((2, 256), dtype=int)
        for place, number in rows.items():
            open_[place] = number
        nothing = {name: [0, 0] for name in pseudo_labels.OUTCOMES}
        return {"open": open_.tolist(), **nothing, **outcomes}

    found = [
        ("a", counted({(0, 0): 60, (0, 51): 10}, agreed=[5, 0], void=[0, 2])),
        ("b", counted({(1, 0): 20, (1, 255): 10}, overruled=[0, 3], sieved=[1, 0])),
    ]
    # 100 open pixels: 80 of level 0, 10 of 51, 10 of 255.
    assert pseudo_labels.summary(iter(found), [0.2, 0.15, 0.1, 0.0], num_classes=2) == {
        "alphas": [0.2, 0.15, 0.1, 0.0],
        "levels": [0, 51, 51, 255],
        "classes": [
            {
                "open": 70,
                "kept": [60, 70, 70, 70],
                "entropy": pytest.approx(10 * 0.04 / 70),
                "agreed": 5,
                "overruled": 0,
                "void": 0,
                "sieved": 1,
            },
            {
                "open": 30,
                "kept": [20, 20, 20, 30],
                "entropy": pytest.approx(10 / 30),
                "agreed": 0,
                "overruled": 3,
                "void": 2,
                "sieved": 0,
            },
        ],
        "images": [
            {"image_id": "a", "open": 70, "kept": [60, 70, 70, 70], "answered": 7},
            {"image_id": "b", "open": 30, "kept": [20, 20, 20, 30], "answered": 4},
        ],
    }


def test_a_pool_without_pixels_keeps_nothing():
    summary = pseudo_labels.summary([], [0.2, 0.0], num_classes=2)
    assert summary["images"] == []
    assert [row["entropy"] for row in summary["classes"]] == [None, None]
