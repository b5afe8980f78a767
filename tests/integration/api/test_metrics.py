"""Figures of rounds over HTTP, as scripts and the project page read them."""

import pytest

from backend.db.tables import Evaluation, Project, Round
from backend.domain.protocols import SYNTHIA_16
from backend.domain.vocabulary import CheckpointRole, Split
from tests.evaluations import evaluate_checkpoints
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


def test_every_checkpoint_has_its_figures(client, database, scene):
    mious = {CheckpointRole.BEST_TEACHER: 0.1, CheckpointRole.STUDENT: 0.2, CheckpointRole.TEACHER: 0.3}
    evaluate_checkpoints(database, scene, Split.VAL, mious)
    got = client.get(f"{API}/rounds/{scene.round_id}/metrics", headers=scene.annotator.headers).json()
    assert [(one["role"], one["miou"]) for one in got["checkpoints"]] == [
        ("teacher", 0.3),
        ("student", 0.2),
        ("best_teacher", 0.1),
    ]
    teacher = got["checkpoints"][0]
    assert (teacher["split"], teacher["num_images"], teacher["pixel_accuracy"]) == ("val", 3, 0.75)
    assert (teacher["boundary_miou"], teacher["boundary_iou"]) == (0.25, [0.25] * 10 + [None])
    assert (teacher["calibration_error"], len(teacher["reliability"])) == (0.0625, 15)
    assert teacher["reliability"][-1] == {"pixels": 121, "confidence": 0.97, "accuracy": 0.9}
    assert teacher["protocols"] == []  # the pack's classes are not those of Cityscapes
    assert got["miou"] == pytest.approx(60 / 140)  # the round's own fields stay what they were


@pytest.mark.parametrize(("split", "flattered"), [(Split.VAL, True), (Split.TEST, False)])
def test_the_best_is_said_to_be_chosen_where_it_is_judged_only_without_a_test_split(
    client, database, scene, split, flattered
):
    evaluate_checkpoints(database, scene, split, dict.fromkeys(CheckpointRole, 0.5))
    got = client.get(f"{API}/rounds/{scene.round_id}/metrics", headers=scene.annotator.headers).json()
    assert got["split"] == split
    assert {one["role"]: one["selected_on_this_split"] for one in got["checkpoints"]} == {
        "teacher": False,
        "student": False,
        "best_teacher": flattered,
    }


def test_protocols_are_found_by_the_names_of_classes(client, database, scene):
    evaluate_checkpoints(database, scene, Split.TEST, {CheckpointRole.TEACHER: 0.1})
    names = (*SYNTHIA_16, "sky at night")
    with database.write() as session:
        project = session.get_one(Project, scene.project_id)
        project.classes = [{"name": name} for name in names]
        row = session.query(Evaluation).one()
        row.iou = [0.5] * 12 + [0.9] + [0.5] * 3 + [0.0]
    got = client.get(f"{API}/rounds/{scene.round_id}/metrics", headers=scene.annotator.headers).json()
    assert names[12] == "car"
    assert got["checkpoints"][0]["protocols"] == [
        {"name": "synthia_16", "num_classes": 16, "miou": pytest.approx(8.4 / 16)},
        {"name": "synthia_13", "num_classes": 13, "miou": pytest.approx(6.9 / 13)},
    ]


def test_a_round_is_evaluated_as_it_asks(client, scene):
    config = client.get(f"{API}/projects/demo", headers=scene.admin.headers).json()["config"]
    assert config["evaluation"] == {
        "mode": "whole", "window": [769, 769], "stride": None, "flip": False, "scales": [1.0],
    }  # fmt: skip
    wanted = {"mode": "windows", "window": [512, 768], "stride": [300, 500], "flip": True, "scales": [0.75, 1.25]}
    body = {"revision": 0, "config": config | {"evaluation": wanted}}
    changed = client.patch(f"{API}/projects/demo", headers=scene.admin.headers, json=body)
    assert changed.status_code == 200, changed.text
    assert client.get(f"{API}/projects/demo", headers=scene.admin.headers).json()["config"]["evaluation"] == wanted


@pytest.mark.parametrize(
    "wrong", [{"window": [100, 200], "stride": [100, 201]}, {"scales": []}, {"scales": [0.0]}, {"window": [5]}]
)
def test_an_evaluation_that_cannot_be_is_refused(client, scene, wrong):
    config = client.get(f"{API}/projects/demo", headers=scene.admin.headers).json()["config"]
    body = {"revision": 0, "config": config | {"evaluation": wrong}}
    refused = client.patch(f"{API}/projects/demo", headers=scene.admin.headers, json=body)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_input")


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
