"""Figures of rounds over HTTP, as scripts and the project page read them."""

import pytest

from backend.db.tables import Round
from tests.factories import labelling_round

API = "/api/v1"


def test_the_learning_curve_has_the_fields_of_the_contract(client, scene):
    got = client.get(f"{API}/projects/demo/learning-curve", headers=scene.annotator.headers)
    assert got.json() == {
        "points": [
            {
                "round_id": scene.round_id, "round_index": 0, "miou": pytest.approx(60 / 140), "regions": 0,
                "clicks": 0, "pixels": 0, "images": 0, "human_hours": 0.0,
            }
        ]
    }  # fmt: skip


def test_points_come_oldest_first_and_a_round_that_was_not_evaluated_has_none(client, database, blobs, scene):
    with database.write() as session:
        session.get_one(Round, scene.round_id).state = "closed"
    second, _ = labelling_round(database, blobs, scene.project_id, num_queries=3, round_index=1)
    with database.write() as session:
        round_ = session.get_one(Round, second)
        round_.state, round_.miou = "closed", 0.5
        round_.effort = {"regions": 12, "clicks": 19, "pixels": 3468, "images": 4, "seconds": 1800.0}
    third, _ = labelling_round(database, blobs, scene.project_id, num_queries=3, round_index=2)
    with database.write() as session:
        session.get_one(Round, third).num_evaluated = 0
    points = client.get(f"{API}/projects/demo/learning-curve", headers=scene.annotator.headers).json()["points"]
    assert [(p["round_index"], p["regions"], p["clicks"], p["pixels"], p["images"]) for p in points] == [
        (0, 0, 0, 0, 0),
        (1, 12, 19, 3468, 4),
    ]
    assert (points[1]["miou"], points[1]["human_hours"]) == (0.5, 0.5)


def test_the_metrics_of_a_round_tell_classes_apart(client, scene):
    """The scene's network is right for 60 pixels of each of 11 classes, and wrong for 4 of every other pair."""
    got = client.get(f"{API}/rounds/{scene.round_id}/metrics", headers=scene.annotator.headers).json()
    assert (got["round_index"], got["split"], got["num_images"]) == (0, "val", 1)
    assert got["iou"] == [pytest.approx(60 / (100 + 100 - 60))] * 11
    assert got["pixel_accuracy"] == pytest.approx(0.6)
    assert [sum(row) for row in got["confusion"]] == [100] * 11


def test_a_round_without_an_evaluation_has_no_metrics(client, database, scene):
    with database.write() as session:
        session.get_one(Round, scene.round_id).confusion = None
    got = client.get(f"{API}/rounds/{scene.round_id}/metrics", headers=scene.annotator.headers)
    assert (got.status_code, got.json()["code"]) == (404, "not_found")


def test_the_training_log_is_handed_out_as_it_was_written(client, database, scene):
    rows = [{"iteration": 10, "loss": 1.5}, {"iteration": 20, "loss": 1.25}]
    with database.write() as session:
        session.get_one(Round, scene.round_id).training_log = rows
    got = client.get(f"{API}/rounds/{scene.round_id}/training-log", headers=scene.annotator.headers)
    assert got.json() == {"rows": rows}
