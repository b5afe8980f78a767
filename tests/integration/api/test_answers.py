"""Answers: taken once, never thrown away; undone until the round closes."""

import base64

import numpy as np
import pytest
from sqlalchemy import func, select

from backend.db.tables import Answer, Member, Query, Round
from backend.domain import rle
from tests.factories import Person, person, png
from tests.seats import Seat, expire


@pytest.fixture
def people(database, scene) -> list[Person]:
    """Three members."""
    made = [scene.annotator, person(database, "bela@localhost"), person(database, "cora@localhost")]
    with database.write() as session:
        session.add_all(Member(project_id=scene.project_id, user_id=who.user_id) for who in made[1:])
    return made


def state(database, scene, rank: int) -> tuple:
    """(state, resolution, answers that decide, opinions) of a query, and the round's counter against a count."""
    with database.read() as session:
        query = session.get(Query, scene.query_ids[rank])
        kept = session.scalars(select(Answer.kept_as).where(Answer.query_id == query.id)).all()
        counted = session.scalar(
            select(func.count()).where(Query.round_id == scene.round_id, Query.state == "resolved")
        )
        assert session.get(Round, scene.round_id).num_resolved == counted
        return (query.state, query.resolution, kept.count("answer"), kept.count("opinion"))


def test_one_class_answers_a_query(client, database, scene):
    seat = Seat(client, scene, scene.annotator)
    got = seat.put(0, {"kind": "label_map", "class_id": 3, "seconds": 1.4, "accepted_suggestion": True})
    assert got.json() == {
        "query_id": scene.query_ids[0], "kept_as": "answer", "query_state": "resolved", "revision": 1,
    }  # fmt: skip
    assert state(database, scene, 0) == ("resolved", "label_map", 1, 0)
    with database.read() as session:
        stored = session.scalars(select(Answer)).one()
        assert (stored.user_id, stored.class_id, stored.seconds, stored.accepted_suggestion) == (
            scene.annotator.user_id, 3, 1.4, True,
        )  # fmt: skip


@pytest.mark.parametrize("kind", ["void", "bad_query"])
def test_void_and_bad_query_decide_too(client, database, scene, kind):
    assert Seat(client, scene, scene.annotator).put(0, {"kind": kind}).json()["query_state"] == "resolved"
    assert state(database, scene, 0) == ("resolved", kind, 1, 0)


def test_a_drawn_region_is_kept_as_the_same_text_from_rle_and_from_png(client, database, scene):
    drawn = np.zeros((17, 17), dtype=np.uint8)
    drawn[:, 9:], drawn[0, 0] = 4, 255
    seat = Seat(client, scene, scene.annotator)
    as_png = {"encoding": "png", "data": base64.b64encode(png(drawn)).decode()}
    for rank, label_map in ((0, {"encoding": "rle", "data": rle.encode(drawn)}), (1, as_png)):
        assert seat.put(rank, {"kind": "label_map", "label_map": label_map}).status_code == 200
    with database.read() as session:
        assert set(session.scalars(select(Answer.label_map))) == {"255x1 0x8 4x8 " + " ".join(["0x9 4x8"] * 16)}


def test_saying_it_again_changes_nothing(client, database, scene):
    seat = Seat(client, scene, scene.annotator)
    body = {"kind": "label_map", "class_id": 3}
    receipts = [seat.put(0, body).json() for _ in range(3)]
    assert receipts[0] == receipts[1] == receipts[2]
    assert state(database, scene, 0) == ("resolved", "label_map", 1, 0)


def test_an_answer_can_be_changed_by_its_author(client, database, scene):
    seat = Seat(client, scene, scene.annotator)
    seat.says(0, 3)
    changed = seat.put(0, {"kind": "void", "revision": 1})
    assert (changed.json()["kept_as"], changed.json()["revision"]) == ("answer", 2)
    assert state(database, scene, 0) == ("resolved", "void", 1, 0)


def test_a_change_of_something_older_is_refused_with_the_current_state(client, database, scene):
    seat = Seat(client, scene, scene.annotator)
    seat.says(0, 3)
    seat.says(0, 4)  # in another tab
    got = seat.put(0, {"kind": "label_map", "class_id": 5, "revision": 1})
    assert (got.status_code, got.json()["code"]) == (409, "stale_revision")
    assert got.json()["context"] == {"revision": 2, "kind": "label_map", "class_id": 4, "label_map": None}
    with database.read() as session:
        assert session.scalars(select(Answer.class_id)).one() == 4


def test_a_late_answer_is_taken_while_the_query_is_open_and_kept_as_an_opinion_after(client, database, scene, people):
    slow = Seat(client, scene, people[0], size=2)
    expire(database, *scene.query_ids[:2])
    other = Seat(client, scene, people[1], size=2)
    assert other.ranks == [0, 1]
    assert slow.says(0, 3) == "answer"
    assert other.says(0, 4) == "opinion"
    assert other.says(1, 4) == "answer"
    assert slow.says(1, 3) == "opinion"
    assert state(database, scene, 0) == state(database, scene, 1) == ("resolved", "label_map", 1, 1)


def test_an_opinion_said_again_decides_once_the_answer_was_taken_back(client, database, scene, people):
    slow = Seat(client, scene, people[0], size=1)
    expire(database, scene.query_ids[0])
    other = Seat(client, scene, people[1], size=1)
    assert (other.says(0, 4), slow.says(0, 3)) == ("answer", "opinion")
    other.undo(0)
    client.delete(f"/api/v1/packets/{other.packet['packet_id']}", headers=other.headers)
    again = Seat(client, scene, people[0], size=1)
    assert again.ranks == [0]  # not lost to the person who has an opinion of it
    assert again.says(0, 3) == "answer"
    assert state(database, scene, 0) == ("resolved", "label_map", 1, 0)


def test_one_unsure_passes_the_query_to_somebody_else_and_two_decide_it(client, database, scene, people):
    first = Seat(client, scene, people[0], size=1)
    assert first.unsure(0)["query_state"] == "open"
    assert Seat(client, scene, people[0], size=1).ranks == [1]  # not asked again
    second = Seat(client, scene, people[1], size=1)
    assert second.ranks == [0]
    assert second.unsure(0)["query_state"] == "resolved"
    assert state(database, scene, 0) == ("resolved", "unsure", 0, 2)
    assert Seat(client, scene, people[2], size=1).ranks == [2]


def test_a_clear_answer_counts_more_than_one_or_two_unsure(client, database, scene, people):
    seats = []
    for who in people:
        seats.append(Seat(client, scene, who, size=1))
        expire(database, scene.query_ids[0])
    assert [seat.ranks for seat in seats] == [[0], [0], [0]]
    seats[0].unsure(0)
    seats[1].unsure(0)
    assert state(database, scene, 0) == ("resolved", "unsure", 0, 2)
    assert seats[2].says(0, 5) == "answer"
    assert state(database, scene, 0) == ("resolved", "label_map", 1, 2)


def test_the_third_unsure_can_be_taken_back_without_opening_what_two_have_decided(client, database, scene, people):
    seats = []
    for who in people:
        seats.append(Seat(client, scene, who, size=1))
        expire(database, scene.query_ids[0])
    for seat in seats:
        seat.unsure(0)
    assert seats[2].undo(0).json()["query_state"] == "resolved"
    assert seats[1].undo(0).json()["query_state"] == "open"
    assert state(database, scene, 0) == ("open", None, 0, 1)


def test_who_is_not_sure_any_more_opens_the_query_again(client, database, scene):
    seat = Seat(client, scene, scene.annotator)
    seat.says(0)
    assert seat.unsure(0)["query_state"] == "open"
    assert state(database, scene, 0) == ("open", None, 0, 1)


def test_undo_brings_the_query_back_to_ones_own_packet(client, database, scene, people):
    seat = Seat(client, scene, people[0])
    seat.says(1)
    got = seat.undo(1).json()
    assert (got["query_state"], got["packet_id"]) == ("open", seat.packet["packet_id"])
    assert state(database, scene, 1) == ("open", None, 0, 0)
    assert Seat(client, scene, people[1]).ranks == [4, 5, 6, 7]
    assert seat.says(1, 9) == "answer"


def test_undo_without_a_packet_leaves_the_query_to_anybody(client, database, scene, people):
    seat = Seat(client, scene, people[0], size=1)
    seat.says(0)
    url = f"/api/v1/queries/{scene.query_ids[0]}/answer"
    assert client.delete(url, headers=people[0].headers).json()["packet_id"] is None
    assert Seat(client, scene, people[1], size=1).ranks == [0]


def test_undo_of_an_unsure_does_not_take_the_query_off_anothers_screen(client, scene, people):
    first = Seat(client, scene, people[0], size=1)
    first.unsure(0)
    other = Seat(client, scene, people[1], size=1)
    assert other.ranks == [0]
    got = first.undo(0).json()
    assert (got["query_state"], got["packet_id"]) == ("open", None)
    assert Seat(client, scene, people[2], size=1).ranks == [1]
    assert other.says(0) == "answer"


def test_a_late_unsure_does_not_end_anothers_lease(client, database, scene, people):
    slow = Seat(client, scene, people[0], size=1)
    expire(database, scene.query_ids[0])
    assert Seat(client, scene, people[1], size=1).ranks == [0]
    slow.unsure(0)
    assert Seat(client, scene, people[2], size=1).ranks == [1]


def test_undo_of_what_one_has_not_said_is_not_found(client, scene, people):
    seat, other = Seat(client, scene, people[0]), Seat(client, scene, people[1])
    seat.says(0)
    for got in (seat.undo(1), other.undo(0)):
        assert (got.status_code, got.json()["code"]) == (404, "not_found")


def test_a_closed_round_takes_no_answer_no_change_and_no_undo_but_still_gives_receipts(client, database, scene):
    seat = Seat(client, scene, scene.annotator)
    seat.says(0)
    client.post(f"/api/v1/rounds/{scene.round_id}/close", json={"discard_open": True}, headers=scene.admin.headers)
    for got in (seat.put(1, {"kind": "void"}), seat.put(0, {"kind": "void"}), seat.undo(0)):
        assert (got.status_code, got.json()["code"]) == (409, "illegal_transition")
    assert seat.says(0) == "answer"  # the retry of a lost receipt
    assert (state(database, scene, 0)[1], state(database, scene, 1)[0]) == ("label_map", "open")


def test_another_persons_token_and_a_packet_without_the_query_are_forbidden(client, database, scene, people):
    seat, other = Seat(client, scene, people[0]), Seat(client, scene, people[1])
    url = f"/api/v1/queries/{scene.query_ids[0]}/answer"
    stolen = {**people[1].headers, "Lease-Token": seat.packet["lease_token"]}
    body = {"kind": "void", "seconds": 1}
    for got in (client.put(url, json=body, headers=stolen), other.put(0, {"kind": "void"})):
        assert (got.status_code, got.json()["code"]) == (403, "forbidden")
    assert state(database, scene, 0) == ("open", None, 0, 0)


PIXELS = "3x289"


@pytest.mark.parametrize(
    ("code", "body"),
    [
        ("unknown_class", {"kind": "label_map", "class_id": 11}),
        ("invalid_input", {"kind": "label_map", "class_id": 255}),
        ("invalid_input", {"kind": "label_map"}),
        ("invalid_input", {"kind": "label_map", "class_id": 3, "label_map": {"encoding": "rle", "data": PIXELS}}),
        ("invalid_input", {"kind": "void", "class_id": 3}),
        ("invalid_input", {"kind": "maybe"}),
        ("invalid_input", {"kind": "void", "seconds": -1}),
        ("invalid_input", {"kind": "void", "typing_mistake": 1}),
        ("malformed_label_map", {"kind": "label_map", "label_map": {"encoding": "rle", "data": "3x290"}}),
        ("malformed_label_map", {"kind": "label_map", "label_map": {"encoding": "rle", "data": "3x288"}}),
        ("malformed_label_map", {"kind": "label_map", "label_map": {"encoding": "rle", "data": "3x99999999"}}),
        ("unknown_class", {"kind": "label_map", "label_map": {"encoding": "rle", "data": "11x289"}}),
        ("malformed_label_map", {"kind": "label_map", "label_map": {"encoding": "png", "data": "***"}}),
        ("malformed_label_map", {"kind": "label_map", "label_map": {"encoding": "png", "data": "ü"}}),
        ("unsupported_image", {"kind": "label_map", "label_map": {"encoding": "png", "data": "AAAA"}}),
    ],
)
def test_an_answer_that_does_not_fit_is_refused_whole(client, database, scene, code, body):
    got = Seat(client, scene, scene.annotator).put(0, body)
    assert (got.status_code, got.json()["code"]) == (422, code), got.text
    assert got.headers["content-type"] == "application/problem+json"
    assert state(database, scene, 0) == ("open", None, 0, 0)


def test_a_drawn_png_of_another_size_is_refused(client, database, scene):
    data = base64.b64encode(png(np.zeros((17, 18), dtype=np.uint8))).decode()
    label_map = {"encoding": "png", "data": data}
    got = Seat(client, scene, scene.annotator).put(0, {"kind": "label_map", "label_map": label_map})
    assert (got.status_code, got.json()["code"]) == (422, "malformed_label_map")
    assert state(database, scene, 0) == ("open", None, 0, 0)
