"""What people have done: counted as they said it, and the bias of suggestions against what is hidden."""

import pytest

from backend.db.tables import Member, Query
from tests.factories import Person, person
from tests.seats import Seat

API = "/api/v1"

NOTHING = {
    "answers": 0, "active_seconds": 0.0, "answers_per_minute": None, "label_maps": 0, "void": 0, "unsure": 0,
    "bad_query": 0, "opinions": 0, "accepted_suggestions": 0, "accepted_share": None,
    "shown": {"answers": 0, "agreeing": 0}, "hidden": {"answers": 0, "agreeing": 0}, "last_answer_at": None,
}  # fmt: skip
NO_BIAS = {"difference": None, "low": None, "high": None, "shown_answers": 0, "hidden_answers": 0}


@pytest.fixture
def second(database, scene) -> Person:
    other = person(database, "bela@localhost")
    with database.write() as session:
        session.add(Member(project_id=scene.project_id, user_id=other.user_id))
    return other


@pytest.fixture(autouse=True)
def thought(database, scene) -> None:
    """The teacher takes every region for class 3, but the last, of which it says nothing; 8 to 10 are hidden."""
    with database.write() as session:
        for rank, query_id in enumerate(scene.query_ids):
            query = session.get_one(Query, query_id)
            query.best_class, query.suggestion_hidden = None if rank == 11 else 3, 8 <= rank <= 10


def people(client, scene) -> dict:
    got = client.get(f"{API}/projects/demo/people", headers=scene.admin.headers)
    assert got.status_code == 200, got.text
    return got.json()


def mine(client, who) -> dict:
    return client.get(f"{API}/projects/demo/my-statistics", headers=who.headers).json()


def label_everything(client, scene, second) -> None:
    """Anna answers 0 to 8 and 11, Bela 9 and 10."""
    anna = Seat(client, scene, scene.annotator, size=9)
    bela = Seat(client, scene, second, size=2)
    again = Seat(client, scene, scene.annotator, size=1)
    drawn = "3x200 5x89"
    anna.says(0, 3, seconds=2.0, accepted_suggestion=True)
    anna.says(1, 3, seconds=2.0, accepted_suggestion=True)
    anna.says(2, 5, seconds=3.0)
    anna.put(3, {"kind": "label_map", "label_map": {"encoding": "rle", "data": drawn}, "seconds": 8.0})
    anna.put(4, {"kind": "label_map", "label_map": {"encoding": "rle", "data": "255x289"}, "seconds": 4.0})
    anna.put(5, {"kind": "void", "seconds": 1.0})
    anna.put(6, {"kind": "bad_query", "seconds": 1.0})
    anna.put(7, {"kind": "unsure", "seconds": 5.0})
    anna.says(8, 3, seconds=2.0, accepted_suggestion=True)  # hidden: nothing to accept
    again.says(11, 3, seconds=2.0)  # the teacher has said nothing of it
    bela.says(9, 4, seconds=6.0)
    bela.says(10, 3, seconds=4.0)


def test_everything_is_counted_as_it_was_said(client, scene, second):
    label_everything(client, scene, second)
    found = people(client, scene)
    anna, bela = found["items"]
    assert (anna["user_id"], anna["name"], anna["email"]) == (scene.annotator.user_id, "anna", "anna@localhost")
    counted = {name: value for name, value in anna.items() if name not in ("user_id", "name", "email")}
    last = counted.pop("last_answer_at")
    assert counted == {
        "answers": 10,
        "active_seconds": 30.0,
        "answers_per_minute": 20.0,
        "label_maps": 7,
        "void": 1,
        "unsure": 1,
        "bad_query": 1,
        "opinions": 1,
        "accepted_suggestions": 2,
        "accepted_share": 0.5,  # of 0, 1, 2 and 3
        "shown": {"answers": 4, "agreeing": 3},
        "hidden": {"answers": 1, "agreeing": 1},
    }
    assert (bela["email"], bela["answers"], bela["answers_per_minute"]) == ("bela@localhost", 2, 12.0)
    assert (bela["hidden"], bela["accepted_share"]) == ({"answers": 2, "agreeing": 1}, None)
    total = found["total"]
    assert (total["user_id"], total["name"], total["email"]) == (None, None, None)
    assert (total["answers"], total["active_seconds"], total["answers_per_minute"]) == (12, 40.0, 18.0)
    assert (total["shown"], total["hidden"]) == ({"answers": 4, "agreeing": 3}, {"answers": 3, "agreeing": 2})
    assert total["last_answer_at"] == bela["last_answer_at"] > last
    assert mine(client, scene.annotator) == anna
    assert mine(client, second) == bela


def test_the_bias_is_the_difference_with_its_interval(client, scene, second):
    label_everything(client, scene, second)
    bias = people(client, scene)["automation_bias"]
    assert (bias["shown_answers"], bias["hidden_answers"]) == (4, 3)
    assert bias["difference"] == pytest.approx(3 / 4 - 2 / 3)
    # Wilson's intervals of 3/4 and 2/3 are 0.3006 to 0.9544 and 0.2077 to 0.9385. By hand,
    # 1/12 - sqrt(0.4494² + 0.2718²) = 0.0833 - 0.5252 and 1/12 + sqrt(0.2044² + 0.4590²) = 0.0833 + 0.5025.
    assert bias["low"] == pytest.approx(-0.4419, abs=2e-4)
    assert bias["high"] == pytest.approx(0.5858, abs=2e-4)


def test_before_anybody_has_said_anything(client, scene, second):
    found = people(client, scene)
    assert [one["email"] for one in found["items"]] == ["anna@localhost", "bela@localhost"]
    nobody = {"user_id": None, "name": None, "email": None}
    assert found["total"] == NOTHING | nobody
    assert found["automation_bias"] == NO_BIAS
    assert mine(client, scene.admin) == NOTHING | {
        "user_id": scene.admin.user_id, "name": "admin", "email": "admin@localhost",
    }  # fmt: skip


def test_who_has_left_or_is_no_member_is_still_counted(client, scene, second):
    Seat(client, scene, second, size=1).says(0)
    Seat(client, scene, scene.admin, size=1).says(1)
    client.delete(f"{API}/projects/demo/members/{second.user_id}", headers=scene.admin.headers)
    found = people(client, scene)
    assert [(one["email"], one["answers"]) for one in found["items"]] == [
        ("admin@localhost", 1), ("anna@localhost", 0), ("bela@localhost", 1),
    ]  # fmt: skip
    assert found["total"]["answers"] == 2


def test_answers_in_other_projects_are_not_counted(client, scene):
    Seat(client, scene, scene.annotator, size=1).says(0)
    classes = [{"class_id": i, "name": f"c{i}", "color": f"#00000{i}"} for i in (0, 1)]
    client.post(
        f"{API}/projects", json={"slug": "other", "name": "Other", "classes": classes}, headers=scene.admin.headers
    )
    found = client.get(f"{API}/projects/other/people", headers=scene.admin.headers).json()
    assert (found["items"], found["total"]["answers"], found["automation_bias"]) == ([], 0, NO_BIAS)


def test_annotators_see_their_own_only_and_outsiders_nothing(client, scene):
    got = client.get(f"{API}/projects/demo/people", headers=scene.annotator.headers)
    assert (got.status_code, got.json()["code"]) == (403, "forbidden")
    got = client.get(f"{API}/projects/demo/my-statistics", headers=scene.outsider.headers)
    assert (got.status_code, got.json()["code"]) == (404, "not_found")
    assert client.get(f"{API}/projects/demo/people", headers=scene.outsider.headers).status_code == 403
