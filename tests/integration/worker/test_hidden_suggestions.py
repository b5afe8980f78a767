"""Hidden suggestions: a share of a round's queries, and neither which are asked nor their order depends on it."""

from dataclasses import replace

import pytest

from backend.domain.round_config import LabellingConfig
from tests.integration.worker.works import acquiring, places

# No statement here is new to PostgreSQL: `test_round` has whole rounds on it.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def hiding(share: float, **changes):
    return replace(acquiring(amount=16, **changes), labelling=LabellingConfig(hidden_share=share))


def test_a_share_is_hidden_by_the_seed_and_the_order_stays(works):
    found = {}
    for slug, share, seed in (("none", 0.0, 3), ("half", 0.5, 3), ("again", 0.5, 3), ("all", 1.0, 3)):
        works.project(slug)
        found[slug] = works.round(hiding(share, shadow_share=0.5), slug=slug, seed=seed)
    assert places(found["none"]) == places(found["half"]) == places(found["all"])
    hidden = {slug: [query.suggestion_hidden for query in asked] for slug, asked in found.items()}
    assert (hidden["none"], hidden["all"]) == ([False] * 16, [True] * 16)
    assert 2 <= sum(hidden["half"]) <= 14
    assert hidden["half"] == hidden["again"]


def test_the_best_class_of_each_query_is_the_first_of_its_suggestion(works):
    works.project()
    for query in works.round(hiding(0.5)):
        first = query.suggestion["classes"][0]
        assert (query.best_class, query.best_probability) == (first["class_id"], first["probability"])
        assert query.best_probability == max(one["probability"] for one in query.suggestion["classes"])
