"""The random draw: every region and every pair as often as the others; and its places in the queue."""

import math
from collections import Counter
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.acquisition import draw_shadow, spread_evenly

FREE = [3, 0, 1, 6, 2]
DRAWS = 6000


def drawn(count: int, seed: int) -> list[tuple[int, int]]:
    found = draw_shadow(FREE, count=count, seed=seed)
    return [(image, region) for image, regions in enumerate(found) for region in regions]


def assert_all_as_likely(times: Counter, kinds: int, probability: float) -> None:
    """Each is binomial. By Bernstein's inequality none is off by more than the bound, but for once in a million."""
    variance, nats = DRAWS * probability * (1 - probability), math.log(2 * kinds * 1e6)
    bound = nats / 3 + math.sqrt(nats**2 / 9 + 2 * nats * variance)
    assert len(times) == kinds
    assert all(abs(number - DRAWS * probability) <= bound for number in times.values())


@pytest.mark.parametrize("count", [1, 3, 5, 11])
def test_every_region_is_drawn_as_often_as_the_others(count):
    times = Counter(place for seed in range(DRAWS) for place in drawn(count, seed))
    assert_all_as_likely(times, 12, count / 12)


@pytest.mark.parametrize("count", [4, 8])
def test_every_pair_of_regions_is_drawn_as_often_as_the_others(count):
    """A draw that went through the pool at equal steps would give every region its due, but not the pairs."""
    times = Counter(pair for seed in range(DRAWS) for pair in combinations(drawn(count, seed), 2))
    assert_all_as_likely(times, math.comb(12, 2), math.comb(count, 2) / math.comb(12, 2))


@given(st.lists(st.integers(0, 9), max_size=6), st.integers(0, 70), st.integers(0, 2**64))
def test_as_many_as_wanted_each_once_and_within_its_image(free, count, seed):
    found = draw_shadow(free, count=count, seed=seed)
    assert len(found) == len(free)
    assert sum(map(len, found)) == min(count, sum(free))
    for number, regions in zip(free, found, strict=True):
        assert regions == sorted(set(regions))
        assert not regions or (regions[0] >= 0 and regions[-1] < number)
    assert draw_shadow(free, count=count, seed=seed) == found


def test_all_are_drawn_where_more_are_wanted():
    assert draw_shadow(FREE, count=12, seed=3) == [[0, 1, 2], [], [0], [0, 1, 2, 3, 4, 5], [0, 1]]
    assert draw_shadow(FREE, count=99, seed=3) == [[0, 1, 2], [], [0], [0, 1, 2, 3, 4, 5], [0, 1]]
    assert draw_shadow(FREE, count=0, seed=3) == [[], [], [], [], []]
    assert draw_shadow([0, 0], count=5, seed=3) == [[], []]
    assert draw_shadow([], count=5, seed=3) == []


def test_another_seed_draws_others():
    assert len({tuple(drawn(6, seed)) for seed in range(30)}) > 20  # of 924


@pytest.mark.parametrize(("free", "count"), [([1, -1], 1), ([1, 1], -1)])
def test_negative_numbers_are_refused(free, count):
    with pytest.raises(ValueError, match="at least 0"):
        draw_shadow(free, count=count, seed=0)


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 2**31))
def test_each_stretch_of_the_queue_has_one_drawn_query(chosen, extra, seed):
    order = spread_evenly(chosen, extra, seed=seed)
    assert len(order) == chosen + extra
    assert sum(order) == extra
    for length in range(len(order) + 1):
        assert abs(sum(order[:length]) - Fraction(extra * length, max(1, chosen + extra))) < 2
    for index in range(extra):
        start, end = index * len(order) // extra, (index + 1) * len(order) // extra
        assert sum(order[start:end]) == 1


def test_where_in_a_stretch_is_up_to_the_seed():
    orders = [spread_evenly(9, 1, seed=seed) for seed in range(400)]
    places = np.bincount([order.index(True) for order in orders], minlength=10)
    assert places.min() >= 15  # 40 expected in each, deviation 6
    assert spread_evenly(90, 10, seed=5) == spread_evenly(90, 10, seed=5) != spread_evenly(90, 10, seed=6)
    assert spread_evenly(0, 2, seed=0) == [True, True]
    assert spread_evenly(2, 0, seed=0) == [False, False]


def test_a_queue_has_no_negative_part():
    with pytest.raises(ValueError, match="-1 chosen and 2 drawn"):
        spread_evenly(-1, 2, seed=0)
