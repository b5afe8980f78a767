"""Class weights against shares worked out by hand, and against the formula in whole fractions."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.acquisition import class_weights

counts = st.one_of(st.integers(0, 3), st.integers(0, 10**10))
pairs = st.lists(st.tuples(counts, counts), min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("collected", "pool", "expected"),
    [
        ([0, 0, 0], [0, 0, 0], [1, 1, 1]),  # nothing is known
        ([100, 0, 0, 0], [0, 0, 0, 0], [1 / 16, 1, 1, 1]),  # the class with everything has 1 / 4C
        ([0, 0, 0, 0], [40, 30, 20, 10], [0.15625, 0.0625 / 0.3, 0.3125, 0.625]),  # the pool alone: 1/16 of the share
        # Half of each: shares .4, .4, .15 and .05, of which the last is less than 1/16.
        ([60, 40, 0, 0], [2, 4, 3, 1], [0.15625, 0.15625, 0.0625 / 0.15, 1]),
        ([7], [0], [0.25]),
        ([5, 5], [1000, 1000], [0.25, 0.25]),  # an even share is worth a quarter
        ([], [], []),
    ],
)
def test_weights_worked_out_by_hand(collected, pool, expected):
    assert class_weights(collected, pool).tolist() == pytest.approx(expected, rel=1e-12)


@given(pairs)
def test_the_formula(numbers):
    known = [column for column in zip(*numbers, strict=True) if sum(column)]
    weights = class_weights(*zip(*numbers, strict=True))
    assert len(weights) == len(numbers)
    for place, weight in enumerate(weights.tolist()):
        share = sum((Fraction(column[place], sum(column)) for column in known), Fraction()) / max(1, len(known))
        expected = min(Fraction(1), 1 / (4 * len(numbers) * share)) if share else Fraction(1)
        assert weight == pytest.approx(float(expected), rel=1e-12)
        assert 0 < weight <= 1


@given(pairs, st.integers(1, 1000))
def test_shares_count_and_not_pixels(numbers, factor):
    collected, pool = zip(*numbers, strict=True)
    expected = class_weights(collected, pool).tolist()
    assert class_weights([n * factor for n in collected], pool).tolist() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("collected", "pool"), [([1, -1], [0, 0]), ([0, 0], [1, -1]), ([1, 2], [1, 2, 3]), ([], [1])])
def test_counts_of_no_sense_are_refused(collected, pool):
    with pytest.raises(ValueError, match="two counts of at least 0 a class"):
        class_weights(collected, pool)
