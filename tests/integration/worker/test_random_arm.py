"""Queries drawn at random, beside those that the score chose."""

from dataclasses import replace

import pytest

from backend.db.tables import SuperpixelMap
from backend.domain.round_config import (
    Budget,
    BudgetUnit,
    Score,
    Unit,
)
from tests.integration.worker.works import HEIGHT, NUM_IMAGES, SIDE, WIDTH, acquiring, mask_of, overlapping, places

# No statement here is new to PostgreSQL: `test_round` has whole rounds on it.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

WINDOWS = 19 * 15  # tiles of 17 px that an image of 320 x 240 has, rounded up


@pytest.mark.parametrize(("unit", "free"), [(Unit.WINDOW, WINDOWS), (Unit.PIXEL, WIDTH * HEIGHT), (Unit.SUPERPIXEL, 0)])
def test_half_of_the_queries_are_drawn_with_known_probability_and_spread_over_the_ranks(works, unit, free):
    works.project()
    config = acquiring(unit, 10, shadow_share=0.5, max_per_image=None)
    asked = works.round(config)
    total = free * NUM_IMAGES or sum(row.found for row in works.rows(SuperpixelMap))
    drawn = [query for query in asked if query.selection_probability is not None]
    chosen = [query for query in asked if query.selection_probability is None]
    assert [query.selection_probability for query in drawn] == pytest.approx([5 / total] * 5)
    assert [sum(query.rank // 2 == pair for query in drawn) for pair in range(5)] == [1] * 5
    assert overlapping(asked) == 1
    assert [query.score for query in chosen] == sorted((query.score for query in chosen), reverse=True)
    assert {(query.unit, query.acquisition_version) for query in asked} == {(unit, 2)}
    if unit is Unit.PIXEL:  # those of the classes around it; alone it would have none
        assert any(query.impurity > 0 for query in drawn)
    for query in drawn:
        assert query.pixels == mask_of(query).sum()
        assert query.score == pytest.approx(query.impurity * query.entropy, rel=1e-5, abs=1e-9)
    if unit is Unit.WINDOW:
        for query in drawn:
            assert (query.x % SIDE, query.y % SIDE) == (0, 0)
            assert (query.width, query.height) == (min(SIDE, WIDTH - query.x), min(SIDE, HEIGHT - query.y))


@pytest.mark.parametrize("config", [acquiring(amount=20, radius=40), acquiring(Unit.SUPERPIXEL, 20, superpixels=10)])
def test_where_regions_are_few_the_score_chooses_among_those_that_were_not_drawn(works, config):
    works.project()
    half = replace(config.acquisition, shadow_share=0.5, max_per_image=None)
    asked = works.round(replace(config, acquisition=half))
    assert sum(query.selection_probability is not None for query in asked) == 10
    assert sum(query.selection_probability is None for query in asked) >= 5
    assert overlapping(asked) == 1


def test_all_of_the_queries_may_be_drawn_and_what_was_answered_is_not_drawn_again(works):
    works.project()
    config = acquiring(Unit.WINDOW, 40, shadow_share=1.0, max_per_image=None)
    first = works.round(config)
    assert {query.selection_probability for query in first} == {40 / (NUM_IMAGES * WINDOWS)}
    works.answer()
    second = works.round(config)
    assert {query.selection_probability for query in second} == {40 / (NUM_IMAGES * WINDOWS - 40)}
    assert len(second) == 40
    assert overlapping([*first, *second]) == 1


def test_images_are_drawn_too(works):
    works.project()
    asked = works.round(
        acquiring(Unit.IMAGE, budget=Budget(amount=4, unit=BudgetUnit.IMAGES), shadow_share=0.5, score=Score.ENTROPY)
    )
    assert [query.selection_probability for query in asked].count(2 / 4) == 2
    assert len({query.image_id for query in asked}) == 4


def test_a_draw_comes_again_with_its_seed_and_differs_with_another(works):
    found = {}
    for slug, seed in (("a", 1), ("b", 1), ("c", 2)):
        works.project(slug)
        asked = works.round(acquiring(Unit.WINDOW, shadow_share=0.5), slug=slug, seed=seed)
        found[slug] = places(query for query in asked if query.selection_probability is not None)
    assert len(found["a"]) == 5
    assert found["a"] == found["b"] != found["c"]
