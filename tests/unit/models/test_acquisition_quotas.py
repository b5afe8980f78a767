"""Sharing out by largest remainders: what Hamilton's method promises, and what becomes of what does not fit."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.acquisition import largest_remainder

PLENTY = 10**9
parts = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 12)), max_size=7)
weights_only = st.lists(st.one_of(st.integers(0, 4), st.integers(0, 10**6)), min_size=1, max_size=9).filter(any)


@pytest.mark.parametrize(
    ("weights", "total", "room", "expected"),
    [
        # Exact shares 4.7, 1.6, 1.58, 1.2, 0.6 and 0.32: the three largest remainders are .7, .6 and .6.
        ([47_000, 16_000, 15_800, 12_000, 6_000, 3_200], 10, [PLENTY] * 6, [5, 2, 1, 1, 1, 0]),
        ([1, 1, 1], 4, [PLENTY] * 3, [2, 1, 1]),  # equal remainders: the earlier
        ([1, 2, 1], 2, [PLENTY] * 3, [1, 1, 0]),  # 1/2, 1, 1/2
        ([5, 3, 2], 10, [1, 9, 9], [1, 5, 4]),  # four of five do not fit; shared 3 to 2 they are 2.4 and 1.6
        ([1, 1, 8], 10, [10, 10, 0], [5, 5, 0]),
        ([1, 1, 1], 9, [4, 1, 1], [4, 1, 1]),  # all the room there is
        ([0, 1], 3, [9, 2], [0, 2]),  # who weighs nothing gets nothing, whatever its room
        ([0, 0], 3, [9, 9], [0, 0]),
        ([3, 1], 0, [9, 9], [0, 0]),
        ([], 5, [], []),
    ],
)
def test_shares_worked_out_by_hand(weights, total, room, expected):
    assert largest_remainder(weights, total=total, room=room) == expected


def rounded_and_the_rest_to_the_last(weights: list[int], total: int) -> list[int]:
    """The quotas of STAL's released code, as METHOD.md describes it in section 5.2."""
    shares = [round(total * weight / sum(weights)) for weight in weights[:-1]]
    return [*shares, total - sum(shares)]


def test_where_rounding_every_share_goes_below_zero():
    cities = [5, 5, 5, 5, 1]  # images that can be asked
    assert rounded_and_the_rest_to_the_last(cities, 3) == [1, 1, 1, 1, -1]
    assert largest_remainder(cities, total=3, room=cities) == [1, 1, 1, 0, 0]


def test_where_rounding_every_share_asks_more_than_there_is():
    cities = [1] * 10
    assert rounded_and_the_rest_to_the_last(cities, 4) == [0] * 9 + [4]
    assert largest_remainder(cities, total=4, room=cities) == [1] * 4 + [0] * 6


@given(parts, st.integers(0, 100))
def test_all_is_shared_and_nobody_gets_more_than_fits(pairs, total):
    weights, room = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    shares = largest_remainder(weights, total=total, room=room)
    available = sum(space for weight, space in pairs if weight > 0)
    assert len(shares) == len(pairs)
    assert sum(shares) == min(total, available)
    for share, (weight, space) in zip(shares, pairs, strict=True):
        assert 0 <= share <= (space if weight else 0)
        if weight:  # what others cannot take is never at one's own cost
            assert share >= min(space, min(total, available) * weight // sum(weights))


@given(weights_only, st.integers(0, 10**6))
def test_with_room_for_all_the_largest_remainders_are_rounded_up(weights, total):
    shares = largest_remainder(weights, total=total, room=[PLENTY] * len(weights))
    exact = [Fraction(total * weight, sum(weights)) for weight in weights]
    assert sum(shares) == total
    lifted, lowered = [], []
    for place, (share, wanted) in enumerate(zip(shares, exact, strict=True)):
        assert abs(share - wanted) < 1
        (lifted if share > wanted else lowered).append((-(wanted % 1), place))
    assert not lifted or max(lifted) < min((pair for pair in lowered if pair[0]), default=(1, 0))


@pytest.mark.parametrize(
    ("weights", "total", "room"), [([1, -1], 2, [3, 3]), ([1, 1], -2, [3, 3]), ([1, 1], 2, [3, -3])]
)
def test_negative_numbers_are_refused(weights, total, room):
    with pytest.raises(ValueError, match="at least 0"):
        largest_remainder(weights, total=total, room=room)


def test_lists_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match="as many weights as rooms; got 2 and 1"):
        largest_remainder([1, 2], total=1, room=[3])


def test_what_does_not_fit_is_shared_by_weight_among_all_others():
    """Of 9, the third and the last take 0 and 1; 8 among weights 3, 4 and 4 are 2.18, 2.9 and 2.9."""
    assert largest_remainder([3, 4, 3, 4, 3], total=9, room=[50, 50, 0, 50, 1]) == [2, 3, 0, 3, 1]
