"""Selection of windows against a direct loop: take the best, rule out its neighbours, begin again."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from models.acquisition import Pick, blocked_centres, select_windows

TIED = [-np.inf, -1.5, -1.0, -0.0, 0.0, 1e-45, 0.25, 0.5, 0.5, 1.0, np.inf]
shapes = st.tuples(st.integers(1, 13), st.integers(1, 13))
radii = st.sampled_from([0, 1, 1, 2, 3, 9])


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


def direct_selection(score: np.ndarray, radius: int, count: int, blocked: np.ndarray | None) -> list[Pick]:
    left = {
        (row, column): float(score[row, column])
        for row, column in np.ndindex(*score.shape)
        if score[row, column] != -math.inf and (blocked is None or not blocked[row, column])
    }
    picks = []
    while left and len(picks) < count:
        row, column = min(left, key=lambda place: (-left[place], place[1], place[0]))
        picks.append(Pick(row, column, left[row, column]))
        left = {(r, c): s for (r, c), s in left.items() if max(abs(r - row), abs(c - column)) > 2 * radius}
    return picks


def argmax_loop(score: np.ndarray, radius: int, count: int) -> list[tuple[int, int]]:
    """The same with NumPy, for larger maps: argmax over the transposed map finds the lowest column, then row."""
    left = score.T.astype(np.float64)
    picks = []
    while len(picks) < count and left.max() > -np.inf:
        column, row = np.unravel_index(np.argmax(left), left.shape)
        picks.append((int(row), int(column)))
        left[
            max(0, column - 2 * radius) : column + 2 * radius + 1, max(0, row - 2 * radius) : row + 2 * radius + 1
        ] = -np.inf
    return picks


def places(picks: list[Pick]) -> list[tuple[int, int]]:
    return [(pick.row, pick.column) for pick in picks]


@settings(deadline=None, max_examples=400)
@given(score_maps(), radii, st.one_of(st.integers(0, 6), st.just(1000)), st.data())
def test_the_picks_of_the_direct_loop_in_its_order(score, radius, count, data):
    blocked = data.draw(st.one_of(st.none(), hnp.arrays(np.bool_, score.shape)))
    before = score.copy(), None if blocked is None else blocked.copy()
    picks = select_windows(score, radius=radius, count=count, blocked=blocked)
    assert picks == direct_selection(score, radius, count, blocked)
    assert np.array_equal(score, before[0])
    assert blocked is None or np.array_equal(blocked, before[1])


@settings(deadline=None)
@given(score_maps(), radii)
def test_windows_never_overlap_and_none_more_would_fit(score, radius):
    shown = np.zeros(score.shape, dtype=int)
    for pick in select_windows(score, radius=radius, count=1000):
        shown[
            max(0, pick.row - radius) : pick.row + radius + 1, max(0, pick.column - radius) : pick.column + radius + 1
        ] += 1
    assert shown.max() <= 1
    for row, column in np.ndindex(*score.shape):
        window = shown[max(0, row - radius) : row + radius + 1, max(0, column - radius) : column + radius + 1]
        assert window.any() or score[row, column] == -np.inf


@pytest.mark.parametrize(
    ("radius", "count"), [(0, 50), (1, 5), (1, 300), (2, 40), (8, 10), (8, 1000), (40, 3), (300, 3)]
)
@pytest.mark.parametrize("levels", [3, 50, None])
def test_maps_of_the_size_of_a_street(radius, count, levels):
    coarse = np.random.default_rng(radius).random((13, 17)).astype(np.float32)
    score = coarse.repeat(8, axis=0).repeat(8, axis=1)[:101, :131]
    score *= np.random.default_rng(count).random(score.shape, dtype=np.float32) if levels != 3 else 1
    if levels is not None:
        score = np.floor(score * levels) / np.float32(levels)  # quantised: pixels tie by the hundred
    assert places(select_windows(score, radius=radius, count=count)) == argmax_loop(score, radius, count)


def test_ties_go_down_the_first_column_before_the_second():
    score = np.zeros((7, 5), dtype=np.float32)
    assert places(select_windows(score, radius=1, count=9)) == [(0, 0), (3, 0), (6, 0), (0, 3), (3, 3), (6, 3)]


def test_minus_zero_ties_with_zero():
    score = np.array([[-0.0, 0.0]], dtype=np.float32)
    assert places(select_windows(score, radius=0, count=2)) == [(0, 0), (0, 1)]


@pytest.mark.parametrize("radius", [0, 1, 3])
def test_a_pick_may_rule_out_all_of_the_best_pixels(radius):
    side = 4 * radius + 1
    score = np.zeros((side, 4 * side), dtype=np.float32)
    for hill in range(4):  # each square is worth more than the next, and its middle the most
        square = score[:, hill * side : (hill + 1) * side]
        square[:] = 10 - 2 * hill
        square[2 * radius, 2 * radius] += 1
    expected = [Pick(2 * radius, hill * side + 2 * radius, 11.0 - 2 * hill) for hill in range(4)]
    assert select_windows(score, radius=radius, count=4) == expected


def test_nothing_to_pick():
    empty = np.full((6, 7), -np.inf, dtype=np.float32)
    flat = np.ones((6, 7), dtype=np.float32)
    assert select_windows(empty, radius=1, count=5) == []
    assert select_windows(flat, radius=1, count=0) == []
    assert select_windows(flat, radius=1, count=5, blocked=np.ones((6, 7), dtype=np.bool_)) == []


def test_a_radius_larger_than_the_image_gives_one_pick():
    score = np.arange(12, dtype=np.float32).reshape(3, 4)
    assert select_windows(score, radius=50, count=9) == [Pick(2, 3, 11.0)]


def test_bad_calls_say_what_was_expected():
    score = np.zeros((2, 3), dtype=np.float32)
    with pytest.raises(ValueError, match="radius -1, count 2"):
        select_windows(score, radius=-1, count=2)
    with pytest.raises(ValueError, match="radius 1, count -2"):
        select_windows(score, radius=1, count=-2)
    score[1, 1] = np.nan
    with pytest.raises(ValueError, match="NaN for 1 pixels"):
        select_windows(score, radius=1, count=1)


@settings(deadline=None)
@given(
    shapes,
    st.lists(st.tuples(st.integers(-3, 14), st.integers(-3, 14), st.integers(0, 5), st.integers(0, 5)), max_size=3),
    radii,
)
def test_a_centre_is_blocked_where_its_window_would_overlap_a_box(shape, boxes, radius):
    blocked = blocked_centres(shape, boxes=boxes, radius=radius)
    assert blocked.shape == shape
    inside = {
        (row, column)
        for x, y, width, height in boxes
        for row in range(max(0, y), min(shape[0], y + height))
        for column in range(max(0, x), min(shape[1], x + width))
    }
    for row, column in np.ndindex(*shape):
        overlaps = any(abs(r - row) <= radius and abs(c - column) <= radius for r, c in inside)
        assert blocked[row, column] == overlaps


def test_a_second_round_asks_beside_what_the_first_one_asked():
    score = np.random.default_rng(0).random((40, 50), dtype=np.float32)
    first = select_windows(score, radius=3, count=6)
    boxes = [  # clipped to the image, as queries are stored
        (max(0, p.column - 3), max(0, p.row - 3), min(50, p.column + 4) - max(0, p.column - 3),
         min(40, p.row + 4) - max(0, p.row - 3)) for p in first
    ]  # fmt: skip
    second = select_windows(score, radius=3, count=6, blocked=blocked_centres((40, 50), boxes=boxes, radius=3))
    assert first + second == select_windows(score, radius=3, count=12)


def test_boxes_and_radius_of_no_sense_are_refused():
    with pytest.raises(ValueError, match="at least 0 pixels; got -1"):
        blocked_centres((3, 3), boxes=[], radius=-1)
    with pytest.raises(ValueError, match="no negative size; got -2 x 1"):
        blocked_centres((3, 3), boxes=[(0, 0, -2, 1)], radius=1)
