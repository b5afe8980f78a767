"""What a round learns from: source labels and people's answers, frozen once; reference labels never."""

import json

import numpy as np
import pytest
from sqlalchemy import select

from backend.db.tables import Image, Project, Query, Round
from backend.domain import rle
from backend.domain.vocabulary import AnswerKind, Domain, Split
from backend.services import answers, manifests, metrics, packets, rounds
from backend.services.answers import Said


@pytest.fixture
def answer(database, scene):
    """Give answers to the scene's queries by rank."""

    def give(said: dict[int, Said]) -> None:
        with database.write() as session:
            leased = packets.lease(session, scene.annotator.actor, scene.slug, size=100, lease_seconds=600)
            for rank, what in said.items():
                answers.put(session, scene.annotator.actor, scene.query_ids[rank], what, lease_token=leased.lease_token)
            packets.give_back(session, scene.annotator.actor, leased.packet_id, lease_token=leased.lease_token)

    return give


def freeze(database, blobs, scene) -> Round:
    """Freeze the manifest of the round after the scene's."""
    with database.write() as session:
        round_ = session.scalar(select(Round).where(Round.round_index == 1))
        if round_ is None:
            rounds.close(session, scene.admin.actor, scene.round_id, discard_open=True)
            round_ = rounds.start(session, scene.admin.actor, scene.slug, rounds.Request(), idempotency_key=None)
        manifests.freeze(session, blobs, session.get_one(Project, scene.project_id), round_)
        return round_


def rows(database, table) -> list:
    with database.read() as session:
        return list(session.scalars(select(table)))


def test_every_answer_that_teaches_is_in_it_and_nothing_else(database, blobs, scene, answer):
    drawn = np.full((17, 17), 4, dtype=np.uint8)
    drawn[:, :5] = 7
    answer(
        {
            0: Said(kind=AnswerKind.LABEL_MAP, class_id=3, seconds=2.0),
            1: Said(kind=AnswerKind.LABEL_MAP, label_map=("rle", rle.encode(drawn)), seconds=6.0),
            2: Said(kind=AnswerKind.VOID, seconds=1.0),
            3: Said(kind=AnswerKind.BAD_QUERY, seconds=0.5),
            4: Said(kind=AnswerKind.UNSURE, seconds=4.0),
        }
    )
    manifest = manifests.read(blobs, freeze(database, blobs, scene).manifest_key)
    asked = {query.rank: query for query in rows(database, Query)}
    taught = {
        (image.image_id, said.box.x, said.box.y, said.box.width, said.box.height): said.label_map
        for image in manifest.target
        for said in image.answers
    }
    expected = {0: np.full((17, 17), 3), 1: drawn, 2: np.full((17, 17), 255)}
    assert taught.keys() == {(q.image_id, q.x, q.y, 17, 17) for rank, q in asked.items() if rank in expected}
    for rank, label_map in expected.items():
        query = asked[rank]
        assert np.array_equal(taught[query.image_id, query.x, query.y, 17, 17], label_map)


def test_reference_labels_are_never_in_it(database, blobs, scene):
    key = freeze(database, blobs, scene).manifest_key
    images = rows(database, Image)
    secret = [image.label_key for image in images if image.domain is Domain.TARGET]
    teaching = [i.label_key for i in images if (i.domain, i.split) == (Domain.SOURCE, Split.TRAIN)]
    assert len(secret) == 5
    assert None not in secret
    text = blobs.get(key).decode()
    assert not any(label in text for label in secret)
    assert [entry["label"] for entry in json.loads(text)["source"]] == teaching
    assert all(image.label_key is None for image in manifests.read(blobs, key).target)
    val = {image.id for image in images if image.split is Split.VAL}
    assert not any(image_id in text for image_id in val)


def test_it_is_frozen_once_and_what_comes_later_is_not_in_it(database, blobs, scene, answer):
    answer({0: Said(kind=AnswerKind.VOID)})
    first = freeze(database, blobs, scene)
    with database.write() as session:  # as an answer in flight would, that was counted just before the round closed
        late = Query(**_copied(session.get_one(Query, scene.query_ids[1])))
        session.add(late)
        session.flush()
        session.add(_answer(late.id, scene.annotator.user_id))
    again = freeze(database, blobs, scene)
    assert (again.manifest_key, again.effort) == (first.manifest_key, first.effort)
    assert blobs.get(first.manifest_key).count(b'"answer_id"') == 1


def _copied(query: Query) -> dict:
    names = (
        "round_id",
        "image_id",
        "x",
        "y",
        "width",
        "height",
        "pixels",
        "acquisition_version",
        "score",
        "impurity",
        "entropy",
        "conflict",
    )
    return {name: getattr(query, name) for name in names} | {"rank": 99, "suggestion": {}}


def _answer(query_id: str, user_id: str):
    from backend.db.tables import Answer

    return Answer(query_id=query_id, user_id=user_id, kind="void", seconds=1.0, kept_as="answer")


def test_the_same_labels_have_the_same_hash(database, blobs, scene, answer):
    answer({0: Said(kind=AnswerKind.VOID)})
    with database.write() as session:
        project = session.get_one(Project, scene.project_id)
        keys = []
        for index in (7, 8):
            round_ = Round(
                project_id=project.id, round_index=index, state="closed", config=project.config, seed=index,
                started_by="x",
            )  # fmt: skip
            session.add(round_)
            session.flush()
            manifests.freeze(session, blobs, project, round_)
            keys.append(round_.manifest_key)
    assert keys[0] == keys[1]


def test_effort_counts_regions_clicks_pixels_images_and_all_the_time(database, blobs, scene, answer):
    two, three = np.zeros((17, 17), dtype=np.uint8), np.zeros((17, 17), dtype=np.uint8)
    two[0], three[0], three[1] = 1, 1, 2
    answer(
        {
            0: Said(kind=AnswerKind.LABEL_MAP, class_id=3, seconds=2.0),  # 1 click
            1: Said(kind=AnswerKind.LABEL_MAP, label_map=("rle", rle.encode(two)), seconds=6.0),  # 1 + 2
            2: Said(kind=AnswerKind.LABEL_MAP, label_map=("rle", rle.encode(three)), seconds=8.0),  # 1 + 3
            3: Said(kind=AnswerKind.VOID, seconds=1.0),  # 1
            4: Said(kind=AnswerKind.BAD_QUERY, seconds=1.0),  # 1
            5: Said(kind=AnswerKind.UNSURE, seconds=18.0),  # no answer, but work
        }
    )
    effort = freeze(database, blobs, scene).effort
    images = {query.image_id for query in rows(database, Query) if query.rank in (0, 1, 2, 3)}
    assert effort == {
        "regions": 5, "clicks": 1 + 3 + 4 + 1 + 1, "pixels": 5 * 289, "images": len(images), "seconds": 36.0,
    }  # fmt: skip


def test_the_learning_curve_has_each_evaluated_round_with_the_work_before_it(database, blobs, scene, answer):
    answer({0: Said(kind=AnswerKind.VOID, seconds=36.0)})
    second = freeze(database, blobs, scene)
    with database.write() as session:
        session.get_one(Round, second.id).num_evaluated = 1
        session.get_one(Round, second.id).miou = 0.5
    with database.read() as session:
        curve = metrics.learning_curve(session, scene.annotator.actor, scene.slug)
    assert [(p.round_index, p.regions, p.clicks, p.pixels, p.images, p.human_hours) for p in curve] == [
        (0, 0, 0, 0, 0, 0.0),
        (1, 1, 1, 289, 1, 0.01),
    ]
    assert curve[1].miou == 0.5


def test_metrics_are_those_of_the_confusion_matrix_by_hand(database, scene):
    with database.write() as session:
        session.get_one(Round, scene.round_id).confusion = [[6, 2, 0], [1, 3, 0], [0, 0, 0]]
    with database.read() as session:
        got = metrics.of_round(session, scene.annotator.actor, scene.round_id)
    # class 0: 6 hits of 8 true and 7 told, union 9; class 1: 3 of 4 and 5, union 6; class 2 occurs nowhere
    assert got.iou == [pytest.approx(6 / 9), pytest.approx(3 / 6), None]
    assert got.pixel_accuracy == pytest.approx(9 / 12)
