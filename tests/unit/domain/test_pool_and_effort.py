"""How much can be asked, and what it costs: counted by hand."""

from dataclasses import replace

import numpy as np
import pytest

from backend.domain import effort
from backend.domain.errors import InvalidBudget
from backend.domain.pool import (
    PIXEL_SPACING,
    PoolImage,
    capacity,
    check_budget,
    largest_region,
    most_queries_an_image,
    num_queries,
)
from backend.domain.round_config import AcquisitionConfig, Budget, BudgetScope, BudgetUnit, Unit
from models.acquisition.units import PIXEL_RADIUS

FREE = AcquisitionConfig(radius=2, max_per_image=None)  # windows of 5 px
SMALL = PoolImage(width=20, height=10)


def budget_of(amount: int, unit: BudgetUnit, scope: BudgetScope = BudgetScope.POOL, **changes) -> AcquisitionConfig:
    return replace(FREE, budget=Budget(amount=amount, unit=unit, scope=scope), **changes)


@pytest.mark.parametrize(
    ("amount", "unit", "expected"),
    [
        (7, BudgetUnit.REGIONS, 7),
        (7, BudgetUnit.CLICKS, 7),
        (0, BudgetUnit.PIXELS, 0),
        (1, BudgetUnit.PIXELS, 1),
        (25, BudgetUnit.PIXELS, 1),
        (26, BudgetUnit.PIXELS, 2),
        (0, BudgetUnit.IMAGES, 0),
        (1, BudgetUnit.IMAGES, 8),
        (2, BudgetUnit.IMAGES, 8 + 1),
    ],
)
def test_a_budget_buys_windows_rounded_up(amount, unit, expected):
    assert num_queries([SMALL, PoolImage(width=5, height=5)], budget_of(amount, unit)) == expected


def test_a_budget_for_each_image_buys_as_much_of_each_as_there_is():
    pool = [SMALL, PoolImage(width=5, height=5)]
    assert num_queries(pool, budget_of(3, BudgetUnit.REGIONS, BudgetScope.IMAGE)) == 3 + 1
    assert num_queries(pool, budget_of(51, BudgetUnit.PIXELS, BudgetScope.IMAGE)) == 3 + 1
    check_budget(pool, budget_of(999, BudgetUnit.REGIONS, BudgetScope.IMAGE))


def test_clicks_of_whole_images_are_many():
    assert num_queries([SMALL], replace(budget_of(4001, BudgetUnit.CLICKS), unit=Unit.IMAGE)) == 3


def test_a_budget_is_not_negative():
    with pytest.raises(InvalidBudget, match="-1"):
        Budget(amount=-1)


def test_a_number_of_images_is_one_for_the_pool():
    with pytest.raises(InvalidBudget, match="scope pool"):
        Budget(unit=BudgetUnit.IMAGES, scope=BudgetScope.IMAGE)


@pytest.mark.parametrize("changes", [{"stratify": True}, {"shadow_share": 0.1}])
@pytest.mark.parametrize(
    ("unit", "budget"),
    [
        (Unit.WINDOW, Budget(unit=BudgetUnit.PIXELS)),
        (Unit.WINDOW, Budget(unit=BudgetUnit.IMAGES)),
        (Unit.WINDOW, Budget(scope=BudgetScope.IMAGE)),
        (Unit.IMAGE, Budget(unit=BudgetUnit.CLICKS)),
    ],
)
def test_quotas_and_a_random_share_need_a_number_of_regions(changes, unit, budget):
    with pytest.raises(InvalidBudget, match="in regions, for the pool"):
        AcquisitionConfig(unit=unit, budget=budget, **changes)
    AcquisitionConfig(unit=Unit.IMAGE, budget=Budget(unit=BudgetUnit.IMAGES), **changes)
    AcquisitionConfig(unit=unit, budget=budget)


def test_the_largest_region_of_a_mixed_pool_counts():
    pool = [PoolImage(width=320, height=240), PoolImage(width=2048, height=1024)]
    assert largest_region(pool, AcquisitionConfig()) == 43 * 43
    assert largest_region(pool, FREE) == 25
    assert largest_region(pool, AcquisitionConfig(unit=Unit.SUPERPIXEL, superpixels=1000)) == 2098
    assert largest_region(pool, AcquisitionConfig(unit=Unit.PIXEL)) == 1
    assert largest_region(pool, AcquisitionConfig(unit=Unit.IMAGE)) == 2048 * 1024
    assert largest_region([], FREE) == 1


def test_a_pool_has_room_for_clipped_windows_too_and_less_by_what_was_answered():
    assert capacity([SMALL], FREE) == 4 * 2
    assert capacity([PoolImage(width=21, height=11)], FREE) == 5 * 3
    assert capacity([PoolImage(width=20, height=10, answered_pixels=25 * 3 + 24)], FREE) == 8 - 3
    assert capacity([PoolImage(width=20, height=10, answered_pixels=25 * 99)] * 2, FREE) == 0
    assert capacity([], FREE) == 0


def test_other_units_have_room_by_their_own_measure():
    superpixels = replace(FREE, unit=Unit.SUPERPIXEL, superpixels=50)  # of 4 px
    assert capacity([SMALL, PoolImage(width=20, height=10, answered_pixels=9)], superpixels) == 50 + 48
    assert capacity([PoolImage(width=3, height=3)], superpixels) == 9
    assert capacity([PoolImage(width=66, height=34)], replace(FREE, unit=Unit.PIXEL)) == 2 * 2
    images = replace(FREE, unit=Unit.IMAGE)
    assert capacity([SMALL, PoolImage(width=20, height=10, answered_pixels=1)], images) == 1


def test_pixels_are_as_far_apart_as_they_are_chosen():
    assert PIXEL_SPACING == PIXEL_RADIUS + 1


def test_a_limit_an_image_bounds_each_image():
    limited = AcquisitionConfig(radius=2, max_per_image=6)
    assert capacity([SMALL, PoolImage(width=5, height=5)], limited) == 6 + 1


def test_a_budget_as_large_as_the_pool_is_the_largest():
    check_budget([SMALL], budget_of(8, BudgetUnit.REGIONS))
    with pytest.raises(InvalidBudget, match="9 regions, but the pool has room for 8") as caught:
        check_budget([SMALL], budget_of(9, BudgetUnit.REGIONS))
    assert caught.value.context == {"asked": 9, "limit": 8}


def test_a_budget_of_more_images_than_can_be_asked_is_refused():
    pool = [SMALL, PoolImage(width=20, height=10, answered_pixels=25 * 8)]
    check_budget(pool, budget_of(1, BudgetUnit.IMAGES))
    with pytest.raises(InvalidBudget, match="2 images, but the pool has 1"):
        check_budget(pool, budget_of(2, BudgetUnit.IMAGES))


def test_no_more_is_looked_for_on_an_image_than_could_be_asked():
    def most(amount: int, unit: BudgetUnit) -> int:
        return most_queries_an_image(budget_of(amount, unit), width=20, height=10)

    assert (most(3, BudgetUnit.REGIONS), most(99, BudgetUnit.REGIONS)) == (3, 8)
    assert most(25, BudgetUnit.PIXELS) == 8  # all could be small ones at a border


@pytest.mark.parametrize(("values", "clicks"), [([3], 2), ([3, 7], 3), ([3, 7, 255], 4)])
def test_a_drawn_region_costs_a_click_to_split_and_one_a_class(values, clicks):
    assert effort.clicks_of_map(np.array([values, values], dtype=np.uint8)) == clicks


def test_an_image_costs_its_outlines_and_a_click_a_class():
    label_map = np.zeros((128, 256), dtype=np.uint8)  # a click each 2 px of outline
    label_map[:, 100:] = 3
    assert effort.clicks_of_image(label_map) == 128 // 2 + 2
    assert effort.clicks_of_image(np.zeros((4, 4), dtype=np.uint8)) == 1


def test_a_forecast_assumes_until_twenty_answers_were_measured():
    def forecast(seconds: float, answers: int, unit: Unit = Unit.WINDOW) -> tuple[float, bool]:
        return effort.forecast_seconds(unit, measured_seconds=seconds, num_answers=answers)

    assert forecast(19 * 9.0, 19) == (3.0, False)
    assert forecast(20 * 9.0, 20) == (9.0, True)
    assert forecast(0.0, 0) == (3.0, False)
    assert forecast(0.0, 0, Unit.SUPERPIXEL) == (2.0, False)
