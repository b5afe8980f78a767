"""Verification: packets of queries of one class that the teacher is sure of."""

import pytest

from backend.db.tables import Member, Query
from tests.factories import Person, person
from tests.seats import Seat, expire

API = "/api/v1"

#: (best class, its probability) by rank.
THOUGHT = (
    (5, 0.95), (3, 0.90), (3, 0.89), (5, 0.99), (3, 0.97), (7, 0.60),
    (5, 0.91), (7, 0.92), (None, None), (3, 0.96), (5, 0.50), (7, 0.93),
)  # fmt: skip


@pytest.fixture(autouse=True)
def thought(database, scene) -> None:
    with database.write() as session:
        for query_id, (best, probability) in zip(scene.query_ids, THOUGHT, strict=True):
            query = session.get_one(Query, query_id)
            query.best_class, query.best_probability = best, probability


@pytest.fixture
def second(database, scene) -> Person:
    """Another member."""
    other = person(database, "bela@localhost")
    with database.write() as session:
        session.add(Member(project_id=scene.project_id, user_id=other.user_id))
    return other


def lease(client, who, size: int = 100, **confident) -> tuple[list[int], dict | None]:
    """The ranks of a packet, and the packet."""
    body = {"size": size, "confident": {"min_probability": 0.9} | confident}
    got = client.post(f"{API}/projects/demo/packets", json=body, headers=who.headers)
    assert got.status_code in (200, 204), got.text
    if got.status_code == 204:
        return [], None
    return sorted(query["rank"] for query in got.json()["queries"]), got.json()


def counts(client, who, **params) -> list[tuple[int, int]]:
    got = client.get(f"{API}/projects/demo/verification", params=params, headers=who.headers)
    assert got.status_code == 200, got.text
    return [(one["class_id"], one["num_free"]) for one in got.json()["items"]]


def hide(database, scene, *ranks: int) -> None:
    with database.write() as session:
        for rank in ranks:
            session.get_one(Query, scene.query_ids[rank]).suggestion_hidden = True


def test_classes_are_counted_the_largest_first_and_the_smaller_id_of_those_that_tie(client, scene):
    assert counts(client, scene.annotator) == [(3, 3), (5, 3), (7, 2)]
    assert counts(client, scene.annotator, min_probability=0.5) == [(3, 4), (5, 4), (7, 3)]
    assert counts(client, scene.annotator, min_probability=0.95) == [(3, 2), (5, 2)]
    assert counts(client, scene.annotator, min_probability=1) == []


def test_a_packet_is_of_one_class_in_rank_order(client, scene):
    assert lease(client, scene.annotator, size=2)[0] == [1, 4]  # of 3, as of 5 there are no more
    assert counts(client, scene.annotator) == [(5, 3), (7, 2), (3, 1)]
    assert lease(client, scene.annotator)[0] == [0, 3, 6]
    assert lease(client, scene.annotator)[0] == [7, 11]
    assert lease(client, scene.annotator)[0] == [9]
    assert lease(client, scene.annotator) == ([], None)
    assert lease(client, scene.annotator, min_probability=0.6)[0] == [2]
    assert counts(client, scene.annotator, min_probability=0.5) == [(5, 1), (7, 1)]


def test_a_class_can_be_asked_for(client, scene):
    assert lease(client, scene.annotator, class_id=7, min_probability=0.6)[0] == [5, 7, 11]
    assert lease(client, scene.annotator, class_id=7, min_probability=0.6)[0] == []
    assert lease(client, scene.annotator, class_id=10)[0] == []


def test_what_is_hidden_is_not_for_verification(client, database, scene):
    hide(database, scene, 1, 4, 11)
    assert counts(client, scene.annotator) == [(5, 3), (3, 1), (7, 1)]
    assert lease(client, scene.annotator, class_id=3)[0] == [9]
    assert lease(client, scene.annotator, class_id=7)[0] == [7]


def test_what_is_answered_leased_or_left_to_others_is_not_free(client, database, scene, second):
    seat = Seat(client, scene, scene.annotator, size=5)  # 0 to 4
    seat.says(0, 5)
    seat.unsure(1)
    for who, expected in ((scene.annotator, [(7, 2), (3, 1), (5, 1)]), (second, [(3, 2), (7, 2), (5, 1)])):
        assert counts(client, who) == expected
    assert lease(client, scene.annotator, class_id=3)[0] == [9]
    assert lease(client, second, class_id=3)[0] == [1]
    expire(database, scene.query_ids[4], scene.query_ids[9])
    assert lease(client, second)[0] == [4, 9]  # of 3 and of 7 two each


def test_verified_queries_are_answered_like_any_others(client, scene):
    _, packet = lease(client, scene.annotator, class_id=5, size=1)
    headers = scene.annotator.headers | {"Lease-Token": packet["lease_token"]}
    body = {"kind": "label_map", "class_id": 5, "seconds": 0.4, "accepted_suggestion": True}
    got = client.put(f"{API}/queries/{scene.query_ids[0]}/answer", json=body, headers=headers)
    assert (got.status_code, got.json()["kept_as"]) == (200, "answer")
    assert counts(client, scene.annotator)[-1] == (7, 2)


def test_other_packets_are_as_they_were(client, scene):
    body = {"size": 3, "confident": None}
    got = client.post(f"{API}/projects/demo/packets", json=body, headers=scene.annotator.headers)
    assert sorted(query["rank"] for query in got.json()["queries"]) == [0, 1, 2]


def test_a_closed_round_has_nothing_to_verify(client, scene):
    client.post(f"{API}/rounds/{scene.round_id}/close", json={"discard_open": True}, headers=scene.admin.headers)
    assert (counts(client, scene.annotator), lease(client, scene.annotator)[0]) == ([], [])


@pytest.mark.parametrize(
    "confident", [{}, {"min_probability": 0.49}, {"min_probability": 1.01}, {"min_probability": 0.9, "class_id": 255}]
)
def test_what_is_out_of_range_is_refused(client, scene, confident):
    body = {"size": 3, "confident": confident}
    got = client.post(f"{API}/projects/demo/packets", json=body, headers=scene.annotator.headers)
    assert got.json()["code"] == "invalid_input"


def test_it_is_for_members(client, scene):
    for params in ({"min_probability": 0.4}, {"min_probability": 1.1}):
        got = client.get(f"{API}/projects/demo/verification", params=params, headers=scene.annotator.headers)
        assert got.json()["code"] == "invalid_input"
    outside = client.get(f"{API}/projects/demo/verification", headers=scene.outsider.headers)
    assert (outside.status_code, outside.json()["code"]) == (404, "not_found")
