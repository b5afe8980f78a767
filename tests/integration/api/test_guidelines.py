"""Guidelines of classes, and the examples beside them."""

import pytest

from backend.db.tables import Image, Project, Query
from tests.seats import Seat

API = "/api/v1"


def project(client, who) -> dict:
    return client.get(f"{API}/projects/demo", headers=who.headers).json()


def bodies(seen: dict, **texts: str | None) -> list[dict]:
    """The classes as they are, with other guidelines: `c3="…"`. What is left out is sent without the field."""
    sent = []
    for one in seen["classes"]:
        body = {name: value for name, value in one.items() if name != "guideline"}
        if f"c{one['class_id']}" in texts:
            body["guideline"] = texts[f"c{one['class_id']}"]
        sent.append(body)
    return sent


def patch(client, scene, body):
    revision = project(client, scene.admin)["revision"]
    return client.patch(f"{API}/projects/demo", json={"revision": revision} | body, headers=scene.admin.headers)


def texts(client, who) -> list[str]:
    return [one["guideline"] for one in project(client, who)["classes"]]


def test_a_guideline_is_written_alone_and_kept_by_whoever_does_not_know_of_it(client, scene):
    before = project(client, scene.annotator)
    assert texts(client, scene.annotator) == [""] * 11
    got = patch(client, scene, {"classes": bodies(before, c3="Poles of lamps, too.\nNot trunks.", c0="Sky")})
    assert got.status_code == 200, got.text
    changed = project(client, scene.annotator)
    assert [{**one, "guideline": ""} for one in changed["classes"]] == before["classes"]
    assert (changed["classes"][3]["guideline"], changed["classes"][0]["guideline"]) == (
        "Poles of lamps, too.\nNot trunks.", "Sky",
    )  # fmt: skip
    patch(client, scene, {"classes": bodies(before, c0=None)})  # null and left out
    patch(client, scene, {"name": "Other"})
    assert texts(client, scene.annotator) == ["Sky", "", "", "Poles of lamps, too.\nNot trunks.", *[""] * 7]
    patch(client, scene, {"classes": bodies(before, c3="")})
    assert texts(client, scene.annotator)[3] == ""


def test_a_new_project_has_those_it_comes_with(client, admin):
    classes = [
        {"class_id": 0, "name": "road", "color": "#804080", "guideline": "Where cars may drive."},
        {"class_id": 1, "name": "car", "color": "#400080"},
    ]
    new = {"slug": "demo", "name": "Demo", "classes": classes}
    client.post(f"{API}/projects", json=new, headers=admin.headers)
    assert texts(client, admin) == ["Where cars may drive.", ""]


def test_classes_from_before_guidelines_have_empty_ones(client, database, scene):
    with database.write() as session:
        row = session.get_one(Project, scene.project_id)
        row.classes = [{name: value for name, value in one.items() if name != "guideline"} for one in row.classes]
    assert texts(client, scene.annotator) == [""] * 11
    assert patch(client, scene, {"classes": bodies(project(client, scene.admin), c1="x")}).status_code == 200
    assert texts(client, scene.annotator)[:3] == ["", "x", ""]


def test_one_that_is_too_long_is_refused(client, scene):
    before = project(client, scene.admin)
    assert patch(client, scene, {"classes": bodies(before, c1="x" * 4000)}).status_code == 200
    got = patch(client, scene, {"classes": bodies(before, c1="x" * 4001)})
    assert (got.status_code, got.json()["code"]) == (422, "invalid_input")
    assert texts(client, scene.admin)[1] == "x" * 4000


def examples(client, who, class_id: int = 3) -> dict:
    got = client.get(f"{API}/projects/demo/classes/{class_id}/examples", headers=who.headers)
    assert got.status_code == 200, got.text
    return got.json()


@pytest.fixture
def seat(client, database, scene) -> Seat:
    """All 12 queries, of each image three; the teacher takes the first six for class 3, the others for 4."""
    with database.write() as session:
        pool = session.query(Image).filter_by(domain="target", split="train").order_by(Image.position).all()
        assert len(pool) == 4
        for rank, query_id in enumerate(scene.query_ids):
            query = session.get_one(Query, query_id)
            query.image_id, query.best_class = pool[rank % 4].id, 3 if rank < 6 else 4
    return Seat(client, scene, scene.annotator, size=12)


def shown(scene, found: list[dict]) -> list[tuple]:
    """(rank, what people said, what the teacher thought) of examples."""
    return [(scene.query_ids.index(one["query_id"]), one["class_id"], one["suggested_class_id"]) for one in found]


def test_examples_are_what_people_said_and_what_only_the_teacher_did(client, scene, seat):
    assert examples(client, scene.annotator) == {"positive": [], "negative": []}
    seat.says(0, 3)
    seat.says(1, 5)
    seat.says(6, 3)
    seat.says(7, 4)
    seat.put(2, {"kind": "void"})
    seat.put(3, {"kind": "label_map", "label_map": {"encoding": "rle", "data": "3x288 5x1"}})  # not the whole region
    found = examples(client, scene.annotator)
    assert shown(scene, found["positive"]) == [(6, 3, 4), (0, 3, 3)]
    assert shown(scene, found["negative"]) == [(1, 5, 3)]
    first = found["positive"][0]
    assert (first["box"]["width"], first["region"], first["close_up_box"]["width"]) == (17, None, 33)
    assert client.get(first["close_up_url"], headers=scene.annotator.headers).status_code == 200


def test_there_are_six_at_most_the_newest_and_each_image_comes_before_a_second_of_one(client, scene, seat):
    for rank in (0, 4, 8, 1, 5, 9, 2, 6, 10):  # images 0, 0, 0, 1, 1, 1, 2, 2, 2
        seat.says(rank, 3)
    positive = shown(scene, examples(client, scene.annotator)["positive"])
    assert [rank for rank, _, _ in positive] == [10, 6, 9, 5, 8, 4]
    seat.says(3, 3)  # a fourth image
    positive = shown(scene, examples(client, scene.annotator)["positive"])
    assert [rank for rank, _, _ in positive] == [3, 10, 6, 9, 5, 8]


def test_an_opinion_is_no_example_and_neither_is_what_was_taken_back(client, scene, seat):
    seat.says(0, 3)
    seat.undo(0)
    seat.unsure(1)
    assert examples(client, scene.annotator) == {"positive": [], "negative": []}


def test_a_hidden_suggestion_is_not_given_away(client, database, scene, seat):
    with database.write() as session:
        for rank in (0, 1):
            session.get_one(Query, scene.query_ids[rank]).suggestion_hidden = True
    seat.says(0, 3)
    seat.says(1, 5)
    found = examples(client, scene.annotator)
    assert (shown(scene, found["positive"]), found["negative"]) == ([(0, 3, None)], [])


def test_examples_are_for_members_and_of_classes_that_there_are(client, scene):
    url = f"{API}/projects/demo/classes"
    assert client.get(f"{url}/3/examples", headers=scene.outsider.headers).status_code == 404
    assert client.get(f"{url}/10/examples", headers=scene.annotator.headers).status_code == 200
    got = client.get(f"{url}/11/examples", headers=scene.annotator.headers)
    assert (got.status_code, got.json()["code"]) == (404, "not_found")
    assert client.get(f"{url}/255/examples", headers=scene.annotator.headers).status_code == 422
