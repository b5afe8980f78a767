"""Rounds that ask about superpixels, pixels and whole images, and the options of choosing, with the real jobs."""

import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy import select

import worker.regions
from backend.db.tables import Image, ImageMap, Round, ScoredImage, SuperpixelMap
from backend.domain import rle
from backend.domain.round_config import (
    Budget,
    BudgetScope,
    BudgetUnit,
    Unit,
)
from backend.domain.vocabulary import Domain, Split
from backend.services import manifests
from backend.services import rounds as round_services
from tests.factories import pack_files, project_with_images
from tests.integration.worker.works import (
    HEIGHT,
    NUM_CLASSES,
    NUM_IMAGES,
    WIDTH,
    acquiring,
    impurity_of,
    mask_of,
    overlapping,
)

# No statement here is new to PostgreSQL: `test_round` has whole rounds on it.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.mark.parametrize(("unit", "amount"), [(Unit.SUPERPIXEL, 10), (Unit.PIXEL, 10), (Unit.IMAGE, 3)])
def test_a_round_of_each_unit_asks_what_its_pictures_show(works, unit, amount):
    works.project()
    asked = works.round(acquiring(unit, amount))
    assert len(asked) == amount
    assert [query.score for query in asked] == sorted((query.score for query in asked), reverse=True)
    assert overlapping(asked) == 1
    for query in asked:
        mask, predicted = mask_of(query), works.picture(query, "prediction")
        assert (query.unit, query.pixels) == (unit, mask.sum())
        rows, columns = mask.any(axis=1).nonzero()[0], mask.any(axis=0).nonzero()[0]
        assert (query.y, query.x) == (rows[0], columns[0])
        assert (query.height, query.width) == (rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1)
        around = mask
        if unit is Unit.PIXEL:  # judged by the classes within 32 px
            around = np.zeros_like(mask)
            around[max(0, query.y - 32) : query.y + 33, max(0, query.x - 32) : query.x + 33] = True
        assert query.impurity == pytest.approx(impurity_of(predicted[around]), abs=1e-5)
        assert query.entropy == pytest.approx(works.picture(query, "entropy")[mask].mean() / 255, abs=1 / 255)
        assert query.score == pytest.approx(query.impurity * query.entropy, rel=1e-5)
        box = np.s_[query.y : query.y + query.height, query.x : query.x + query.width]
        suggested = rle.decode(query.suggestion["label_map"]["data"], width=query.width, height=query.height)
        np.testing.assert_array_equal(suggested, np.where(mask[box], predicted[box], 255))
        counts = np.bincount(predicted[mask], minlength=NUM_CLASSES)
        assert counts[query.conflict[0]] == counts.max()
        assert len(set(query.conflict)) == 2
        assert (query.selection_probability, query.acquisition_version) == (None, 2)


def test_pixels_of_a_round_keep_their_distance_and_are_one_pixel(works):
    works.project()
    asked = works.round(acquiring(Unit.PIXEL, 12, max_per_image=3))
    assert {(query.width, query.height, query.pixels, query.region) for query in asked} == {(1, 1, 1, None)}
    assert set(Counter(query.image_id for query in asked).values()) == {3}
    for one in asked:
        for other in asked:
            if one.id != other.id and one.image_id == other.image_id:
                assert max(abs(one.x - other.x), abs(one.y - other.y)) > 32


def test_superpixels_are_those_of_the_stored_map_in_every_round_and_no_one_is_asked_twice(works, monkeypatch):
    works.project()
    config = acquiring(Unit.SUPERPIXEL, 16, superpixels=100)
    first = works.round(config)
    stored = {(row.image_id, row.wanted, row.found, row.blob_key) for row in works.rows(SuperpixelMap)}
    maps = works.superpixels()
    assert {(wanted, found == maps[image_id].max() + 1) for image_id, wanted, found, _ in stored} == {(100, True)}
    assert len(stored) == NUM_IMAGES

    def no_more(*_args, **_kwargs):
        raise AssertionError("The stored map was not used.")

    monkeypatch.setattr(worker.regions, "superpixels", no_more)
    works.answer()
    second = works.round(config)
    assert {(row.image_id, row.wanted, row.found, row.blob_key) for row in works.rows(SuperpixelMap)} == stored
    for query in (*first, *second):
        labels = maps[query.image_id]
        (number,) = np.unique(labels[mask_of(query)])
        np.testing.assert_array_equal(mask_of(query), labels == number)
    assert len(second) == 16
    assert overlapping([*first, *second]) == 1


def test_another_number_of_superpixels_is_another_map_and_answers_still_count(works):
    works.project()
    first = works.round(acquiring(Unit.SUPERPIXEL, 16, superpixels=100))
    works.answer()
    second = works.round(acquiring(Unit.SUPERPIXEL, 16, superpixels=60))
    assert Counter(row.wanted for row in works.rows(SuperpixelMap)) == {100: NUM_IMAGES, 60: NUM_IMAGES}
    assert overlapping([*first, *second]) == 1


def test_units_may_change_between_rounds_and_answered_regions_of_any_unit_are_left_alone(works):
    works.project()
    asked = works.round(acquiring(Unit.SUPERPIXEL, 12))
    for unit, amount in ((Unit.WINDOW, 12), (Unit.PIXEL, 8), (Unit.SUPERPIXEL, 12)):
        works.answer()
        asked += works.round(acquiring(unit, amount))
    assert len(asked) == 44
    assert overlapping(asked) == 1


def test_an_image_is_asked_as_a_whole_and_only_until_it_was_answered(works):
    works.project()
    config = acquiring(Unit.IMAGE, 3)
    first = works.round(config)
    assert {(query.x, query.y, query.width, query.height, query.region, query.pixels) for query in first} == {
        (0, 0, WIDTH, HEIGHT, None, WIDTH * HEIGHT)
    }
    works.answer()
    second = works.round(acquiring(Unit.IMAGE, 1))
    assert {query.image_id for query in first} | {query.image_id for query in second} == {
        image.id for image in works.rows(Image) if image.domain is Domain.TARGET
    }


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (acquiring(Unit.SUPERPIXEL, budget=Budget(amount=7, unit=BudgetUnit.CLICKS)), 7),
        (acquiring(Unit.PIXEL, budget=Budget(amount=5, unit=BudgetUnit.PIXELS)), 5),
        (acquiring(Unit.WINDOW, budget=Budget(amount=2, unit=BudgetUnit.IMAGES)), [4, 4]),
        (acquiring(Unit.PIXEL, budget=Budget(amount=3, unit=BudgetUnit.IMAGES)), [4, 4, 4]),
        (acquiring(Unit.IMAGE, budget=Budget(amount=2, unit=BudgetUnit.IMAGES)), [1, 1]),
        (acquiring(Unit.WINDOW, budget=Budget(amount=3, scope=BudgetScope.IMAGE)), [3, 3, 3, 3]),
        (acquiring(Unit.WINDOW, budget=Budget(amount=3, scope=BudgetScope.IMAGE), max_per_image=2), [2, 2, 2, 2]),
        (
            acquiring(Unit.SUPERPIXEL, budget=Budget(amount=2, unit=BudgetUnit.CLICKS, scope=BudgetScope.IMAGE)),
            [2, 2, 2, 2],
        ),
        (
            acquiring(Unit.PIXEL, budget=Budget(amount=3, unit=BudgetUnit.PIXELS, scope=BudgetScope.IMAGE)),
            [3, 3, 3, 3],
        ),
    ],
)
def test_a_budget_buys_so_many_queries_of_all_images_or_of_each(works, config, expected):
    works.project()
    counts = sorted(Counter(query.image_id for query in works.round(config)).values())
    assert (counts if isinstance(expected, list) else sum(counts)) == expected


@pytest.mark.parametrize("scope", [BudgetScope.POOL, BudgetScope.IMAGE])
def test_a_budget_of_pixels_is_reached_by_its_last_superpixel(works, scope):
    works.project()
    budget = Budget(amount=700, unit=BudgetUnit.PIXELS, scope=scope)
    asked = works.round(acquiring(Unit.SUPERPIXEL, budget=budget, max_per_image=None))
    parts: dict[str, list[int]] = {}
    for query in asked:
        parts.setdefault("all" if scope is BudgetScope.POOL else query.image_id, []).append(query.pixels)
    assert len(parts) == (1 if scope is BudgetScope.POOL else NUM_IMAGES)
    for pixels in parts.values():
        assert sum(pixels[:-1]) < 700 <= sum(pixels)


def test_a_budget_of_clicks_counts_what_it_takes_to_draw_an_image(works):
    works.project()
    everything = works.round(acquiring(Unit.IMAGE, NUM_IMAGES), seed=5)
    clicks = []
    for query in everything:
        predicted = works.picture(query, "prediction").astype(int)
        edges = (np.diff(predicted, axis=0) != 0).sum() + (np.diff(predicted, axis=1) != 0).sum()
        clicks.append(math.ceil(edges / (WIDTH / 128)) + len(np.unique(predicted)))
    amount = clicks[0] + clicks[1] + 1
    other = project_with_images(
        works.database, works.blobs, works.admin, slug="two", source=1, target=NUM_IMAGES, val=0, config=acquiring()
    )
    budget = Budget(amount=amount, unit=BudgetUnit.CLICKS)
    asked = works.round(acquiring(Unit.IMAGE, budget=budget), slug=other.slug, seed=5)
    assert [query.score for query in asked] == [query.score for query in everything[:3]]


def test_balanced_classes_weigh_each_region_by_what_was_answered_and_predicted_so_far(works):
    works.project()
    config = acquiring(Unit.WINDOW, 10, class_balance=True)
    first = works.round(config)
    for query in first:  # nothing is known yet
        assert query.score == pytest.approx(query.impurity * query.entropy, rel=1e-5)
    works.answer()
    second = works.round(config)
    answered = np.concatenate([works.truth(query)[mask_of(query)] for query in first])
    drawn = [one for one in works.rows(ImageMap) if (one.kind, one.round_id) == ("prediction", first[0].round_id)]
    seen = sum(np.bincount(works.read_picture(one.blob_key).ravel(), minlength=NUM_CLASSES) for one in drawn)
    assert seen.sum() == NUM_IMAGES * WIDTH * HEIGHT
    share = (np.bincount(answered, minlength=NUM_CLASSES) / answered.size + seen / seen.sum()) / 2
    weights = np.minimum(1, 1 / np.maximum(4 * NUM_CLASSES * share, 1e-12))
    assert weights.min() < 0.5
    for query in second:
        weight = weights[works.picture(query, "prediction")[mask_of(query)]].mean()
        assert query.score == pytest.approx(query.impurity * query.entropy * weight, rel=1e-4)


def test_of_two_images_that_are_the_same_one_is_asked(works):
    (street, _), (other, _) = pack_files(Domain.TARGET, Split.TRAIN)[:30:29]
    works.pool([("first.jpg", "a", street), ("again.jpg", "a", street), ("other.jpg", "b", other)])
    names = {image.id: image.name for image in works.rows(Image)}
    asked = works.round(acquiring(Unit.WINDOW, 12, max_per_image=4))
    assert Counter(names[query.image_id] for query in asked) == {"first.jpg": 4, "again.jpg": 4, "other.jpg": 4}
    with works.database.write() as session:
        round_services.cancel(session, works.admin.actor, asked[0].round_id)
    asked = works.round(acquiring(Unit.WINDOW, 12, max_per_image=4, duplicate_distance=0))
    assert Counter(names[query.image_id] for query in asked) == {"first.jpg": 4, "other.jpg": 4}
    hashes = {names[row.image_id]: row.image_hash for row in works.rows(ScoredImage)}
    assert hashes["first.jpg"] == hashes["again.jpg"] != hashes["other.jpg"]


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        # of 3, 2 and 1 images: 3.5, 2.33 and 1.17 of 7; the largest remainder is the first group's
        (acquiring(Unit.WINDOW, 7), {"s0100": 4, "s0101": 2, "s0107": 1}),
        # 5.5, 3.67 and 1.83 of 11; one image gives 4 at most
        (acquiring(Unit.WINDOW, 11), {"s0100": 5, "s0101": 4, "s0107": 2}),
        # 1.5, 1 and 0.5 of 3 images; of two equal remainders the first
        (acquiring(Unit.IMAGE, budget=Budget(amount=3, unit=BudgetUnit.IMAGES)), {"s0100": 2, "s0101": 1}),
        # 3, 2 and 1 of 6, of which each group has room for as many as images
        (acquiring(Unit.SUPERPIXEL, 6, max_per_image=1), {"s0100": 3, "s0101": 2, "s0107": 1}),
    ],
)
def test_groups_share_the_budget_by_their_sizes(works, config, expected):
    files = pack_files(Domain.TARGET, Split.TRAIN)
    works.pool(
        [(path.name, path.stem.split("_")[0], path) for path, _ in files if path.stem[:5] in {"s0100", "s0101"}][:5]
        + [(path.name, "s0107", path) for path, _ in files if path.stem == "s0107_0"]
    )
    stratified = replace(config, acquisition=replace(config.acquisition, stratify=True))
    assert works.groups(works.round(stratified)) == expected


def test_the_manifest_after_a_round_of_superpixels_teaches_their_pixels_only(works):
    works.project()
    asked = works.round(acquiring(Unit.SUPERPIXEL, 10))
    works.answer()
    works.round(acquiring(Unit.SUPERPIXEL, 10))
    with works.database.read() as session:
        second = session.scalars(select(Round).where(Round.round_index == 1)).one()
    assert (second.effort["regions"], second.effort["clicks"]) == (10, 10)
    assert second.effort["pixels"] == sum(query.pixels for query in asked)
    taught = {image.image_id: image.answers for image in manifests.read(works.blobs, second.manifest_key).target}
    for query in asked:
        (answer,) = [one for one in taught[query.image_id] if (one.box.x, one.box.y) == (query.x, query.y)]
        truth = works.truth(query)[mask_of(query)]
        box = np.s_[query.y : query.y + query.height, query.x : query.x + query.width]
        np.testing.assert_array_equal(answer.mask, mask_of(query)[box])
        assert answer.coarse
        assert set(answer.label_map[answer.mask]) == {np.bincount(truth).argmax()}
        assert (answer.label_map[~answer.mask] == 255).all()
