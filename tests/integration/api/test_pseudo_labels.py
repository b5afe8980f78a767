"""The inspector's calls: for admins, of rounds that were scored, and never more than there is."""

import io
import json

import numpy as np
import pytest
from PIL import Image as Pillow

from backend.db.tables import Image, ImageMap, Job
from backend.domain.job_state import JobKind, JobState, Queue
from backend.domain.vocabulary import Domain, Split
from tests.factories import png

API = "/api/v1"


@pytest.fixture
def pool(database, scene) -> list[str]:
    with database.read() as session:
        rows = session.query(Image).filter_by(project_id=scene.project_id, domain=Domain.TARGET, split=Split.TRAIN)
        return [image.id for image in rows.order_by(Image.position)]


def scored(database, blobs, scene, summary: dict, *, kind=JobKind.SCORE_POOL, state=JobState.SUCCEEDED) -> None:
    with database.write() as session:
        session.add(
            Job(
                project_id=scene.project_id,
                round_id=scene.round_id,
                kind=kind,
                queue=Queue.GPU,
                state=state,
                result={"images": 4, "pseudo_labels": blobs.put(json.dumps(summary).encode())},
            )
        )


def summary_of(pool: list[str], *, kept: int = 7) -> dict:
    counted = {"open": 10, "kept": [kept, 10], "agreed": 1, "overruled": 2, "void": 3, "sieved": 4}
    return {
        "alphas": [0.2, 0.0],
        "levels": [31, 255],
        "classes": [counted | {"entropy": entropy} for entropy in (0.25, None)],
        "images": [{"image_id": image_id, "open": 10, "kept": [kept, 10], "answered": 5} for image_id in pool],
    }


def test_counts_come_as_the_worker_wrote_them_with_the_names_of_images(client, database, blobs, scene, pool):
    url = f"{API}/rounds/{scene.round_id}/pseudo-labels"
    missing = client.get(url, headers=scene.admin.headers)
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
    scored(database, blobs, scene, summary_of(pool, kept=1), state=JobState.FAILED)
    scored(database, blobs, scene, summary_of(pool, kept=2), kind=JobKind.SELECT_REGIONS)
    assert client.get(url, headers=scene.admin.headers).status_code == 404
    scored(database, blobs, scene, summary_of(pool, kept=3))
    scored(database, blobs, scene, summary_of(pool))
    found = client.get(url, headers=scene.admin.headers).json()
    assert (found["round_id"], found["round_index"]) == (scene.round_id, 0)
    assert (found["alphas"], found["levels"]) == ([0.2, 0.0], [31, 255])
    assert [row["class_id"] for row in found["classes"]] == [0, 1]
    assert found["classes"][1] == {
        "class_id": 1,
        "open": 10,
        "kept": [7, 10],
        "entropy": None,
        "agreed": 1,
        "overruled": 2,
        "void": 3,
        "sieved": 4,
    }
    assert [row["image_id"] for row in found["images"]] == pool
    assert {(row["width"], row["height"], row["open"], row["answered"]) for row in found["images"]} == {
        (320, 240, 10, 5)
    }
    assert all(row["name"].endswith(".jpg") or row["name"].endswith(".png") for row in found["images"])


def test_what_people_had_said_comes_as_it_lies(client, database, blobs, scene, pool):
    said = np.random.default_rng(1).integers(0, 256, (6, 8, 2), dtype=np.uint8)
    with database.write() as session:
        key = blobs.put(png(said))
        session.add(ImageMap(round_id=scene.round_id, image_id=pool[0], kind="answers", blob_key=key))
    url = f"{API}/rounds/{scene.round_id}/answers/{pool[0]}"
    got = client.get(url, headers=scene.admin.headers)
    with Pillow.open(io.BytesIO(got.content)) as picture:
        assert np.array_equal(np.asarray(picture), said)
    assert "immutable" in got.headers["cache-control"]
    again = client.get(url, headers=scene.admin.headers | {"If-None-Match": got.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(url.replace(pool[0], pool[1]), headers=scene.admin.headers).status_code == 404


def test_the_entropy_of_pixels_is_a_map_as_the_others_are(client, database, blobs, scene, pool):
    with database.write() as session:
        key = blobs.put(b"drawn by the worker")
        session.add(ImageMap(round_id=scene.round_id, image_id=pool[0], kind="pixel_entropy", blob_key=key))
    url = f"{API}/images/{pool[0]}/maps/pixel_entropy?round={scene.round_id}"
    assert client.get(url, headers=scene.admin.headers).content == b"drawn by the worker"
    for kind in ("answers", "pseudo_label_counts"):  # not for everybody, and no picture
        assert client.get(url.replace("pixel_entropy", kind), headers=scene.admin.headers).status_code == 422


def test_annotators_see_neither_counts_nor_each_others_answers(client, database, blobs, scene, pool):
    scored(database, blobs, scene, summary_of(pool))
    for path in (f"rounds/{scene.round_id}/pseudo-labels", f"rounds/{scene.round_id}/answers/{pool[0]}"):
        for person in (scene.annotator, scene.outsider):
            got = client.get(f"{API}/{path}", headers=person.headers)
            assert (got.status_code, got.json()["code"]) == (403, "forbidden")
        assert client.get(f"{API}/{path}").status_code == 401
