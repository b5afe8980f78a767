"""The merge over a pool against a direct loop that looks at every region of every image before each pick."""

from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from models.acquisition import Pick, PoolRules, merge_pool, select_centres

Place = tuple[int, int, int]

score_maps = st.tuples(st.integers(1, 6), st.integers(1, 6)).flatmap(
    lambda shape: hnp.arrays(
        np.float32, shape, elements=st.sampled_from([-np.inf, -0.5, -0.0, 0.0, 0.25, 0.5, 0.75, 1.0])
    )
)


@dataclass(frozen=True)
class Pool:
    """The scores of each image, how far apart its picks are, and what it may give.

    The rules are made in the test: their types are checked with random numbers, which a strategy may not draw.
    """

    scores: list[np.ndarray]
    reaches: list[int]
    settings: dict[str, Any]

    @property
    def rules(self) -> PoolRules:
        return PoolRules(**self.settings)

    def closed(self, image: int, taken: list[Place]) -> bool:
        """Each rule as it is read, from nothing but what was taken so far."""
        rules, of_images = self.rules, [place[0] for place in taken]
        if rules.per_image is not None:
            limit = rules.per_image if isinstance(rules.per_image, int) else rules.per_image[image]
            if of_images.count(image) >= limit:
                return True
        if image not in of_images:
            if rules.images is not None and len(set(of_images)) >= rules.images:
                return True
            if rules.similar is not None and set(of_images) & set(rules.similar[image]):
                return True
        if rules.quotas is not None:
            group = rules.groups[image]
            return sum(rules.groups[other] == group for other in of_images) >= rules.quotas[group]
        return False

    def direct(self, count: int) -> list[Place]:
        left = {
            (image, row, column): float(score[row, column])
            for image, score in enumerate(self.scores)
            for row, column in np.ndindex(*score.shape)
            if np.isfinite(score[row, column])
        }
        taken: list[Place] = []
        while len(taken) < count:
            closed = {image for image in range(len(self.scores)) if self.closed(image, taken)}
            open_places = [place for place in left if place[0] not in closed]
            if not open_places:
                break
            best = min(open_places, key=lambda place: (-left[place], place[0], place[2], place[1]))
            taken.append(best)
            image, row, column = best
            left = {
                (i, r, c): s
                for (i, r, c), s in left.items()
                if i != image or max(abs(r - row), abs(c - column)) > self.reaches[image]
            }
        return taken

    def merged(self, count: int, wanted: int = 1000) -> list[Place]:
        picks = [select_centres(s, reach=r, count=wanted) for s, r in zip(self.scores, self.reaches, strict=True)]
        order = islice(merge_pool(picks, rules=self.rules), count)
        return [(image, picks[image][index].row, picks[image][index].column) for image, index in order]


@st.composite
def pools(draw, *, with_rules: bool) -> Pool:
    scores = draw(st.lists(score_maps, max_size=5))
    size = len(scores)

    def each(elements: st.SearchStrategy) -> st.SearchStrategy:
        return st.lists(elements, min_size=size, max_size=size)

    rules: dict[str, Any] = {}
    if with_rules:
        rules["per_image"] = draw(st.one_of(st.none(), st.integers(0, 4), each(st.integers(0, 4))))
        rules["images"] = draw(st.one_of(st.none(), st.integers(0, 4)))
        rules["similar"] = draw(st.one_of(st.none(), each(st.lists(st.integers(0, max(0, size - 1)), max_size=2))))
        if draw(st.booleans()):
            quotas = draw(st.lists(st.integers(0, 5), min_size=1, max_size=3))
            rules |= {"groups": draw(each(st.integers(0, len(quotas) - 1))), "quotas": quotas}
    return Pool(scores, draw(each(st.integers(0, 5))), rules)


@settings(deadline=None, max_examples=300)
@given(pools(with_rules=True), st.one_of(st.integers(0, 8), st.just(500)))
def test_the_picks_of_a_loop_over_the_whole_pool(pool, count):
    assert pool.merged(count) == pool.direct(count)


@settings(deadline=None)
@given(pools(with_rules=False), st.integers(0, 8), st.integers(0, 2))
def test_no_image_need_give_more_picks_than_are_wanted_of_the_pool(pool, count, spare):
    assert pool.merged(count, wanted=count + spare) == pool.direct(count)


@settings(deadline=None)
@given(pools(with_rules=False), st.integers(0, 4), st.integers(0, 8))
def test_no_image_need_give_more_picks_than_its_limit(pool, limit, count):
    limited = replace(pool, settings={"per_image": limit})
    assert limited.merged(count, wanted=limit) == limited.direct(count)


def test_ties_go_to_the_first_image_of_the_pool():
    picks = [[Pick(5, 5, 0.5), Pick(0, 9, 0.5)], [Pick(0, 0, 0.75), Pick(1, 4, 0.5)], []]
    assert list(merge_pool(picks)) == [(1, 0), (0, 0), (0, 1), (1, 1)]


def of_scores(*images: list[float]) -> list[list[Pick]]:
    """Picks of these scores in one row."""
    return [[Pick(0, column, score) for column, score in enumerate(scores)] for scores in images]


def test_a_limited_image_leaves_its_place_to_others():
    picks = of_scores([0.9, 0.9, 0.9, 0.9], [0.1, 0.1])
    assert list(islice(merge_pool(picks, rules=PoolRules(per_image=2)), 3)) == [(0, 0), (0, 1), (1, 0)]
    assert list(merge_pool(picks, rules=PoolRules(per_image=[0, 1]))) == [(1, 0)]
    assert list(merge_pool(picks, rules=PoolRules(per_image=0))) == []


def test_the_best_images_go_on_where_no_more_images_may_be_asked():
    picks = of_scores([0.5, 0.4], [0.9, 0.1], [0.8, 0.7])
    assert list(merge_pool(picks, rules=PoolRules(images=2))) == [(1, 0), (2, 0), (2, 1), (1, 1)]
    assert list(merge_pool(picks, rules=PoolRules(images=0))) == []


def test_the_best_of_near_duplicates_speaks_for_all():
    picks = of_scores([0.5, 0.4], [0.9, 0.1], [0.8, 0.7])
    rules = PoolRules(similar=[[1], [0, 2], [1]])  # the middle one is like both others, which are unlike
    assert list(merge_pool(picks, rules=rules)) == [(1, 0), (1, 1)]
    without_it = of_scores([0.5, 0.4], [], [0.8, 0.7])
    assert list(merge_pool(without_it, rules=rules)) == [(2, 0), (2, 1), (0, 0), (0, 1)]


def test_an_image_that_gives_nothing_closes_no_duplicate():
    picks = of_scores([0.9], [0.1])
    rules = PoolRules(per_image=[0, 1], images=1, similar=[[1], [0]], groups=[0, 0], quotas=[1])
    assert list(merge_pool(picks, rules=rules)) == [(1, 0)]


def test_a_group_gives_its_quota_and_no_more():
    picks = of_scores([0.9, 0.3], [0.8, 0.7], [0.2, 0.1])
    rules = PoolRules(groups=[1, 1, 0], quotas=[1, 3, 5])  # nobody is in the third group
    assert list(merge_pool(picks, rules=rules)) == [(0, 0), (1, 0), (1, 1), (2, 0)]


def test_what_is_not_taken_is_not_chosen_yet():
    merged = merge_pool(of_scores([0.9, 0.7], [0.8]), rules=PoolRules(per_image=1))
    assert next(merged) == (0, 0)
    assert list(merged) == [(1, 0)]


def test_a_pool_without_images():
    assert list(merge_pool([])) == []
    assert list(merge_pool([[], []], rules=PoolRules(per_image=3, images=3, similar=[[1], [0]]))) == []


@pytest.mark.parametrize(
    "wrong",
    [[Pick(0, 0, 0.1), Pick(0, 5, 0.2)], [Pick(0, 5, 0.2), Pick(0, 0, 0.2)], [Pick(5, 0, 0.2), Pick(0, 0, 0.2)]],
)
def test_picks_out_of_order_are_refused_before_any_is_taken(wrong):
    with pytest.raises(ValueError, match="picks of image 1 by score descending"):
        merge_pool([[], wrong])


def test_quotas_without_groups_are_refused_before_any_pick_is_taken():
    with pytest.raises(ValueError, match="Quotas need the group of each image"):
        merge_pool([[]], rules=PoolRules(quotas=[1]))


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        (PoolRules(per_image=-1), "limits of at least 0"),
        (PoolRules(images=-1), "limits of at least 0"),
        (PoolRules(per_image=[1]), "per_image for each of 2 images; got 1"),
        (PoolRules(similar=[[]]), "similar for each of 2 images; got 1"),
        (PoolRules(groups=[0, -1], quotas=[1]), "groups from 0 to 0"),
        (PoolRules(groups=[0, 0], quotas=[-1]), "limits of at least 0"),
        (PoolRules(quotas=[1]), "the group of each image"),
    ],
)
def test_rules_that_make_no_sense_are_refused_before_anything_is_taken(rules, message):
    with pytest.raises(ValueError, match=message):
        merge_pool([[], []], rules=rules)
