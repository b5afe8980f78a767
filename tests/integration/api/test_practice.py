"""Practice: regions of labelled source images, whose truth is the label map's own pixels."""

import io

import numpy as np
import pytest
from PIL import Image as Pillow
from sqlalchemy import func, select

from backend.db.tables import Answer, Image, Packet, Project, Query
from backend.domain import rle
from backend.domain.vocabulary import Domain, Split
from tests.factories import add_pack_images, empty_project

API = "/api/v1"


def practise(client, who, **body) -> list[dict]:
    got = client.post(f"{API}/projects/demo/practice", json=body, headers=who.headers)
    assert got.status_code == 200, got.text
    return got.json()["items"]


@pytest.fixture
def truth(database, blobs, scene) -> dict[str, np.ndarray]:
    """Label maps of the source images by id."""
    with database.read() as session:
        rows = session.query(Image).filter_by(project_id=scene.project_id, domain="source", split="train").all()
        return {row.id: np.asarray(Pillow.open(io.BytesIO(blobs.get(row.label_key)))) for row in rows}


def cut(labels: np.ndarray, box: dict) -> np.ndarray:
    return labels[box["y"] : box["y"] + box["height"], box["x"] : box["x"] + box["width"]]


def test_truth_is_what_the_label_map_says(client, scene, truth):
    items = practise(client, scene.annotator, size=30, seed=1)
    assert len(items) == 30
    for item in items:
        box = item["query"]["box"]
        assert (box["width"], box["height"]) == (17, 17)
        here = cut(truth[item["query"]["image_id"]], box)
        said = item["truth"]
        assert said["label_map"]["encoding"] == "rle"
        np.testing.assert_array_equal(rle.decode(said["label_map"]["data"], width=17, height=17), here)
        present, counts = np.unique(here[here != 255], return_counts=True)
        assert said["dominant_class"] == present[counts.argmax()]
        assert said["is_mixed"] == (len(present) > 1)
        assert 2 * (here == 255).sum() <= here.size


def test_half_of_them_are_centred_where_classes_meet_and_none_overlap(client, scene, truth):
    items = practise(client, scene.annotator, size=30, seed=2)
    centred = 0
    painted = {image_id: np.zeros(labels.shape, dtype=int) for image_id, labels in truth.items()}
    for item in items:
        box, labels = item["query"]["box"], truth[item["query"]["image_id"]]
        row, column = box["y"] + 8, box["x"] + 8
        right, below = labels[row, column + 1], labels[row + 1, column]
        centred += any(labels[row, column] != one != 255 for one in (right, below)) and labels[row, column] != 255
        cut(painted[item["query"]["image_id"]], box)[:] += 1
    assert 15 <= centred <= 22
    assert max(one.max() for one in painted.values()) == 1


def test_they_come_in_the_shape_of_queries_and_say_nothing_of_a_network(client, scene):
    item = practise(client, scene.annotator, size=1)[0]["query"]
    packet = client.post(f"{API}/projects/demo/packets", json={"size": 1}, headers=scene.annotator.headers).json()
    assert item.keys() == packet["queries"][0].keys()
    assert item["id"].startswith("practice-")
    assert item["suggestion"] == {"classes": [], "label_map": None, "hidden": False}
    assert item["why"] == {
        "score": 0, "impurity": 0, "entropy": 0, "classes": [], "rank": 0, "selection_probability": None,
        "acquisition_version": 0,
    }  # fmt: skip
    for url in (item["close_up_url"], item["context_url"]):
        assert client.get(url, headers=scene.annotator.headers).status_code == 200
    body = {"kind": "void", "seconds": 1}
    assert (
        client.put(f"{API}/queries/{item['id']}/answer", json=body, headers=scene.annotator.headers).status_code == 404
    )


def test_a_seed_gives_the_same_again_and_none_gives_others(client, scene):
    first, again, other = (practise(client, scene.annotator, seed=seed) for seed in (7, 7, 8))
    assert len(first) == 10
    assert first == again != other
    assert len({str(practise(client, scene.annotator)) for _ in range(3)}) == 3
    assert len({item["query"]["id"] for item in first}) == 10


def test_nothing_is_stored(client, database, scene):
    def rows() -> list[int]:
        with database.read() as session:
            return [session.scalar(select(func.count()).select_from(table)) for table in (Query, Answer, Packet)]

    before = rows()
    practise(client, scene.annotator, size=30)
    assert rows() == before == [12, 0, 0]


def test_val_test_and_target_images_are_never_shown(client, database, blobs, scene):
    with database.write() as session:
        sources = session.query(Image).filter_by(project_id=scene.project_id, domain="source").all()
        sources[0].split = "val"
        kept = sources[1].id
    for seed in range(5):
        assert {item["query"]["image_id"] for item in practise(client, scene.annotator, size=30, seed=seed)} == {kept}
    with database.write() as session:
        session.get_one(Image, kept).split = "test"
    got = client.post(f"{API}/projects/demo/practice", json={}, headers=scene.annotator.headers)
    assert (got.status_code, got.json()["code"]) == (422, "missing_data")
    assert "import source images" in got.json()["detail"]


def test_at_most_six_images_are_read(client, database, blobs, admin):
    project = empty_project(database, admin)
    add_pack_images(database, blobs, project, Domain.SOURCE, Split.TRAIN, count=9)
    items = practise(client, admin, size=30, seed=0)
    images = {item["query"]["image_id"] for item in items}
    assert (len(items), len(images)) == (30, 6)


def test_the_projects_radius_is_the_windows(client, database, scene):
    with database.write() as session:
        project = session.get_one(Project, scene.project_id)
        project.config = project.config | {"acquisition": project.config["acquisition"] | {"radius": 20}}
    boxes = [item["query"]["box"] for item in practise(client, scene.annotator, size=4, seed=0)]
    assert {(box["width"], box["height"]) for box in boxes} == {(41, 41)}


@pytest.mark.parametrize("body", [{"size": 0}, {"size": 31}, {"seed": -1}, {"more": 1}])
def test_what_is_out_of_range_is_refused(client, scene, body):
    got = client.post(f"{API}/projects/demo/practice", json=body, headers=scene.annotator.headers)
    assert got.json()["code"] == "invalid_input"


def test_it_is_for_members(client, scene):
    got = client.post(f"{API}/projects/demo/practice", json={}, headers=scene.outsider.headers)
    assert (got.status_code, got.json()["code"]) == (404, "not_found")
