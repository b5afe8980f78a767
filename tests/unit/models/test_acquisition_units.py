"""Units against their definitions, one pixel after the other: what may be picked, and which pixels a pick is of."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from models.acquisition import Centred, Partition, Pick, Unit, pixels, select_centres, tiles, whole_image, windows
from models.acquisition.superpixels import numbered
from models.acquisition.units import PIXEL_RADIUS

TIED = [-np.inf, -1.5, -0.0, 0.0, 1e-45, 0.25, 0.5, 0.5, 1.0, np.inf]
shapes = st.tuples(st.integers(1, 11), st.integers(1, 11))


def by_column(mask: np.ndarray) -> list[tuple[int, int]]:
    """The pixels of a mask as (row, column): down the first column, then the second."""
    return [(row, column) for column in range(mask.shape[1]) for row in range(mask.shape[0]) if mask[row, column]]


def scores_of(shape: tuple[int, ...]) -> st.SearchStrategy[np.ndarray]:
    return st.one_of(
        hnp.arrays(np.float32, shape, elements=st.sampled_from(TIED)),
        hnp.arrays(np.float32, shape, elements=st.floats(-1, 1, width=32)),
    )


@st.composite
def partitions(draw) -> Partition:
    """Any partition, of parts that need not be connected; numbered here by a loop of our own."""
    drawn = draw(hnp.arrays(np.int32, draw(shapes), elements=st.integers(0, 12)))
    numbers: dict[int, int] = {}
    for row, column in by_column(np.ones(drawn.shape, dtype=bool)):
        numbers.setdefault(int(drawn[row, column]), len(numbers))
    return Partition(labels=np.vectorize(numbers.__getitem__, otypes=[np.int32])(drawn))


def number_of_parts(unit: Partition) -> int:
    return len(set(unit.labels.ravel().tolist()))


def pasted(unit: Unit, picks: list[Pick], shape: tuple[int, int]) -> np.ndarray:
    """How many of the picks' regions each pixel is in."""
    times = np.zeros(shape, dtype=int)
    for pick in picks:
        region = unit.region(pick)
        height, width = region.mask.shape
        box = times[region.row : region.row + height, region.column : region.column + width]
        assert box.shape == region.mask.shape, "the box is inside the image"
        box += region.mask
    return times


# Windows and pixels


@settings(deadline=None)
@given(shapes, st.sampled_from([0, 1, 2, 3, 9]), st.integers(0, 30), st.data())
def test_a_window_with_an_answered_pixel_is_not_asked(shape, radius, count, data):
    score = data.draw(scores_of(shape))
    places = st.tuples(st.integers(0, shape[0] - 1), st.integers(0, shape[1] - 1))
    answered = np.zeros(shape, dtype=np.bool_)
    for row, column in data.draw(st.lists(places, max_size=4)):
        answered[row, column] = True
    before = answered.copy()
    blocked = np.zeros(shape, dtype=np.bool_)
    for row, column in np.ndindex(*shape):
        window = answered[max(0, row - radius) : row + radius + 1, max(0, column - radius) : column + radius + 1]
        blocked[row, column] = window.any()
    unit = windows(*shape, radius=radius)
    picks = unit.select(score, count=count, answered=answered)
    assert picks == select_centres(score, reach=2 * radius, count=count, blocked=blocked)
    assert not (pasted(unit, picks, shape) + answered > 1).any()
    assert np.array_equal(answered, before)


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 80), st.integers(1, 80), st.integers(0, 2**32 - 1), st.integers(0, 5))
def test_pixels_keep_their_distance_from_one_another_and_from_answered_ones(height, width, seed, number):
    rng = np.random.default_rng(seed)
    score = (rng.integers(0, 4, (height, width)) / 4).astype(np.float32)
    answered = np.zeros((height, width), dtype=np.bool_)
    answered[rng.integers(0, height, number), rng.integers(0, width, number)] = True
    unit = pixels(height, width)
    picks = unit.select(score, count=10, answered=answered)

    free = {place: float(score[place]) for place in np.ndindex(height, width)}
    taken = []
    for row, column in [*by_column(answered), *((pick.row, pick.column) for pick in picks)]:
        if (row, column) not in by_column(answered):
            best = min(free, key=lambda place: (-free[place], place[1], place[0]))
            assert best == (row, column)
            taken.append(Pick(row, column, free[best]))
        free = {p: s for p, s in free.items() if max(abs(p[0] - row), abs(p[1] - column)) > 32}
    assert picks == taken
    assert len(picks) == 10 or not free
    assert all(unit.region(pick).mask.shape == (1, 1) for pick in picks)


def test_the_radius_of_a_pixel_is_that_of_ripu():
    assert PIXEL_RADIUS == 32
    unit = pixels(100, 200)
    assert (unit.radius, unit.impurity_radius, unit.reach) == (0, 32, 32)
    score = np.zeros((1, 200), dtype=np.float32)
    assert [pick.column for pick in unit.select(score, count=9)] == [0, 33, 66, 99, 132, 165, 198]
    answered = np.zeros((1, 200), dtype=np.bool_)
    answered[0, 40] = True
    assert [p.column for p in unit.select(score, count=9, answered=answered)] == [0, 73, 106, 139, 172]


@pytest.mark.parametrize(("unit", "round_"), [(windows(40, 50, radius=3), 6), (pixels(150, 180), 4)])
def test_a_second_round_asks_beside_what_the_first_one_asked(unit, round_):
    shape = (unit.height, unit.width)
    score = np.random.default_rng(0).random(shape, dtype=np.float32)
    first = unit.select(score, count=round_)
    second = unit.select(score, count=round_, answered=pasted(unit, first, shape) > 0)
    assert len(first + second) == 2 * round_
    assert first + second == unit.select(score, count=2 * round_)


@pytest.mark.parametrize(
    ("row", "column", "box"),
    [(5, 6, (3, 4, 5, 5)), (0, 0, (0, 0, 3, 3)), (1, 11, (0, 9, 4, 3)), (8, 11, (6, 9, 3, 3))],
)
def test_the_region_of_a_window_is_clipped_to_the_image(row, column, box):
    region = windows(9, 12, radius=2).region(Pick(row, column, 0.5))
    assert (region.row, region.column, *region.mask.shape) == box
    assert region.mask.all()


def test_scores_of_windows_are_maps_already():
    unit = windows(3, 4, radius=1)
    summaries = torch.rand(3, 4, generator=torch.Generator().manual_seed(0))
    assert torch.equal(unit.as_map(summaries), summaries)
    assert unit.index(Pick(2, 3, 0.1)) == (2, 3)


@settings(deadline=None)
@given(shapes, st.sampled_from([0, 1, 2, 3, 9]))
def test_windows_are_drawn_from_tiles_of_their_size(shape, radius):
    partition = windows(*shape, radius=radius).partition()
    assert np.array_equal(partition.labels, tiles(*shape, side=2 * radius + 1))


def test_single_pixels_are_drawn_from_all_pixels():
    assert pixels(2, 3).partition().labels.tolist() == [[0, 2, 4], [1, 3, 5]]


def test_an_image_smaller_than_a_window():
    unit = windows(2, 3, radius=50)
    score = np.float32([[0.125, 0.5, 0.25], [0.125, 0.125, 0.5]])
    assert unit.select(score, count=9) == [Pick(0, 1, 0.5)]
    assert unit.region(Pick(0, 1, 0.5)).mask.shape == (2, 3)
    answered = np.zeros((2, 3), dtype=np.bool_)
    answered[1, 2] = True
    assert unit.select(score, count=9, answered=answered) == []
    assert unit.partition().labels.tolist() == [[0, 0, 0], [0, 0, 0]]


# Partitions


@settings(deadline=None, max_examples=200)
@given(partitions(), st.one_of(st.integers(0, 6), st.just(1000)), st.data())
def test_the_best_parts_without_an_answer_ties_by_their_first_pixel(unit, count, data):
    score = data.draw(scores_of((number_of_parts(unit),)))
    answered = data.draw(
        st.one_of(st.none(), hnp.arrays(np.bool_, unit.labels.shape, elements=st.sampled_from([0, 0, 0, 1])))
    )
    before = score.copy()
    candidates = []
    for number in range(number_of_parts(unit)):
        part = by_column(unit.labels == number)
        if score[number] == -np.inf or (answered is not None and any(answered[place] for place in part)):
            continue
        candidates.append((-float(score[number]), part[0][1], part[0][0]))
    expected = [Pick(row, column, -negative) for negative, column, row in sorted(candidates)[:count]]
    assert unit.select(score, count=count, answered=answered) == expected
    assert np.array_equal(score, before)


@settings(deadline=None)
@given(partitions(), st.data())
def test_a_second_round_goes_on_where_the_first_one_ended(unit, data):
    score = data.draw(scores_of((number_of_parts(unit),)))
    first = unit.select(score, count=3)
    second = unit.select(score, count=3, answered=pasted(unit, first, unit.labels.shape) > 0)
    assert first + second == unit.select(score, count=6)


@settings(deadline=None)
@given(partitions())
def test_the_regions_of_all_parts_are_the_image(unit):
    picks = [unit.pick(number, 0.5) for number in range(number_of_parts(unit))]
    assert np.array_equal(pasted(unit, picks, unit.labels.shape), np.ones(unit.labels.shape))
    for number, pick in enumerate(picks):
        region = unit.region(pick)
        own = pasted(unit, [pick], unit.labels.shape)
        assert np.array_equal(own == 1, unit.labels == number)
        assert region.mask.any(axis=1)[[0, -1]].all(), "no empty row at the border of the box"
        assert region.mask.any(axis=0)[[0, -1]].all()


@settings(deadline=None)
@given(partitions())
def test_pick_index_and_map_speak_of_the_same_part(unit):
    numbers = range(number_of_parts(unit))
    for number in numbers:
        pick = unit.pick(number, 0.25)
        assert (pick.row, pick.column) == by_column(unit.labels == number)[0]
        assert pick.score == 0.25
        assert unit.index(pick) == (number,)
    summaries = torch.tensor([number / 7 for number in numbers])
    shown = unit.as_map(summaries)
    for row, column in np.ndindex(*unit.labels.shape):
        assert shown[row, column] == summaries[unit.labels[row, column]]


@settings(deadline=None)
@given(partitions(), st.data())
def test_parts_are_free_where_none_of_their_pixels_is_answered(unit, data):
    answered = data.draw(hnp.arrays(np.bool_, unit.labels.shape, elements=st.sampled_from([0, 0, 0, 1])))
    taken = {int(unit.labels[place]) for place in by_column(answered)}
    assert {number for number, free in enumerate(unit.free(answered)) if not free} == taken
    assert unit.free(None).tolist() == [True] * (number_of_parts(unit))
    assert unit.partition() is unit


def test_nothing_to_pick_of_a_partition():
    unit = Partition(labels=tiles(4, 4, side=2))
    flat = np.ones(4, dtype=np.float32)
    assert unit.select(flat, count=0) == []
    assert unit.select(np.full(4, -np.inf, dtype=np.float32), count=3) == []
    assert unit.select(flat, count=3, answered=np.ones((4, 4), dtype=np.bool_)) == []
    assert unit.select(flat, count=9) == [Pick(0, 0, 1.0), Pick(2, 0, 1.0), Pick(0, 2, 1.0), Pick(2, 2, 1.0)]


def test_scores_that_cannot_be_ordered_are_refused():
    unit = Partition(labels=tiles(2, 4, side=2))
    with pytest.raises(ValueError, match="NaN for 1 segments"):
        unit.select(np.float32([np.nan, 1]), count=1)


def test_the_whole_image_is_one_region():
    unit = whole_image(3, 5)
    (pick,) = unit.select(np.float32([0.75]), count=9)
    assert pick == Pick(0, 0, 0.75)
    region = unit.region(pick)
    assert (region.row, region.column) == (0, 0)
    assert np.array_equal(region.mask, np.ones((3, 5), dtype=np.bool_))
    answered = np.zeros((3, 5), dtype=np.bool_)
    answered[2, 4] = True
    assert unit.select(np.float32([0.75]), count=9, answered=answered) == []


def test_the_order_of_a_partition_is_the_one_that_the_pool_expects():
    unit = Partition(labels=numbered(np.int32([[4, 4, 1], [9, 4, 1], [9, 0, 0]])))
    assert unit.labels.tolist() == [[0, 0, 3], [1, 0, 3], [1, 2, 2]]
    assert unit.select(np.zeros(4, dtype=np.float32), count=9) == [
        Pick(0, 0, 0.0),
        Pick(1, 0, 0.0),
        Pick(2, 1, 0.0),
        Pick(0, 2, 0.0),
    ]


def test_parts_in_another_order_than_that_of_ties_are_refused():
    for labels in ([[1, 0]], [[0, 2]]):
        with pytest.raises(ValueError, match="numbered from 0 by their first pixel"):
            Partition(labels=np.array(labels, dtype=np.int32))


def test_a_negative_count_of_parts_is_refused():
    with pytest.raises(ValueError, match="at least 0; got -1"):
        whole_image(2, 2).select(np.zeros(1, dtype=np.float32), count=-1)


def test_squares_that_would_overlap_are_refused():
    with pytest.raises(ValueError, match="radius 3, reach 2"):
        Centred(height=9, width=9, radius=3, impurity_radius=3, reach=2)
