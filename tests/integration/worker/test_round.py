"""Whole rounds with the real jobs, on both databases: train, evaluate, score, select, label, and again."""

import json
from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy import select
from sqlalchemy.orm import undefer

from backend.db import images, rounds
from backend.db.session import Database
from backend.db.tables import Checkpoint, Image, ImageMap, Job, Query, Round, ScoredImage
from backend.domain import rle
from backend.domain.job_state import JobState
from backend.domain.round_config import AcquisitionConfig, Budget, BudgetUnit, RoundConfig, Score
from backend.domain.round_state import RoundState
from backend.domain.training_config import TrainingConfig
from backend.services import oracle
from backend.services import rounds as round_services
from backend.services.rounds import Request
from models.self_training import Trainer
from tests.factories import Person, project_with_images
from tests.integration.worker.in_process import work_all, work_segment

TINY = RoundConfig(
    acquisition=AcquisitionConfig(budget=Budget(amount=10), radius=8, max_per_image=4),
    training=TrainingConfig(network="tiny_fpn", iterations=6, batch_size=2, crop=64),
)


@pytest.fixture
def quick(settings):
    """Every segment is over as soon as something was done."""
    return settings.model_copy(update={"segment_seconds": 0.0})


@pytest.fixture
def project(database, blobs, admin):
    return project_with_images(database, blobs, admin, source=3, target=4, val=2, config=TINY)


def start(database: Database, admin: Person, **request) -> Round:
    with database.write() as session:
        return round_services.start(session, admin.actor, "demo", Request(**request), idempotency_key=None)


def read(database: Database, round_: Round) -> Round:
    with database.read() as session:
        return session.get_one(Round, round_.id, options=[undefer("*")])


def test_two_rounds_from_start_to_start(database, blobs, admin, settings, project):
    first = start(database, admin)
    work_all(settings, database, blobs)
    done = read(database, first)
    assert done.state is RoundState.LABELLING
    assert (done.num_queries, done.num_resolved, done.num_evaluated) == (10, 0, 2)
    assert sum(map(sum, done.confusion)) == 2 * 320 * 240  # the pack has no void
    assert done.effort["regions"] == 0
    with database.write() as session:
        assert oracle.answer_packet(session, admin.actor, blobs, "demo", size=100) == 10
    second = start(database, admin, budget=Budget(amount=0))
    work_all(settings, database, blobs)
    assert read(database, first).state is RoundState.CLOSED
    final = read(database, second)
    assert final.state is RoundState.CLOSED  # budget 0: it trains and evaluates only
    assert final.checkpoint_in == done.checkpoint_out
    assert final.effort["regions"] == 10
    assert final.training_log[-1]["answered_loss"] > 0
    assert done.training_log[-1]["answered_loss"] == 0
    manifest = json.loads(blobs.get(final.manifest_key))
    assert sum(len(image["answers"]) for image in manifest["target"]) == 10
    assert all(image["label"] is None for image in manifest["target"])


def test_queries_are_the_pool_wide_greedy_of_the_stored_scores(database, blobs, admin, settings, project):
    round_ = start(database, admin)
    work_all(settings, database, blobs)
    with database.read() as session:
        asked = list(session.scalars(select(Query).where(Query.round_id == round_.id).order_by(Query.rank)))
        scored = rounds.scored_images(session, round_.id)
    assert [query.rank for query in asked] == list(range(10))
    scores = [query.score for query in asked]
    assert scores == sorted(scores, reverse=True)
    assert max(np.unique([query.image_id for query in asked], return_counts=True)[1]) <= 4
    for query in asked:
        assert query.score == pytest.approx(query.impurity * query.entropy, rel=1e-4)
        label_map = rle.decode(query.suggestion["label_map"]["data"], width=query.width, height=query.height)
        shares = np.bincount(label_map.ravel(), minlength=11) / label_map.size
        present = shares[shares > 0]
        assert query.impurity == pytest.approx(-(present * np.log(present)).sum() / np.log(11), abs=1e-5)
        assert shares[query.conflict[0]] == shares.max()
        assert query.suggestion["classes"][0]["probability"] <= 1
    boxes = [(query.image_id, query.x, query.y, query.width, query.height) for query in asked]
    for index, (image, x, y, w, h) in enumerate(boxes):
        for other, u, v, s, t in boxes[:index]:
            assert image != other or x + w <= u or u + s <= x or y + h <= v or v + t <= y, "regions overlap"
    left_out = [c["score"] for image in scored for c in image.candidates if image.image_id not in {b[0] for b in boxes}]
    assert not left_out or max(left_out) <= scores[-1]


def test_what_was_answered_is_not_asked_again(database, blobs, admin, settings, project):
    first = start(database, admin)
    work_all(settings, database, blobs)
    with database.write() as session:
        oracle.answer_packet(session, admin.actor, blobs, "demo", size=100)
    second = start(database, admin)
    work_all(settings, database, blobs)
    with database.read() as session:
        before = list(session.scalars(select(Query).where(Query.round_id == first.id)))
        after = list(session.scalars(select(Query).where(Query.round_id == second.id)))
    assert len(after) == 10
    for query in after:
        for old in before:
            apart = (
                query.image_id != old.image_id
                or query.x + query.width <= old.x
                or old.x + old.width <= query.x
                or query.y + query.height <= old.y
                or old.y + old.height <= query.y
            )
            assert apart


def test_segments_make_no_difference(database, blobs, admin, settings, quick):
    """A round cut into a segment a step gives the same weights, evaluation and queries as one that is not cut."""
    outcomes = []
    for slug, chosen in (("one", settings), ("two", quick)):
        project_with_images(database, blobs, admin, slug=slug, source=3, target=4, val=2, config=TINY)
        with database.write() as session:
            round_ = round_services.start(session, admin.actor, slug, Request(seed=7), idempotency_key=None)
        segments = work_all(chosen, database, blobs)
        done = read(database, round_)
        with database.read() as session:
            checkpoint = session.get_one(Checkpoint, done.checkpoint_out)
            asked = session.scalars(select(Query).where(Query.round_id == round_.id).order_by(Query.rank))
            places = [(query.x, query.y, query.score) for query in asked]
        weights = blobs.get(checkpoint.blob_key)
        header = int.from_bytes(weights[:8], "little")
        outcomes.append((weights[8 + header :], done.confusion, places))
        assert segments == (4 if chosen is settings else 6 + 2 * 2 + 4 + 1)  # two networks see two val images
    assert outcomes[0] == outcomes[1]


def test_a_snapshot_is_deleted_when_the_next_one_stands(database, blobs, admin, quick, project):
    round_ = start(database, admin)
    keys = []
    with database.read() as session:
        job = session.scalars(select(Job)).one()
    for _ in range(3):
        work_segment(quick, database, blobs, job.id)
        with database.read() as session:
            keys.append(session.get_one(Job, job.id).cursor["snapshot"])
    assert len(set(keys)) == 3
    assert [_stored(blobs, key) for key in keys] == [False, False, True]
    assert read(database, round_).state is RoundState.TRAINING
    work_all(quick, database, blobs)
    assert not _stored(blobs, keys[-1])


def test_maps_are_drawn_for_every_image_of_the_pool(database, blobs, admin, settings, project):
    round_ = start(database, admin)
    work_all(settings, database, blobs)
    with database.read() as session:
        drawn = list(session.scalars(select(ImageMap).where(ImageMap.round_id == round_.id)))
        pool = list(session.scalars(select(Image).where(Image.domain == "target", Image.split == "train")))
    kinds = {"score", "impurity", "entropy", "prediction", "pixel_entropy"}
    counts = {row.image_id for row in drawn if row.kind == "pseudo_label_counts"}
    pictures = [row for row in drawn if row.kind != "pseudo_label_counts"]
    assert {(row.image_id, row.kind) for row in pictures} == {(image.id, kind) for image in pool for kind in kinds}
    assert all(blobs.get(row.blob_key).startswith(b"\x89PNG") for row in pictures)
    assert counts == {image.id for image in pool}


@pytest.mark.parametrize(
    ("unit", "amount", "expected"), [(BudgetUnit.CLICKS, 7, 7), (BudgetUnit.PIXELS, 289 * 3 + 1, 4)]
)
def test_budgets_in_other_units(database, blobs, admin, settings, project, unit, amount, expected):
    round_ = start(database, admin, budget=Budget(amount=amount, unit=unit))
    work_all(settings, database, blobs)
    with database.read() as session:
        asked = list(session.scalars(select(Query).where(Query.round_id == round_.id).order_by(Query.rank)))
    if unit is BudgetUnit.PIXELS:
        areas = [query.width * query.height for query in asked]
        assert sum(areas) >= amount > sum(areas[:-1])
    else:
        assert len(asked) == expected


def test_random_differs_from_ripu_and_comes_again_with_the_seed(database, blobs, admin, settings):
    places = {}
    config = replace(TINY, acquisition=replace(TINY.acquisition, score=Score.RANDOM))
    for slug, seed in (("a", 1), ("b", 1), ("c", 2)):
        project_with_images(database, blobs, admin, slug=slug, source=3, target=4, val=2, config=config)
        with database.write() as session:
            round_ = round_services.start(session, admin.actor, slug, Request(seed=seed), idempotency_key=None)
        work_all(settings, database, blobs)
        with database.read() as session:
            asked = session.scalars(select(Query).where(Query.round_id == round_.id).order_by(Query.rank))
            places[slug] = [(query.x, query.y) for query in asked]
    assert places["a"] == places["b"] != places["c"]


def test_a_network_that_is_not_there_fails_in_words_and_a_retry_goes_on(database, blobs, admin, settings, project):
    config = replace(TINY, training=replace(TINY.training, network="no_such_net"))
    round_ = start(database, admin, config=config)
    work_all(settings, database, blobs)
    failed = read(database, round_)
    assert (failed.state, failed.failed_in, failed.error_code) == (
        RoundState.FAILED,
        RoundState.TRAINING,
        "missing_data",
    )
    assert "no network 'no_such_net'" in failed.error
    with database.write() as session:
        round_services.retry(session, admin.actor, round_.id)
    assert read(database, round_).state is RoundState.TRAINING


def test_a_loss_that_explodes_fails_in_words(database, blobs, admin, settings, project):
    config = replace(TINY, training=replace(TINY.training, learning_rate=1.0, iterations=200))
    round_ = start(database, admin, config=config)
    with database.read() as session:
        job = session.scalars(select(Job)).one()
    original = Trainer.step

    def explode(self, batch, *, seed):
        if self.iteration == 3:
            for parameter in self.student.parameters():
                parameter.data.fill_(float("inf"))
        return original(self, batch, seed=seed)

    Trainer.step = explode
    try:
        work_segment(settings, database, blobs, job.id)
    finally:
        Trainer.step = original
    failed = read(database, round_)
    assert (failed.state, failed.error_code) == (RoundState.FAILED, "training_diverged")
    assert "iteration 3" in failed.error


def test_scoring_goes_on_where_it_stopped(database, blobs, admin, quick, project):
    round_ = start(database, admin)
    work_all(quick, database, blobs, stop=lambda job: job.kind.value == "score_pool")
    with database.read() as session:
        job = session.scalars(select(Job).where(Job.state == JobState.QUEUED)).one()
    seen: list[int] = []
    for _ in range(3):
        work_segment(quick, database, blobs, job.id)
        with database.read() as session:
            seen.append(len(session.scalars(select(ScoredImage).where(ScoredImage.round_id == round_.id)).all()))
    assert seen == [1, 2, 3]


def test_the_val_split_is_evaluated_whole_and_the_pool_never(database, blobs, admin, settings, project):
    round_ = start(database, admin)
    work_all(settings, database, blobs)
    with database.read() as session:
        pool = images.pool(session, project.id)
    assert len(pool) == 4
    assert read(database, round_).num_evaluated == 2


def _stored(blobs, key) -> bool:
    from backend.domain.errors import NotFound

    try:
        blobs.get(key)
    except NotFound:
        return False
    return True
