"""Intervals of shares and of their differences, against published figures."""

import pytest

from backend.domain.proportions import Counted, difference_of, wilson


def counted(hits: int, total: int) -> Counted:
    return Counted(hits=hits, total=total)


#: Newcombe 1998, table II, method 10: the eight contrasts of the paper.
PUBLISHED = [
    ((56, 70), (48, 80), 0.0524, 0.3339),
    ((9, 10), (3, 10), 0.1705, 0.8090),
    ((6, 7), (2, 7), 0.0582, 0.8062),
    ((5, 56), (0, 29), -0.0381, 0.1926),
    ((0, 10), (0, 20), -0.1611, 0.2775),
    ((0, 10), (0, 10), -0.2775, 0.2775),
    ((10, 10), (0, 20), 0.6791, 1.0000),
    ((10, 10), (0, 10), 0.6075, 1.0000),
]


@pytest.mark.parametrize(("first", "second", "low", "high"), PUBLISHED)
def test_the_published_examples_come_out(first, second, low, high):
    got = difference_of(counted(*first), counted(*second))
    assert got.difference == pytest.approx(first[0] / first[1] - second[0] / second[1])
    assert (got.low, got.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


@pytest.mark.parametrize(("first", "second"), [((0, 0), (1, 2)), ((1, 2), (0, 0)), ((0, 0), (0, 0))])
def test_of_nothing_there_is_no_difference(first, second):
    got = difference_of(counted(*first), counted(*second))
    assert (got.difference, got.low, got.high) == (None, None, None)


def test_wilsons_interval_is_the_published_one():
    # Newcombe 1998 (the paper before it, on single proportions), method 3: 81 of 263, and 0 of 20.
    assert wilson(counted(81, 263)) == (pytest.approx(0.2553, abs=5e-5), pytest.approx(0.3662, abs=5e-5))
    assert wilson(counted(0, 20)) == (0.0, pytest.approx(0.1611, abs=5e-5))
    assert wilson(counted(20, 20))[1] == 1.0
