"""Superpixels and tiles: whole pieces, in the order of their first pixels, about as many as were asked for."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from models.acquisition import superpixels, tiles
from models.acquisition.superpixels import numbered


def scene(height: int, width: int, *, seed: int = 0) -> np.ndarray:
    """Flat shapes of several colours with a little noise, as a street has them."""
    rng = np.random.default_rng(seed)
    rows, columns = np.indices((height, width))
    image = np.empty((height, width, 3))
    image[:] = rng.integers(60, 200, 3)
    for _ in range(8):
        row, column, radius = rng.integers(0, height), rng.integers(0, width), rng.integers(5, 30)
        image[(rows - row) ** 2 + (columns - column) ** 2 < radius**2] = rng.integers(0, 255, 3)
    return np.clip(image + rng.normal(0, 2, image.shape), 0, 255).astype(np.uint8)


def filled(labels: np.ndarray, row: int, column: int) -> np.ndarray:
    """The connected piece of one label around a pixel: a flood fill over the four neighbours."""
    piece = np.zeros(labels.shape, dtype=bool)
    waiting = [(row, column)]
    while waiting:
        r, c = waiting.pop()
        if not (0 <= r < labels.shape[0] and 0 <= c < labels.shape[1]) or piece[r, c]:
            continue
        if labels[r, c] == labels[row, column]:
            piece[r, c] = True
            waiting += [(r + 1, c), (r - 1, c), (r, c + 1), (r, c - 1)]
    return piece


def firsts(labels: np.ndarray) -> list[int]:
    """Labels in the order in which they come up, down the first column and then the second."""
    return list(dict.fromkeys(int(label) for column in labels.T for label in column))


@st.composite
def pictures(draw) -> np.ndarray:
    height, width = draw(st.integers(1, 40)), draw(st.integers(1, 40))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kind = draw(st.sampled_from(["scene", "noise", "flat", "blocks"]))
    if kind == "scene":
        return scene(height, width, seed=int(rng.integers(2**31)))
    if kind == "flat":
        return np.full((height, width, 3), rng.integers(0, 256), dtype=np.uint8)
    if kind == "noise":
        return rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
    coarse = rng.integers(0, 256, (-(-height // 6), -(-width // 6), 3), dtype=np.uint8)
    return np.ascontiguousarray(coarse.repeat(6, axis=0).repeat(6, axis=1)[:height, :width])


@settings(deadline=None, max_examples=60)
@given(pictures(), st.sampled_from([1, 2, 7, 30, 2000]))
def test_superpixels_are_whole_pieces_numbered_by_their_first_pixels(image, count):
    before = image.copy()
    labels = superpixels(image, count=count)
    assert labels.dtype == np.int32
    assert labels.shape == image.shape[:2]
    assert firsts(labels) == list(range(labels.max() + 1))
    for label in range(labels.max() + 1):
        row, column = np.argwhere(labels == label)[0]
        assert np.array_equal(filled(labels, row, column), labels == label)
    assert np.array_equal(superpixels(image, count=count), labels)
    assert np.array_equal(image, before)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("count", [1, 20, 60, 150])
def test_about_as_many_as_were_asked_for(seed, count):
    labels = superpixels(scene(120, 160, seed=seed), count=count)
    assert 0.7 * count <= labels.max() + 1 <= 1.3 * count


def test_superpixels_follow_an_edge_that_no_tile_would():
    rows, columns = np.indices((60, 60))
    bright = rows * 2 + columns > 90
    image = np.where(bright[:, :, None], np.uint8([200, 180, 40]), np.uint8([30, 40, 90])).astype(np.uint8)

    def across(labels) -> float:
        """Share of the pixels that lie beyond the edge from most of their part."""
        pixels = np.bincount(labels.ravel())
        lit = np.bincount(labels.ravel(), weights=bright.ravel())
        return float(np.minimum(lit, pixels - lit).sum() / labels.size)

    assert across(superpixels(image, count=25)) < 0.02
    assert across(tiles(60, 60, side=12)) > 0.05


def test_less_than_one_superpixel_is_refused():
    with pytest.raises(ValueError, match="at least 1 superpixel; got 0"):
        superpixels(scene(4, 4), count=0)


def test_an_image_of_one_pixel_is_one_superpixel():
    assert superpixels(np.zeros((1, 1, 3), dtype=np.uint8), count=5).tolist() == [[0]]


@pytest.mark.parametrize(
    ("height", "width", "side", "expected"),
    [
        (3, 5, 2, [[0, 0, 2, 2, 4], [0, 0, 2, 2, 4], [1, 1, 3, 3, 5]]),
        (2, 3, 1, [[0, 2, 4], [1, 3, 5]]),
        (4, 2, 2, [[0, 0], [0, 0], [1, 1], [1, 1]]),
        (2, 2, 9, [[0, 0], [0, 0]]),
    ],
)
def test_tiles_drawn_by_hand(height, width, side, expected):
    assert tiles(height, width, side=side).tolist() == expected


@settings(deadline=None)
@given(st.integers(1, 12), st.integers(1, 12), st.integers(1, 13))
def test_tiles_are_the_squares_of_a_grid(height, width, side):
    labels = tiles(height, width, side=side)
    assert labels.dtype == np.int32
    assert firsts(labels) == list(range(labels.max() + 1))
    for row, column in np.ndindex(height, width):
        for other_row, other_column in np.ndindex(height, width):
            together = (row // side, column // side) == (other_row // side, other_column // side)
            assert (labels[row, column] == labels[other_row, other_column]) == together


def test_tiles_without_a_side_are_refused():
    with pytest.raises(ValueError, match="at least 1 pixel a side; got 0"):
        tiles(3, 3, side=0)


def test_parts_numbered_by_hand():
    assert numbered(np.array([[7, 7, 3], [9, 7, 3]])).tolist() == [[0, 0, 2], [1, 0, 2]]
    assert numbered(np.array([[0, 1], [2, 3]])).tolist() == [[0, 2], [1, 3]]
    assert numbered(np.array([[5]], dtype=np.uint16)).tolist() == [[0]]
    assert numbered(np.zeros((0, 3), dtype=np.int64)).shape == (0, 3)


@settings(deadline=None)
@given(hnp.arrays(np.int64, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.integers(-3, 9)))
def test_numbering_keeps_the_parts_and_orders_them(labels):
    found = numbered(labels)
    names = firsts(labels)
    assert found.dtype == np.int32
    assert found.tolist() == [[names.index(int(label)) for label in row] for row in labels]
