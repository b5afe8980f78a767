"""Scores against their definitions in double precision, over any image, any number of classes and any logits.

The definitions count by two-dimensional prefix sums of one class at a time, so that windows of 65 x 65 are quick to
check; `test_scoring_windows.py` has the same as plain loops over small images.
"""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models.scoring import margin_uncertainty, predictive_entropy, region_impurity, window_mean

RADII = [1, 4, 9, 16, 32]
DTYPES = [torch.float32, torch.float16, torch.bfloat16, torch.float64]


def direct_sums(values: np.ndarray, radius: int) -> np.ndarray:
    """Sum of each pixel's window: four corners of the prefix sums."""
    h, w = values.shape
    prefix = np.zeros((h + 1, w + 1), dtype=values.dtype)
    prefix[1:, 1:] = values.cumsum(axis=0).cumsum(axis=1)
    top, bottom = np.maximum(np.arange(h) - radius, 0), np.minimum(np.arange(h) + radius + 1, h)
    left, right = np.maximum(np.arange(w) - radius, 0), np.minimum(np.arange(w) + radius + 1, w)
    lower, upper = prefix[bottom], prefix[top]
    return lower[:, right] - lower[:, left] - upper[:, right] + upper[:, left]


def direct_counts(prediction: np.ndarray, radius: int, num_classes: int) -> np.ndarray:
    return np.stack([direct_sums((prediction == c).astype(np.int64), radius) for c in range(num_classes)])


def direct_impurity(prediction: np.ndarray, radius: int, num_classes: int) -> np.ndarray:
    counts = direct_counts(prediction, radius, num_classes)
    shares = counts / counts.sum(axis=0)
    return -(shares * np.log(np.where(shares > 0, shares, 1))).sum(axis=0) / math.log(num_classes)


def direct_mean(values: np.ndarray, radius: int) -> np.ndarray:
    return direct_sums(values, radius) / direct_sums(np.ones(values.shape), radius)


def direct_pixels(logits: torch.Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Entropy and margin of every pixel, from the logits as they are: of 16 bits or, more than these, of 32."""
    z = logits.float().double().numpy()
    p = np.exp(z - z.max(axis=0))
    p /= p.sum(axis=0)
    ordered = np.sort(p, axis=0)
    entropy = -(p * np.log(np.where(p > 0, p, 1))).sum(axis=0) / math.log(len(z))
    return entropy, 1 - (ordered[-1] - ordered[-2])


def make_logits(seed: int, shape: tuple[int, int, int], *, kind: str, scale: float, dtype: torch.dtype) -> torch.Tensor:
    """Noise; patches of 7 pixels with a little noise, so that windows are pure; few levels, so that classes tie."""
    rng = np.random.default_rng(seed)
    c, h, w = shape
    z = rng.standard_normal(shape)
    if kind == "patches":
        coarse = rng.standard_normal((c, -(-h // 7), -(-w // 7)))
        z = 0.1 * z + coarse.repeat(7, axis=1).repeat(7, axis=2)[:, :h, :w]
    if kind == "levels":
        z = np.round(z)
    z = torch.from_numpy(z * scale).to(dtype)
    if kind == "ruled out":
        z[rng.integers(c)] = -torch.inf
    return z


shapes = st.one_of(
    st.tuples(st.integers(1, 90), st.integers(1, 90)),
    st.tuples(st.integers(1, 3), st.integers(1, 400)),
    st.tuples(st.integers(1, 400), st.integers(1, 3)),
)
classes = st.one_of(st.sampled_from([2, 19, 255]), st.integers(2, 40), st.integers(2, 255))


@settings(deadline=None, max_examples=150)
@given(
    st.integers(0, 2**32 - 1),
    shapes,
    classes,
    st.sampled_from(["noise", "patches", "levels", "ruled out"]),
    st.sampled_from([0.01, 1.0, 10.0, 300.0]),
    st.sampled_from(DTYPES),
    st.sampled_from(RADII),
)
def test_every_part_of_a_score_is_its_definition(seed, shape, num_classes, kind, scale, dtype, radius):
    logits = make_logits(seed, (num_classes, *shape), kind=kind, scale=scale, dtype=dtype)
    entropy, margin = predictive_entropy(logits), margin_uncertainty(logits)
    prediction = logits.max(dim=0).indices.to(torch.uint8)
    direct_entropy, direct_margin = direct_pixels(logits)
    np.testing.assert_allclose(entropy.numpy(), direct_entropy, atol=1e-5, rtol=0)
    np.testing.assert_allclose(margin.numpy(), direct_margin, atol=1e-5, rtol=0)
    impurity = region_impurity(prediction, radius=radius, num_classes=num_classes)
    mean = window_mean(entropy, radius=radius)
    expected = direct_impurity(prediction.numpy(), radius, num_classes), direct_mean(direct_entropy, radius)
    np.testing.assert_allclose(impurity.numpy(), expected[0], atol=1e-6, rtol=0)
    np.testing.assert_allclose(mean.numpy(), expected[1], atol=1e-5, rtol=0)
    np.testing.assert_allclose((impurity * mean).numpy(), expected[0] * expected[1], atol=1e-5, rtol=0)


@settings(deadline=None, max_examples=40)
@given(
    st.integers(0, 2**32 - 1),
    st.tuples(st.integers(1, 40), st.integers(1, 40)),
    st.integers(2, 12),
    st.sampled_from([1, 5, 13]),
    st.sampled_from(RADII),
)
def test_windows_tie_exactly_where_their_counts_do_and_only_pure_ones_are_zero(seed, shape, num_classes, block, radius):
    coarse = np.random.default_rng(seed).integers(0, num_classes, [-(-size // block) for size in shape], dtype=np.uint8)
    prediction = np.ascontiguousarray(coarse.repeat(block, axis=0).repeat(block, axis=1)[: shape[0], : shape[1]])
    impurity = region_impurity(torch.from_numpy(prediction), radius=radius, num_classes=num_classes).numpy()
    counts = np.sort(direct_counts(prediction, radius, num_classes), axis=0).reshape(num_classes, -1).T
    alike = np.unique(counts, axis=0, return_inverse=True)[1].ravel()
    for group in range(alike.max() + 1):
        assert len(np.unique(impurity.ravel()[alike == group])) == 1
    assert np.array_equal(impurity.ravel() == 0, (counts[:, :-1] == 0).all(axis=1))


@pytest.mark.parametrize(
    "shape", [(15, 17), (16, 16), (1, 255), (256, 1), (181, 181), (182, 181), (7, 4681), (8, 4096)]
)
def test_windows_as_large_as_the_narrower_integers_can_count(shape):
    """The whole image is every pixel's window: 255 or 256 pixels, or about 32767."""
    pure = region_impurity(torch.ones(shape, dtype=torch.uint8), radius=5000, num_classes=2)
    assert torch.equal(pure, torch.zeros(shape))
    prediction = torch.ones(shape, dtype=torch.uint8)
    prediction[0, 0] = 0
    share = 1 / prediction.numel()
    expected = -(share * math.log(share) + (1 - share) * math.log1p(-share)) / math.log(2)
    impurity = region_impurity(prediction, radius=5000, num_classes=2)
    np.testing.assert_allclose(impurity.numpy(), np.full(shape, expected), atol=1e-7, rtol=0)


@pytest.mark.parametrize(
    ("shape", "radius"), [((19, 130, 500), 32), ((255, 70, 80), 16), ((3, 40, 900), 9), ((255, 2, 4200), 4)]
)
def test_images_that_are_worked_through_in_several_parts(shape, radius):
    logits = make_logits(radius, shape, kind="patches", scale=2, dtype=torch.float32)
    direct_entropy, direct_margin = direct_pixels(logits)
    entropy = predictive_entropy(logits)
    np.testing.assert_allclose(entropy.numpy(), direct_entropy, atol=1e-6, rtol=0)
    np.testing.assert_allclose(margin_uncertainty(logits).numpy(), direct_margin, atol=1e-6, rtol=0)
    mean = window_mean(entropy, radius=radius)
    np.testing.assert_allclose(mean.numpy(), direct_mean(direct_entropy, radius), atol=1e-6, rtol=0)
    prediction = logits.max(dim=0).indices.to(torch.uint8)
    impurity = region_impurity(prediction, radius=radius, num_classes=shape[0])
    np.testing.assert_allclose(
        impurity.numpy(), direct_impurity(prediction.numpy(), radius, shape[0]), atol=1e-6, rtol=0
    )


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_rounding_logits_to_16_bits_changes_the_prediction_at_near_ties_only(dtype):
    logits = make_logits(0, (19, 200, 200), kind="noise", scale=4, dtype=torch.float32)
    best, rounded = logits.max(dim=0), logits.to(dtype).max(dim=0)
    flipped = best.indices != rounded.indices
    assert 0 < int(flipped.sum()) < 800  # of 40 000 pixels
    lead = best.values - logits.gather(0, rounded.indices[None])[0]
    assert (lead <= torch.finfo(dtype).eps * best.values).all()
