"""My answers: seen again, newest first, and corrected without a lease; hidden suggestions stay hidden."""

import numpy as np
import pytest
from sqlalchemy import select

from backend.db.tables import Answer, Member, Query
from backend.domain import rle
from tests.factories import labelling_round, person
from tests.seats import Seat

API = "/api/v1"


@pytest.fixture
def seat(client, scene) -> Seat:
    return Seat(client, scene, scene.annotator)


def mine(client, who, **params) -> list[dict]:
    got = client.get(f"{API}/projects/demo/my-answers", params=params, headers=who.headers)
    assert got.status_code == 200, got.text
    return got.json()["items"]


def correct(client, scene, who, rank: int, body: dict, **headers: str):
    """Without a lease."""
    url = f"{API}/queries/{scene.query_ids[rank]}/answer"
    return client.put(url, json={"seconds": 2.5} | body, headers=who.headers | headers)


def hide(database, scene, *ranks: int) -> None:
    with database.write() as session:
        for rank in ranks:
            session.get_one(Query, scene.query_ids[rank]).suggestion_hidden = True


def ranks(items: list[dict]) -> list[int]:
    return [item["query"]["rank"] for item in items]


def test_they_come_newest_first_as_they_were_said(client, scene, seat):
    assert mine(client, scene.annotator) == []
    drawn = "255x17 3x272"
    seat.put(0, {"kind": "label_map", "label_map": {"encoding": "rle", "data": drawn}, "seconds": 6.5})
    seat.says(1, 4, accepted_suggestion=True)
    seat.unsure(2)
    found = mine(client, scene.annotator)
    assert ranks(found) == [2, 1, 0]
    said = [(one["kind"], one["class_id"], one["label_map"], one["kept_as"]) for one in found]
    assert said == [
        ("unsure", None, None, "opinion"),
        ("label_map", 4, None, "answer"),
        ("label_map", None, {"encoding": "rle", "data": drawn}, "answer"),
    ]
    assert [one["accepted_suggestion"] for one in found] == [False, True, False]
    assert (found[2]["seconds"], found[2]["round_index"], found[2]["can_change"]) == (6.5, 0, True)
    leased = {query["id"]: query for query in seat.packet["queries"]}[scene.query_ids[1]]
    assert found[1]["query"] == leased | {"revision": 1}
    assert ranks(mine(client, scene.annotator, limit=1)) == [2]


def test_what_is_changed_comes_first_again(client, scene, seat):
    for rank in range(3):
        seat.says(rank)
    before = mine(client, scene.annotator)[2]["said_at"]
    seat.says(0, 5)
    found = mine(client, scene.annotator)
    assert (ranks(found), found[0]["class_id"]) == ([0, 2, 1], 5)
    assert found[0]["said_at"] > before
    seat.says(1, 3)  # nothing new
    assert ranks(mine(client, scene.annotator)) == [0, 2, 1]


def test_one_sees_ones_own_of_this_project_only(client, database, scene, seat):
    seat.says(0)
    other = person(database, "bela@localhost")
    with database.write() as session:
        session.add(Member(project_id=scene.project_id, user_id=other.user_id))
    assert mine(client, other) == []
    classes = [{"class_id": i, "name": f"c{i}", "color": f"#00000{i}"} for i in (0, 1)]
    new = {"slug": "other", "name": "Other", "classes": classes}
    client.post(f"{API}/projects", json=new, headers=scene.admin.headers)
    elsewhere = client.get(f"{API}/projects/other/my-answers", headers=scene.admin.headers)
    assert elsewhere.json()["items"] == []
    outside = client.get(f"{API}/projects/demo/my-answers", headers=scene.outsider.headers)
    assert (outside.status_code, outside.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("limit", [0, 51])
def test_a_page_has_1_to_50(client, scene, limit):
    got = client.get(f"{API}/projects/demo/my-answers", params={"limit": limit}, headers=scene.annotator.headers)
    assert got.json()["code"] == "invalid_input"


def test_one_corrects_an_answer_after_the_packet_is_gone(client, scene, seat):
    seat.says(0, 3)
    client.delete(f"{API}/packets/{seat.packet['packet_id']}", headers=seat.headers)
    got = correct(client, scene, scene.annotator, 0, {"kind": "label_map", "class_id": 5, "revision": 1})
    assert (got.status_code, got.json()["kept_as"], got.json()["revision"]) == (200, "answer", 2)
    stale = correct(client, scene, scene.annotator, 0, {"kind": "void", "revision": 1})
    assert (stale.status_code, stale.json()["code"]) == (409, "stale_revision")
    found = mine(client, scene.annotator)[0]
    assert (found["class_id"], found["seconds"]) == (5, 2.5)


def test_who_is_not_sure_any_more_gives_the_query_to_others_without_a_lease_too(client, database, scene, seat):
    seat.says(0, 3)
    got = correct(client, scene, scene.annotator, 0, {"kind": "unsure"})
    assert (got.json()["query_state"], got.json()["kept_as"]) == ("open", "opinion")
    with database.read() as session:
        query = session.get(Query, scene.query_ids[0])
        assert (query.state, query.resolution, query.packet_id) == ("open", None, None)
    again = correct(client, scene, scene.annotator, 0, {"kind": "label_map", "class_id": 4})
    assert (again.json()["query_state"], again.json()["kept_as"]) == ("resolved", "answer")


def test_without_an_answer_of_ones_own_a_lease_is_needed(client, database, scene, seat):
    seat.says(0, 3)
    other = person(database, "bela@localhost")
    with database.write() as session:
        session.add(Member(project_id=scene.project_id, user_id=other.user_id))
    for who, rank in ((other, 0), (scene.annotator, 1), (scene.admin, 0)):
        got = correct(client, scene, who, rank, {"kind": "void"})
        assert (got.status_code, got.json()["code"]) == (403, "forbidden")
        assert "packet" in got.json()["detail"]
    assert correct(client, scene, scene.outsider, 0, {"kind": "void"}).status_code == 404
    wrong = correct(client, scene, scene.annotator, 0, {"kind": "void"}, **{"Lease-Token": "x" * 32})
    assert wrong.status_code == 403
    with database.read() as session:
        assert [(a.user_id, a.class_id) for a in session.scalars(select(Answer))] == [(scene.annotator.user_id, 3)]


def test_a_closed_round_shows_its_answers_and_takes_no_change(client, database, blobs, scene, seat):
    seat.says(0, 3)
    client.post(f"{API}/rounds/{scene.round_id}/close", json={"discard_open": True}, headers=scene.admin.headers)
    got = correct(client, scene, scene.annotator, 0, {"kind": "void"})
    assert (got.status_code, got.json()["code"]) == (409, "illegal_transition")
    _, query_ids = labelling_round(database, blobs, scene.project_id, num_queries=2, round_index=1)
    next_packet = Seat(client, scene, scene.annotator, size=1)
    url = f"{API}/queries/{query_ids[0]}/answer"
    client.put(url, json={"kind": "void", "seconds": 1}, headers=next_packet.headers)
    found = mine(client, scene.annotator)
    assert [(one["round_index"], one["can_change"], one["kind"]) for one in found] == [
        (1, True, "void"), (0, False, "label_map"),
    ]  # fmt: skip


def test_a_hidden_suggestion_is_shown_neither_before_nor_after_nor_taken(client, database, scene):
    hide(database, scene, 0)
    seat = Seat(client, scene, scene.annotator)
    seat.says(0, 3, accepted_suggestion=True)
    seat.says(1, 3, accepted_suggestion=True)
    leased = {query["rank"]: query for query in seat.packet["queries"]}
    answered = {one["query"]["rank"]: one for one in mine(client, scene.annotator)}
    for query in (leased[0], answered[0]["query"]):
        assert query["suggestion"] == {"classes": [], "label_map": None, "hidden": True}
        assert (query["why"]["classes"], query["why"]["rank"]) == ([], 0)
        assert query["why"]["score"] > 0
    for query in (leased[1], answered[1]["query"]):
        assert query["suggestion"]["hidden"] is False
        assert len(query["suggestion"]["classes"]) == 3
        assert len(query["why"]["classes"]) == 2
    assert (answered[0]["accepted_suggestion"], answered[1]["accepted_suggestion"]) == (False, True)
    admins = client.get(f"{API}/rounds/{scene.round_id}/queries", headers=scene.admin.headers).json()["items"]
    assert len(admins[0]["why"]["classes"]) == 2


def dominant(drawn: list[int]) -> str:
    """289 pixels that begin with these."""
    return rle.encode(np.array(drawn + [255] * (289 - len(drawn)), dtype=np.uint8).reshape(17, 17))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"kind": "label_map", "class_id": 0}, 0),
        ({"kind": "label_map", "label_map": dominant([4, 4, 7])}, 4),
        ({"kind": "label_map", "label_map": dominant([9, 9, 2, 2, 5])}, 2),
        ({"kind": "label_map", "label_map": dominant([])}, None),
        ({"kind": "void"}, None),
        ({"kind": "unsure"}, None),
        ({"kind": "bad_query"}, None),
    ],
)
def test_the_class_that_stands_for_an_answer_is_kept_with_it(client, database, seat, body, expected):
    seat.says(0, 10)
    if "label_map" in body:
        body = body | {"label_map": {"encoding": "rle", "data": body["label_map"]}}
    assert seat.put(0, body).status_code == 200
    with database.read() as session:
        assert session.scalars(select(Answer)).one().dominant_class == expected
