"""The scores of an image, put together from entropy, margin and impurity as their definitions say."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models.scoring import (
    RegionScores,
    Score,
    Segments,
    Windows,
    margin_uncertainty,
    pixel_maps,
    predictive_entropy,
    score_regions,
)


def blurred_logits(seed: int, shape: tuple[int, int, int]) -> torch.Tensor:
    """Low-frequency logits, so that some windows are pure, as a network's are."""
    c, h, w = shape
    coarse = np.random.default_rng(seed).standard_normal((c, -(-h // 4), -(-w // 4))) * 3
    fine = coarse.repeat(4, axis=1).repeat(4, axis=2)[:, :h, :w]
    return torch.from_numpy(fine + 0.1 * np.random.default_rng(seed + 1).standard_normal(shape)).float()


def scores_of_windows(
    logits: torch.Tensor, *, score: Score, radius: int, generator: torch.Generator | None = None
) -> RegionScores:
    regions = Windows(radius=radius, impurity_radius=radius)
    return score_regions(pixel_maps(logits, margin=True), regions, score=score, generator=generator)


def direct_maps(logits: np.ndarray, radius: int) -> dict[str, np.ndarray]:
    """Every score, straight from its definition, one window after the other in double precision."""
    c, h, w = logits.shape
    z = logits.astype(np.float64)
    p = np.exp(z - z.max(axis=0))
    p /= p.sum(axis=0)
    entropy = -np.where(p > 0, p * np.log(np.where(p > 0, p, 1)), 0).sum(axis=0) / math.log(c)
    ordered = np.sort(p, axis=0)
    margin = 1 - (ordered[-1] - ordered[-2])
    prediction = logits.argmax(axis=0)
    maps = {name: np.empty((h, w)) for name in ("ripu", "impurity", "entropy", "margin")}
    for i, j in np.ndindex(h, w):
        window = np.s_[max(0, i - radius) : i + radius + 1, max(0, j - radius) : j + radius + 1]
        shares = np.unique(prediction[window], return_counts=True)[1] / prediction[window].size
        maps["impurity"][i, j] = -(shares * np.log(shares)).sum() / math.log(c)
        maps["entropy"][i, j] = entropy[window].mean()
        maps["margin"][i, j] = margin[window].mean()
        maps["ripu"][i, j] = maps["impurity"][i, j] * maps["entropy"][i, j]
    return maps


@settings(deadline=None, max_examples=60)
@given(
    st.integers(0, 2**31),
    st.tuples(st.sampled_from([2, 3, 11, 19, 255]), st.integers(1, 14), st.integers(1, 14)),
    st.sampled_from([0, 1, 2, 4, 9, 16, 32]),
)
def test_every_score_is_its_definition(seed, shape, radius):
    logits = blurred_logits(seed, shape)
    expected = direct_maps(logits.numpy(), radius)
    for score in ("ripu", "impurity", "entropy", "margin"):
        scores = scores_of_windows(logits, score=score, radius=radius)
        np.testing.assert_allclose(scores.score.numpy(), expected[score], atol=5e-6, rtol=0)
        np.testing.assert_allclose(scores.impurity.numpy(), expected["impurity"], atol=5e-6, rtol=0)
        np.testing.assert_allclose(scores.entropy.numpy(), expected["entropy"], atol=5e-6, rtol=0)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**31), st.tuples(st.sampled_from([2, 3, 19, 255]), st.integers(0, 14), st.integers(1, 14)))
def test_maps_of_pixels_are_what_the_network_says_of_each(seed, shape):
    logits = blurred_logits(seed, shape)
    maps = pixel_maps(logits, margin=True)
    assert maps.num_classes == shape[0]
    assert maps.prediction.dtype == torch.uint8
    assert maps.prediction.tolist() == logits.numpy().argmax(axis=0).tolist()
    assert torch.equal(maps.entropy, predictive_entropy(logits))
    assert torch.equal(maps.margin, margin_uncertainty(logits))
    assert pixel_maps(logits).margin is None


def test_the_first_of_equal_classes_is_predicted():
    logits = torch.zeros(4, 1, 2)
    logits[1:3, 0, 1] = 2.0
    assert pixel_maps(logits).prediction.tolist() == [[0, 1]]


def test_pure_windows_score_exactly_zero():
    logits = torch.zeros(3, 9, 9)
    logits[0] = 0.5
    scores = scores_of_windows(logits, score="ripu", radius=2)
    assert scores.entropy.min() > 0.5
    assert torch.equal(scores.score, torch.zeros(9, 9))


def test_random_is_a_uniform_draw_that_its_generator_repeats():
    logits = blurred_logits(0, (5, 100, 120))
    first, again, other = (
        scores_of_windows(logits, score="random", radius=3, generator=torch.Generator().manual_seed(seed))
        for seed in (1, 1, 2)
    )
    assert torch.equal(first.score, again.score)
    assert not torch.equal(first.score, other.score)
    tenths = torch.histc(first.score, bins=10, min=0, max=1)  # 1200 expected in each, deviation 33
    assert (tenths - 1200).abs().max() < 165
    assert torch.equal(first.impurity, scores_of_windows(logits, score="impurity", radius=3).score)
    assert torch.equal(first.entropy, scores_of_windows(logits, score="entropy", radius=3).score)


def test_random_is_one_draw_a_region():
    segments = Segments(torch.arange(1200).reshape(30, 40) // 4)
    maps = pixel_maps(blurred_logits(0, (5, 30, 40)))
    scores = score_regions(maps, segments, score="random", generator=torch.Generator().manual_seed(4)).score
    assert scores.shape == (300,)
    assert len(set(scores.tolist())) > 290
    assert 0 <= scores.min() < 0.1 < 0.9 < scores.max() < 1


@pytest.mark.parametrize("score", ["ripu", "impurity", "entropy", "margin"])
def test_scores_but_random_leave_a_generator_alone(score):
    generator = torch.Generator().manual_seed(4)
    before = generator.get_state()
    with_it = scores_of_windows(blurred_logits(0, (5, 8, 9)), score=score, radius=1, generator=generator)
    assert torch.equal(generator.get_state(), before)
    assert torch.equal(with_it.score, scores_of_windows(blurred_logits(0, (5, 8, 9)), score=score, radius=1).score)


def test_what_a_score_needs_and_has_not_is_said():
    maps = pixel_maps(torch.zeros(2, 3, 3))
    regions = Windows(radius=1, impurity_radius=1)
    with pytest.raises(ValueError, match="random score needs a generator"):
        score_regions(maps, regions, score="random")
    with pytest.raises(ValueError, match="margin score needs pixel maps with margins"):
        score_regions(maps, regions, score="margin")


def test_more_classes_than_a_byte_can_name_are_refused():
    with pytest.raises(ValueError, match=r"at most 255 classes; got logits of shape \(256, 2, 2\)"):
        pixel_maps(torch.zeros(256, 2, 2))
    assert scores_of_windows(torch.zeros(255, 2, 2), score="ripu", radius=1).score.shape == (2, 2)


def test_one_class_is_refused():
    with pytest.raises(ValueError, match=r"at least 2 classes; got shape \(1, 2, 2\)"):
        pixel_maps(torch.zeros(1, 2, 2))
