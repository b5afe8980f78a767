"""Greedy selection against a direct loop: take the best, rule out its neighbours, begin again."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from models.acquisition import Pick, select_centres

TIED = [-np.inf, -1.5, -1.0, -0.0, 0.0, 1e-45, 0.25, 0.5, 0.5, 1.0, np.inf]
shapes = st.tuples(st.integers(1, 13), st.integers(1, 13))
reaches = st.sampled_from([0, 1, 2, 2, 3, 4, 6, 18])


@st.composite
def score_maps(draw) -> np.ndarray:
    """Few values and many ties, any values, or hills, where one pick rules out most of what is best."""
    shape = draw(shapes)
    kind = draw(st.sampled_from(["tied", "any", "hills"]))
    if kind == "tied":
        return draw(hnp.arrays(np.float32, shape, elements=st.sampled_from(TIED)))
    if kind == "any":
        return draw(hnp.arrays(np.float32, shape, elements=st.floats(-1, 1, width=32)))
    rows, columns = np.indices(shape)
    tops = draw(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12), st.integers(0, 3)), min_size=1, max_size=4))
    hills = [height * 4 - np.maximum(abs(rows - row), abs(columns - column)) for row, column, height in tops]
    return np.max(hills, axis=0).astype(np.float32)


def direct_selection(score: np.ndarray, reach: int, count: int, blocked: np.ndarray | None) -> list[Pick]:
    left = {
        (row, column): float(score[row, column])
        for row, column in np.ndindex(*score.shape)
        if score[row, column] != -math.inf and (blocked is None or not blocked[row, column])
    }
    picks = []
    while left and len(picks) < count:
        row, column = min(left, key=lambda place: (-left[place], place[1], place[0]))
        picks.append(Pick(row, column, left[row, column]))
        left = {(r, c): s for (r, c), s in left.items() if max(abs(r - row), abs(c - column)) > reach}
    return picks


def argmax_loop(score: np.ndarray, reach: int, count: int) -> list[tuple[int, int]]:
    """The same with NumPy, for larger maps: argmax over the transposed map finds the lowest column, then row."""
    left = score.T.astype(np.float64)
    picks = []
    while len(picks) < count and left.max() > -np.inf:
        column, row = np.unravel_index(np.argmax(left), left.shape)
        picks.append((int(row), int(column)))
        left[max(0, column - reach) : column + reach + 1, max(0, row - reach) : row + reach + 1] = -np.inf
    return picks


def places(picks: list[Pick]) -> list[tuple[int, int]]:
    return [(pick.row, pick.column) for pick in picks]


@settings(deadline=None, max_examples=400)
@given(score_maps(), reaches, st.one_of(st.integers(0, 6), st.just(1000)), st.data())
def test_the_picks_of_the_direct_loop_in_its_order(score, reach, count, data):
    blocked = data.draw(st.one_of(st.none(), hnp.arrays(np.bool_, score.shape)))
    before = score.copy(), None if blocked is None else blocked.copy()
    picks = select_centres(score, reach=reach, count=count, blocked=blocked)
    assert picks == direct_selection(score, reach, count, blocked)
    assert np.array_equal(score, before[0])
    assert blocked is None or np.array_equal(blocked, before[1])


@settings(deadline=None)
@given(score_maps(), st.sampled_from([0, 1, 2, 3, 9]))
def test_windows_never_overlap_and_none_more_would_fit(score, radius):
    shown = np.zeros(score.shape, dtype=int)
    for pick in select_centres(score, reach=2 * radius, count=1000):
        shown[
            max(0, pick.row - radius) : pick.row + radius + 1, max(0, pick.column - radius) : pick.column + radius + 1
        ] += 1
    assert shown.max() <= 1
    for row, column in np.ndindex(*score.shape):
        window = shown[max(0, row - radius) : row + radius + 1, max(0, column - radius) : column + radius + 1]
        assert window.any() or score[row, column] == -np.inf


@pytest.mark.parametrize(
    ("reach", "count"), [(0, 50), (2, 5), (2, 300), (3, 40), (16, 10), (16, 1000), (32, 9), (80, 3), (600, 3)]
)
@pytest.mark.parametrize("levels", [3, 50, None])
def test_maps_of_the_size_of_a_street(reach, count, levels):
    coarse = np.random.default_rng(reach).random((13, 17)).astype(np.float32)
    score = coarse.repeat(8, axis=0).repeat(8, axis=1)[:101, :131]
    score *= np.random.default_rng(count).random(score.shape, dtype=np.float32) if levels != 3 else 1
    if levels is not None:
        score = np.floor(score * levels) / np.float32(levels)  # quantised: pixels tie by the hundred
    assert places(select_centres(score, reach=reach, count=count)) == argmax_loop(score, reach, count)


def test_ties_go_down_the_first_column_before_the_second():
    score = np.zeros((7, 5), dtype=np.float32)
    assert places(select_centres(score, reach=2, count=9)) == [(0, 0), (3, 0), (6, 0), (0, 3), (3, 3), (6, 3)]


def test_minus_zero_ties_with_zero():
    score = np.array([[-0.0, 0.0]], dtype=np.float32)
    assert places(select_centres(score, reach=0, count=2)) == [(0, 0), (0, 1)]


@pytest.mark.parametrize("radius", [0, 1, 3])
def test_a_pick_may_rule_out_all_of_the_best_pixels(radius):
    side = 4 * radius + 1
    score = np.zeros((side, 4 * side), dtype=np.float32)
    for hill in range(4):  # each square is worth more than the next, and its middle the most
        square = score[:, hill * side : (hill + 1) * side]
        square[:] = 10 - 2 * hill
        square[2 * radius, 2 * radius] += 1
    expected = [Pick(2 * radius, hill * side + 2 * radius, 11.0 - 2 * hill) for hill in range(4)]
    assert select_centres(score, reach=2 * radius, count=4) == expected


def test_nothing_to_pick():
    empty = np.full((6, 7), -np.inf, dtype=np.float32)
    flat = np.ones((6, 7), dtype=np.float32)
    assert select_centres(empty, reach=2, count=5) == []
    assert select_centres(flat, reach=2, count=0) == []
    assert select_centres(flat, reach=2, count=5, blocked=np.ones((6, 7), dtype=np.bool_)) == []


def test_a_reach_larger_than_the_image_gives_one_pick():
    score = np.arange(12, dtype=np.float32).reshape(3, 4)
    assert select_centres(score, reach=50, count=9) == [Pick(2, 3, 11.0)]


def test_an_image_without_pixels_and_one_of_a_single_pixel():
    for shape in ((0, 5), (5, 0), (0, 0)):
        assert select_centres(np.zeros(shape, dtype=np.float32), reach=2, count=3) == []
    assert select_centres(np.full((1, 1), -7, dtype=np.float32), reach=2, count=3) == [Pick(0, 0, -7.0)]


def test_bad_calls_say_what_was_expected():
    score = np.zeros((2, 3), dtype=np.float32)
    with pytest.raises(ValueError, match="reach -1, count 2"):
        select_centres(score, reach=-1, count=2)
    with pytest.raises(ValueError, match="reach 1, count -2"):
        select_centres(score, reach=1, count=-2)
    score[1, 1] = np.nan
    with pytest.raises(ValueError, match="NaN for 1 pixels"):
        select_centres(score, reach=1, count=1)
