"""The scores of an image, put together from entropy, margin and impurity as their definitions say."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models.scoring import score_maps


def blurred_logits(seed: int, shape: tuple[int, int, int]) -> torch.Tensor:
    """Low-frequency logits, so that some windows are pure, as a network's are."""
    c, h, w = shape
    coarse = np.random.default_rng(seed).standard_normal((c, -(-h // 4), -(-w // 4))) * 3
    fine = coarse.repeat(4, axis=1).repeat(4, axis=2)[:, :h, :w]
    return torch.from_numpy(fine + 0.1 * np.random.default_rng(seed + 1).standard_normal(shape)).float()


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
        maps = score_maps(logits, score=score, radius=radius)
        np.testing.assert_allclose(maps.score.numpy(), expected[score], atol=5e-6, rtol=0)
        np.testing.assert_allclose(maps.impurity.numpy(), expected["impurity"], atol=5e-6, rtol=0)
        np.testing.assert_allclose(maps.entropy.numpy(), expected["entropy"], atol=5e-6, rtol=0)
        np.testing.assert_array_equal(maps.prediction.numpy(), logits.numpy().argmax(axis=0))


def test_pure_windows_score_exactly_zero():
    logits = torch.zeros(3, 9, 9)
    logits[0] = 0.5
    maps = score_maps(logits, score="ripu", radius=2)
    assert maps.entropy.min() > 0.5
    assert torch.equal(maps.score, torch.zeros(9, 9))


def test_random_is_a_uniform_draw_that_its_generator_repeats():
    logits = blurred_logits(0, (5, 100, 120))
    first, again, other = (
        score_maps(logits, score="random", radius=3, generator=torch.Generator().manual_seed(seed))
        for seed in (1, 1, 2)
    )
    assert torch.equal(first.score, again.score)
    assert not torch.equal(first.score, other.score)
    tenths = torch.histc(first.score, bins=10, min=0, max=1)  # 1200 expected in each, deviation 33
    assert (tenths - 1200).abs().max() < 165
    assert torch.equal(first.impurity, score_maps(logits, score="impurity", radius=3).score)
    assert torch.equal(first.entropy, score_maps(logits, score="entropy", radius=3).score)


def test_random_without_a_generator_is_refused():
    with pytest.raises(ValueError, match="needs a generator"):
        score_maps(torch.zeros(2, 3, 3), score="random", radius=1)


def test_more_classes_than_a_byte_can_name_are_refused():
    with pytest.raises(ValueError, match=r"at most 255 classes; got logits of shape \(256, 2, 2\)"):
        score_maps(torch.zeros(256, 2, 2), score="ripu", radius=1)
    assert score_maps(torch.zeros(255, 2, 2), score="ripu", radius=1).score.shape == (2, 2)
