"""How much can be asked, and what it costs: counted by hand."""

import numpy as np
import pytest

from backend.domain import effort
from backend.domain.errors import InvalidBudget
from backend.domain.pool import (
    PoolImage,
    capacity,
    check_budget,
    most_queries_an_image,
    num_queries_of,
    window_pixels,
)
from backend.domain.round_config import AcquisitionConfig, Budget, BudgetUnit

FREE = AcquisitionConfig(radius=2, max_per_image=None)  # windows of 5 px


@pytest.mark.parametrize(
    ("amount", "unit", "expected"),
    [
        (7, BudgetUnit.REGIONS, 7),
        (7, BudgetUnit.CLICKS, 7),
        (0, BudgetUnit.PIXELS, 0),
        (1, BudgetUnit.PIXELS, 1),
        (25, BudgetUnit.PIXELS, 1),
        (26, BudgetUnit.PIXELS, 2),
    ],
)
def test_a_budget_buys_windows_rounded_up(amount, unit, expected):
    assert num_queries_of(Budget(amount=amount, unit=unit), window_pixels=25) == expected


def test_a_budget_is_not_negative():
    with pytest.raises(InvalidBudget, match="-1"):
        Budget(amount=-1)


def test_the_largest_window_of_a_mixed_pool_counts():
    pool = [PoolImage(width=320, height=240), PoolImage(width=2048, height=1024)]
    assert window_pixels(pool, AcquisitionConfig()) == 43 * 43
    assert window_pixels(pool, FREE) == 25
    assert window_pixels([], FREE) == 1


def test_a_pool_has_room_for_clipped_windows_too_and_less_by_what_was_answered():
    assert capacity([PoolImage(width=20, height=10)], FREE) == 4 * 2
    assert capacity([PoolImage(width=21, height=11)], FREE) == 5 * 3
    assert capacity([PoolImage(width=20, height=10, answered_pixels=25 * 3 + 24)], FREE) == 8 - 3
    assert capacity([PoolImage(width=20, height=10, answered_pixels=25 * 99)] * 2, FREE) == 0
    assert capacity([], FREE) == 0


def test_a_limit_an_image_bounds_each_image():
    limited = AcquisitionConfig(radius=2, max_per_image=6)
    assert capacity([PoolImage(width=20, height=10), PoolImage(width=5, height=5)], limited) == 6 + 1


def test_a_budget_as_large_as_the_pool_is_the_largest():
    check_budget(8, limit=8)
    with pytest.raises(InvalidBudget, match="9 regions, but the pool has room for 8") as caught:
        check_budget(9, limit=8)
    assert caught.value.context == {"asked": 9, "limit": 8}


def test_no_more_is_looked_for_on_an_image_than_could_be_asked():
    def most(amount: int, unit: BudgetUnit) -> int:
        config = AcquisitionConfig(radius=2, max_per_image=None, budget=Budget(amount=amount, unit=unit))
        return most_queries_an_image(config, width=20, height=10)

    assert (most(3, BudgetUnit.REGIONS), most(99, BudgetUnit.REGIONS)) == (3, 8)
    assert most(25, BudgetUnit.PIXELS) == 8  # all could be small ones at a border


@pytest.mark.parametrize(("values", "clicks"), [([3], 2), ([3, 7], 3), ([3, 7, 255], 4)])
def test_a_drawn_region_costs_a_click_to_split_and_one_a_class(values, clicks):
    assert effort.clicks_of_map(np.array([values, values], dtype=np.uint8)) == clicks


def test_a_forecast_assumes_until_twenty_answers_were_measured():
    assert effort.forecast_seconds(measured_seconds=19 * 9.0, num_answers=19) == (3.0, False)
    assert effort.forecast_seconds(measured_seconds=20 * 9.0, num_answers=20) == (9.0, True)
    assert effort.forecast_seconds(measured_seconds=0.0, num_answers=0) == (3.0, False)
