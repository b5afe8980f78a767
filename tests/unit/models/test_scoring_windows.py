"""Window means and region impurity against direct loops over windows in double precision."""

import math
from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models.scoring import region_impurity, window_mean


def windows(array: np.ndarray, radius: int):
    """Every pixel's place with its window, border windows clipped."""
    for row, column in np.ndindex(*array.shape):
        top, left = max(0, row - radius), max(0, column - radius)
        yield (row, column), array[top : row + radius + 1, left : column + radius + 1]


def direct_mean(values: np.ndarray, radius: int) -> np.ndarray:
    means = np.empty(values.shape)
    for place, window in windows(values.astype(np.float64), radius):
        means[place] = math.fsum(window.ravel().tolist()) / window.size
    return means


def direct_impurity(prediction: np.ndarray, radius: int, num_classes: int) -> np.ndarray:
    impurity = np.empty(prediction.shape)
    for place, window in windows(prediction, radius):
        shares = [count / window.size for count in Counter(window.ravel().tolist()).values()]
        impurity[place] = -math.fsum(share * math.log(share) for share in shares) / math.log(num_classes)
    return impurity


def random_prediction(seed: int, shape: tuple[int, int], num_classes: int, *, block: int = 1) -> torch.Tensor:
    """Labels at random, in squares of `block` pixels: large ones have pure windows inside, as real predictions do."""
    coarse = np.random.default_rng(seed).integers(0, num_classes, [-(-size // block) for size in shape], dtype=np.uint8)
    fine = coarse.repeat(block, axis=0).repeat(block, axis=1)[: shape[0], : shape[1]]
    return torch.from_numpy(np.ascontiguousarray(fine))


shapes = st.tuples(st.integers(1, 12), st.integers(1, 12))
radii = st.sampled_from([0, 1, 2, 4, 9, 16, 32])


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), shapes, radii)
def test_window_mean_is_the_mean_over_the_window(seed, shape, radius):
    values = np.random.default_rng(seed).standard_normal(shape).astype(np.float32)
    means = window_mean(torch.from_numpy(values), radius=radius)
    assert means.dtype == torch.float32
    np.testing.assert_allclose(means.numpy(), direct_mean(values, radius), atol=1e-6, rtol=0)


@settings(deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    shapes,
    radii,
    st.one_of(st.sampled_from([2, 255]), st.integers(2, 255)),
    st.sampled_from([1, 3, 6]),
)
def test_impurity_is_the_entropy_of_the_labels_in_the_window(seed, shape, radius, num_classes, block):
    prediction = random_prediction(seed, shape, num_classes, block=block)
    impurity = region_impurity(prediction, radius=radius, num_classes=num_classes)
    expected = direct_impurity(prediction.numpy(), radius, num_classes)
    assert impurity.dtype == torch.float32
    np.testing.assert_allclose(impurity.numpy(), expected, atol=1e-6, rtol=0)
    pure = [place for place, window in windows(prediction.numpy(), radius) if len(np.unique(window)) == 1]
    assert {place for place in np.ndindex(*shape) if impurity[place] == 0} == set(pure)
    assert impurity.min() >= 0
    assert impurity.max() <= 1 + 1e-6


@pytest.mark.parametrize("radius", [1, 4, 9, 16, 32])
def test_windows_inside_a_larger_image(radius):
    prediction = random_prediction(radius, (70, 75), 19, block=5)
    values = torch.rand(70, 75, generator=torch.Generator().manual_seed(radius))
    impurity = region_impurity(prediction, radius=radius, num_classes=19).numpy()
    np.testing.assert_allclose(impurity, direct_impurity(prediction.numpy(), radius, 19), atol=1e-6, rtol=0)
    means = window_mean(values, radius=radius).numpy()
    np.testing.assert_allclose(means, direct_mean(values.numpy(), radius), atol=1e-6, rtol=0)


@pytest.mark.parametrize(
    ("labels", "num_classes", "expected"),
    [
        ([0, 0, 0, 0, 0, 1, 1, 1, 1], 19, 0.2333081),  # five of one class, four of another
        ([0, 0, 0, 0, 0, 1, 1, 1, 1], 11, 0.2864852),
        ([0, 0, 0, 0, 0, 1, 1, 1, 1], 2, 0.9910761),
        ([0, 1, 2, 3, 4, 5, 6, 7, 8], 19, 0.7462286),  # nine classes: the most that a 3 x 3 window can have
        ([7, 7, 7, 7, 7, 7, 7, 7, 7], 19, 0.0),
    ],
)
def test_known_3_by_3_windows(labels, num_classes, expected):
    prediction = torch.tensor(labels, dtype=torch.uint8).reshape(3, 3)
    centre = region_impurity(prediction, radius=1, num_classes=num_classes)[1, 1].item()
    assert centre == pytest.approx(expected, abs=5e-7)


def test_border_windows_are_divided_by_the_pixels_they_have():
    prediction = torch.zeros(5, 5, dtype=torch.uint8)
    prediction[0, 0] = 3
    impurity = region_impurity(prediction, radius=1, num_classes=19)
    assert impurity[0, 0].item() == pytest.approx(0.1909821, abs=5e-7)  # one of 4: -(1/4 ln 1/4 + 3/4 ln 3/4) / ln 19
    assert impurity[1, 1].item() == pytest.approx(0.1184715, abs=5e-7)  # one of 9
    means = window_mean((prediction == 3).float(), radius=1)
    assert means[0, 0].item() == 0.25
    assert means[0, 1].item() == pytest.approx(1 / 6, abs=1e-7)


def test_windows_with_the_same_counts_tie_exactly():
    prediction = random_prediction(5, (40, 41), 7, block=4)
    impurity = region_impurity(prediction, radius=3, num_classes=7)
    renamed = torch.tensor([6, 2, 5, 0, 1, 4, 3], dtype=torch.uint8)[prediction.long()]
    assert torch.equal(region_impurity(renamed, radius=3, num_classes=7), impurity)
    turned = region_impurity(prediction.flip(0, 1).T.contiguous(), radius=3, num_classes=7)
    assert torch.equal(turned.T.flip(0, 1), impurity)


def test_a_window_over_the_whole_of_a_large_image():
    prediction = random_prediction(8, (260, 310), 3)  # more pixels than 16 bits count
    impurity = region_impurity(prediction, radius=400, num_classes=3)
    shares = np.bincount(prediction.numpy().ravel()) / prediction.numel()
    expected = -math.fsum(share * math.log(share) for share in shares) / math.log(3)
    np.testing.assert_allclose(impurity.numpy(), np.full((260, 310), expected), atol=1e-7, rtol=0)


def test_sums_keep_their_precision_far_from_the_origin():
    values = torch.rand(16, 20_000, generator=torch.Generator().manual_seed(0))
    last = window_mean(values, radius=1)[1:-1, -500:-1].numpy()
    expected = direct_mean(values[:, -501:].numpy(), 1)[1:-1, 1:-1]
    np.testing.assert_allclose(last, expected, atol=1e-7, rtol=0)


def test_means_of_nothing_are_exactly_zero():
    values = torch.rand(30, 30, generator=torch.Generator().manual_seed(1))
    values[10:, 10:] = 0
    means = window_mean(values, radius=2)
    assert torch.equal(means[12:, 12:], torch.zeros(18, 18))
    assert means.min() >= 0


def test_bad_calls_say_what_was_expected():
    prediction = torch.tensor([[0, 4]], dtype=torch.uint8)
    with pytest.raises(ValueError, match="ids below 4; got 4"):
        region_impurity(prediction, radius=1, num_classes=4)
    with pytest.raises(ValueError, match="at least 0 pixels; got -1"):
        region_impurity(prediction, radius=-1, num_classes=5)
    with pytest.raises(ValueError, match="at least 0 pixels; got -1"):
        window_mean(torch.zeros(2, 2), radius=-1)
    for num_classes in (1, 256):
        with pytest.raises(ValueError, match=f"2 to 255 classes; got {num_classes}"):
            region_impurity(prediction, radius=1, num_classes=num_classes)
