"""Entropy and margin of single pixels against longhand arithmetic, and what must not change them."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models.scoring import margin_uncertainty, predictive_entropy

BOTH = pytest.mark.parametrize("uncertainty", [predictive_entropy, margin_uncertainty])


def of_pixel(*probabilities: float) -> torch.Tensor:
    return torch.tensor(probabilities).log()[:, None, None]


def random_logits(seed: int, shape: tuple[int, int, int], *, scale: float = 1.0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed)) * scale


def longhand(logits: list[float]) -> tuple[float, float]:
    """Entropy over its maximum, and one minus the margin, of one pixel in double precision."""
    weights = [math.exp(z - max(logits)) for z in logits]
    p = [w / sum(weights) for w in weights]
    entropy = -sum(x * math.log(x) for x in p if x > 0) / math.log(len(p))
    second, first = sorted(p)[-2:]
    return entropy, 1 - (first - second)


def test_entropy_of_known_distributions():
    assert predictive_entropy(of_pixel(0.5, 0.25, 0.25)).item() == pytest.approx(0.9463946, abs=1e-6)  # 1.5 ln 2 / ln 3
    assert predictive_entropy(of_pixel(0.5, 0.5)).item() == pytest.approx(1, abs=1e-6)
    assert predictive_entropy(of_pixel(1, 0, 0)).item() == 0  # a logit of -inf rules a class out
    assert predictive_entropy(of_pixel(0.5, 0.5, 0, 0)).item() == pytest.approx(0.5, abs=1e-6)


def test_margin_of_known_distributions():
    assert margin_uncertainty(of_pixel(0.5, 0.3, 0.2)).item() == pytest.approx(0.8, abs=1e-6)
    assert margin_uncertainty(of_pixel(0.1, 0.45, 0.45)).item() == pytest.approx(1, abs=1e-6)
    assert margin_uncertainty(of_pixel(0, 1, 0)).item() == 0


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([2, 3, 11, 19, 255]), st.sampled_from([0.0, 0.01, 1.0, 10.0, 1000.0]))
def test_equal_to_longhand(seed, num_classes, scale):
    logits = random_logits(seed, (num_classes, 2, 3), scale=scale)
    entropy, margin = predictive_entropy(logits), margin_uncertainty(logits)
    for row, column in np.ndindex(2, 3):
        expected = longhand(logits[:, row, column].tolist())
        assert entropy[row, column].item() == pytest.approx(expected[0], abs=2e-6)
        assert margin[row, column].item() == pytest.approx(expected[1], abs=2e-6)
    for values in (entropy, margin):
        assert values.dtype == torch.float32
        assert values.min() >= 0
        assert values.max() <= 1


@BOTH
def test_a_constant_added_to_every_class_changes_nothing(uncertainty):
    logits = random_logits(0, (5, 4, 6))
    torch.testing.assert_close(uncertainty(logits + 300), uncertainty(logits), atol=3e-5, rtol=0)


@BOTH
def test_names_of_classes_do_not_matter(uncertainty):
    logits = random_logits(1, (5, 4, 6))
    torch.testing.assert_close(uncertainty(logits[[3, 0, 4, 1, 2]]), uncertainty(logits), atol=1e-6, rtol=0)


@BOTH
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_float_types_are_computed_in_float32(uncertainty, dtype):
    logits = random_logits(2, (19, 4, 6), scale=4).to(dtype)
    assert torch.equal(uncertainty(logits), uncertainty(logits.float()))


@BOTH
def test_the_logits_are_left_alone(uncertainty):
    logits = random_logits(3, (5, 4, 6))
    before = logits.clone()
    uncertainty(logits)
    assert torch.equal(logits, before)


@BOTH
def test_one_class_has_no_uncertainty_to_measure(uncertainty):
    with pytest.raises(ValueError, match=r"at least 2 classes; got shape \(1, 2, 2\)"):
        uncertainty(torch.zeros(1, 2, 2))
