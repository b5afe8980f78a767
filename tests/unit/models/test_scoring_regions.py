"""Every score over every unit against its definition: lists of pixels, plain sums, double precision."""

import math
from collections import Counter
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from models.acquisition import Partition, pixels, tiles, whole_image, windows
from models.acquisition.superpixels import numbered
from models.scoring import Regions, Segments, Windows, pixel_maps, score_regions

Place = tuple[int, int]
SCORES = ("ripu", "impurity", "entropy", "margin")


@dataclass(frozen=True)
class Longhand:
    """What is known of each pixel, one after the other."""

    prediction: dict[Place, int]
    entropy: dict[Place, float]
    margin: dict[Place, float]
    num_classes: int

    @classmethod
    def of(cls, logits: np.ndarray) -> "Longhand":
        prediction, entropy, margin = {}, {}, {}
        for place in np.ndindex(*logits.shape[1:]):
            z = [float(x) for x in logits[:, place[0], place[1]]]
            weights = [math.exp(x - max(z)) for x in z]
            p = [x / math.fsum(weights) for x in weights]
            second, first = sorted(p)[-2:]
            prediction[place] = z.index(max(z))
            entropy[place] = -math.fsum(x * math.log(x) for x in p if x > 0) / math.log(len(p))
            margin[place] = 1 - (first - second)
        return cls(prediction, entropy, margin, len(logits))

    def scores(self, averaged: list[Place], counted: list[Place], weights: list[float] | None) -> dict[str, float]:
        """Of one region: values are averaged over the first pixels, labels counted among the second."""
        shares = [n / len(counted) for n in Counter(self.prediction[place] for place in counted).values()]
        found = {
            "impurity": -math.fsum(share * math.log(share) for share in shares) / math.log(self.num_classes),
            "entropy": math.fsum(self.entropy[place] for place in averaged) / len(averaged),
            "margin": math.fsum(self.margin[place] for place in averaged) / len(averaged),
        }
        found["ripu"] = found["impurity"] * found["entropy"]
        if weights is not None:
            factor = math.fsum(weights[self.prediction[place]] for place in averaged) / len(averaged)
            found = {name: score * factor for name, score in found.items()}
        return found


def around(shape: Place, radius: int) -> list[list[Place]]:
    """The window of every pixel, row by row."""
    return [
        [
            (row, column)
            for row in range(max(0, i - radius), min(shape[0], i + radius + 1))
            for column in range(max(0, j - radius), min(shape[1], j + radius + 1))
        ]
        for i, j in np.ndindex(*shape)
    ]


def parts(labels: np.ndarray) -> list[list[Place]]:
    found: dict[int, list[Place]] = {}
    for place in np.ndindex(*labels.shape):
        found.setdefault(int(labels[place]), []).append(place)
    return [found[number] for number in range(len(found))]


def patchy_logits(seed: int, shape: tuple[int, int, int], *, patch: int = 3) -> torch.Tensor:
    """Patches of one class and some noise, so that some regions are pure and some are not."""
    c, h, w = shape
    rng = np.random.default_rng(seed)
    coarse = rng.standard_normal((c, -(-h // patch), -(-w // patch))) * 3
    fine = coarse.repeat(patch, axis=1).repeat(patch, axis=2)[:, :h, :w]
    return torch.from_numpy(fine + 0.1 * rng.standard_normal(shape)).float()


def assert_scores(
    logits: torch.Tensor,
    regions: Regions,
    averaged: list[list[Place]],
    counted: list[list[Place]],
    weights: list[float] | None,
) -> None:
    maps = pixel_maps(logits, margin=True)
    longhand = Longhand.of(logits.numpy())
    expected = [longhand.scores(*places, weights) for places in zip(averaged, counted, strict=True)]
    plain = [longhand.scores(*places, None) for places in zip(averaged, counted, strict=True)]
    factors = None if weights is None else torch.tensor(weights, dtype=torch.float64)
    for score in SCORES:
        found = score_regions(maps, regions, score=score, class_weights=factors)
        for summary, wanted in (
            (found.score, [one[score] for one in expected]),
            (found.impurity, [one["impurity"] for one in plain]),  # facts are told without weights
            (found.entropy, [one["entropy"] for one in plain]),
        ):
            assert summary.dtype == torch.float32
            np.testing.assert_allclose(summary.flatten().numpy(), wanted, atol=5e-6, rtol=0)
            assert 0 <= summary.min() <= summary.max() <= 1


images = st.tuples(st.integers(0, 2**31), st.sampled_from([2, 3, 7, 255]), st.integers(1, 9), st.integers(1, 9))


def weights_for(num_classes: int, seed: int) -> list[float] | None:
    """None for every third seed; else factors in [0, 1], of which some are at the ends."""
    if seed % 3 == 0:
        return None
    return np.clip(np.random.default_rng(seed).uniform(-0.2, 1.2, num_classes), 0, 1).tolist()


@settings(deadline=None, max_examples=40)
@given(images, st.sampled_from([0, 1, 2, 4, 12]))
def test_scores_of_windows(image, radius):
    seed, classes, height, width = image
    places = around((height, width), radius)
    regions = windows(height, width, radius=radius).regions
    assert_scores(patchy_logits(seed, image[1:]), regions, places, places, weights_for(classes, seed))


@settings(deadline=None, max_examples=40)
@given(images, st.data())
def test_scores_of_any_partition(image, data):
    seed, classes, height, width = image
    labels = numbered(data.draw(hnp.arrays(np.int64, (height, width), elements=st.integers(0, 6))))
    places = parts(labels)
    regions = Partition(labels=labels).regions
    assert_scores(patchy_logits(seed, image[1:]), regions, places, places, weights_for(classes, seed))


@settings(deadline=None, max_examples=40)
@given(images)
def test_scores_of_whole_images_are_those_of_stal(image):
    """Entropy: the mean over all pixels, divided by ln C (METHOD.md, section 5.1 and trap T20)."""
    seed, classes, height, width = image
    places = [list(np.ndindex(height, width))]
    regions = whole_image(height, width).regions
    assert_scores(patchy_logits(seed, image[1:]), regions, places, places, weights_for(classes, seed))


@pytest.mark.parametrize(("classes", "height", "width"), [(5, 3, 80), (19, 40, 37), (2, 1, 1)])
def test_scores_of_pixels_are_those_of_ripus_pa(classes, height, width):
    """The pixel's own entropy times the impurity of the 65 x 65 window around it (METHOD.md, section 6.1)."""
    logits = patchy_logits(height, (classes, height, width), patch=9)
    own, around_it = around((height, width), 0), around((height, width), 32)
    for seed in (0, 1):
        assert_scores(logits, pixels(height, width).regions, own, around_it, weights_for(classes, seed))


def test_a_window_may_be_judged_by_other_labels_than_it_is_averaged_over():
    own, around_it = around((6, 7), 1), around((6, 7), 3)
    regions = Windows(radius=1, impurity_radius=3)
    assert_scores(patchy_logits(0, (4, 6, 7)), regions, own, around_it, [0.0, 1.0, 0.25, 0.5])


def test_weights_multiply_every_score_but_random():
    logits = torch.zeros(3, 2, 2)
    logits[2, :, 0] = logits[1, :, 1] = 1.0  # predicted: 2, 1 in each row
    maps = pixel_maps(logits, margin=True)
    regions = whole_image(2, 2).regions
    weights = torch.tensor([1.0, 0.25, 0.5])
    for score in SCORES:
        plain = score_regions(maps, regions, score=score).score
        assert plain > 0.1
        weighted = score_regions(maps, regions, score=score, class_weights=weights).score
        assert weighted.item() == pytest.approx(plain.item() * 0.375, rel=1e-6)
    draws = [
        score_regions(
            maps, regions, score="random", generator=torch.Generator().manual_seed(1), class_weights=factors
        ).score
        for factors in (None, weights)
    ]
    assert torch.equal(*draws)


# Segments


def random_labels(seed: int, shape: Place, *, number: int) -> np.ndarray:
    return numbered(np.random.default_rng(seed).integers(0, number, shape))


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.integers(1, 12), st.integers(1, 9))
def test_impurity_is_zero_for_pure_segments_and_for_no_others(seed, height, width, classes):
    labels = random_labels(seed, (height, width), number=20)
    prediction = np.random.default_rng(seed + 1).integers(0, classes, (height, width), dtype=np.uint8)
    impurity = Segments(torch.from_numpy(labels)).impurity(torch.from_numpy(prediction), num_classes=max(2, classes))
    pure = [len({prediction[place] for place in part}) == 1 for part in parts(labels)]
    assert (impurity == 0).tolist() == pure
    assert impurity.min() >= 0
    assert impurity.max() <= 1


@pytest.mark.parametrize("size", [1, 2, 3, 1000, 99_991])
def test_a_large_pure_segment_is_exactly_zero_and_an_even_one_is_exactly_one(size):
    segment = Segments(torch.zeros(2, size, dtype=torch.int32))
    assert segment.impurity(torch.full((2, size), 18, dtype=torch.uint8), num_classes=19).tolist() == [0.0]
    halves = torch.arange(2, dtype=torch.uint8)[:, None].repeat(1, size)
    assert segment.impurity(halves, num_classes=2).tolist() == [1.0]


def test_segments_with_the_same_counts_tie_exactly():
    counts = [3, 1, 9, 1, 7]
    rng = np.random.default_rng(0)
    names = [rng.permutation(6)[:5] for _ in range(40)]
    rows = [rng.permutation(np.repeat(name, counts)) for name in names]  # other classes in another order
    prediction = torch.from_numpy(np.stack(rows).astype(np.uint8))
    labels = torch.arange(40)[:, None].repeat(1, sum(counts))
    impurity = Segments(labels).impurity(prediction, num_classes=6)
    assert len(set(impurity.tolist())) == 1
    share = [n / sum(counts) for n in counts]
    assert impurity[0].item() == pytest.approx(-sum(s * math.log(s) for s in share) / math.log(6), abs=1e-6)


def test_a_segment_of_one_class_and_another_worked_out_by_hand():
    labels = torch.tensor([[0, 0, 0, 1, 1], [0, 2, 2, 2, 2]], dtype=torch.int32)
    prediction = torch.tensor([[4, 4, 1, 3, 3], [4, 0, 1, 2, 3]], dtype=torch.uint8)
    segments = Segments(labels)
    assert segments.sizes.tolist() == [4, 2, 4]
    impurity = segments.impurity(prediction, num_classes=5)
    # One of four: -(1/4 ln 1/4 + 3/4 ln 3/4) / ln 5; pure; four of four: ln 4 / ln 5.
    assert impurity.tolist() == pytest.approx([0.3493985, 0.0, 0.8613531], abs=5e-7)
    values = torch.tensor([[1.0, 2.0, 3.0, 0.5, 0.25], [6.0, 0.0, 0.0, 0.0, 0.0]])
    assert segments.mean(values).tolist() == [3.0, 0.375, 0.0]


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.integers(1, 12))
def test_means_over_segments(seed, height, width):
    labels = random_labels(seed, (height, width), number=9)
    values = np.random.default_rng(seed + 1).standard_normal((height, width)).astype(np.float32)
    means = Segments(torch.from_numpy(labels)).mean(torch.from_numpy(values))
    assert means.dtype == torch.float32
    for mean, part in zip(means.tolist(), parts(labels), strict=True):
        assert mean == pytest.approx(math.fsum(float(values[p]) for p in part) / len(part), abs=1e-6)


def test_sums_over_a_large_image_keep_their_precision():
    values = torch.full((3000, 1000), 0.1)
    values[0, 0] = 0.2
    mean = whole_image(3000, 1000).regions.mean(values).item()
    tenth = float(np.float32(0.1))
    assert mean == np.float32(tenth + (float(np.float32(0.2)) - tenth) / 3_000_000)
    assert mean > tenth


def test_tiles_that_fit_are_the_windows_in_their_middles():
    logits = patchy_logits(3, (5, 15, 20))
    maps = pixel_maps(logits, margin=True)
    for score in SCORES:
        of_tiles = score_regions(maps, Segments(torch.from_numpy(tiles(15, 20, side=5))), score=score).score
        of_windows = score_regions(maps, Windows(radius=2, impurity_radius=2), score=score).score
        torch.testing.assert_close(of_tiles, of_windows[2::5, 2::5].T.flatten(), atol=1e-6, rtol=0)


@pytest.mark.parametrize("labels", [[[0, 2]], [[1, 1]], [[]]])
def test_segments_with_a_gap_are_refused(labels):
    with pytest.raises(ValueError, match="numbered from 0 without a gap"):
        Segments(torch.tensor(labels, dtype=torch.int32))


def test_classes_out_of_range_are_refused():
    segments = Segments(torch.zeros(1, 2, dtype=torch.int32))
    prediction = torch.tensor([[0, 4]], dtype=torch.uint8)
    with pytest.raises(ValueError, match="ids below 4; got 4"):
        segments.impurity(prediction, num_classes=4)
    for num_classes in (1, 256):
        with pytest.raises(ValueError, match=f"2 to 255 classes; got {num_classes}"):
            segments.impurity(prediction, num_classes=num_classes)
