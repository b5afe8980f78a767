"""Packets: the next queries in rank order, leased to one person for a time."""

from datetime import timedelta

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from backend.db.base import now
from backend.db.session import Database
from backend.db.tables import Image, Member, Packet, Query
from tests.factories import Person, Scene


def lease(client: TestClient, scene: Scene, who: Person, *, size: int = 4) -> dict | None:
    got = client.post(f"/api/v1/projects/{scene.slug}/packets", json={"size": size}, headers=who.headers)
    assert got.status_code in (200, 204), got.text
    return got.json() if got.status_code == 200 else None


def ranks(packet: dict) -> list[int]:
    return sorted(query["rank"] for query in packet["queries"])


def expire(database: Database, *query_ids: str) -> None:
    with database.write() as session:
        session.execute(
            update(Query).where(Query.id.in_(query_ids)).values(lease_expires_at=now() - timedelta(seconds=1))
        )


@pytest.fixture
def second(database: Database, scene: Scene, outsider: Person) -> Person:
    """Another member."""
    with database.write() as session:
        session.add(Member(project_id=scene.project_id, user_id=outsider.user_id))
    return outsider


def test_each_packet_holds_the_best_ranks_that_are_free(client, scene, second):
    assert ranks(lease(client, scene, scene.annotator)) == [0, 1, 2, 3]
    assert ranks(lease(client, scene, second)) == [4, 5, 6, 7]
    assert ranks(lease(client, scene, scene.annotator, size=100)) == [8, 9, 10, 11]


def test_a_packet_is_grouped_by_image_and_place(client, database, scene):
    packet = lease(client, scene, scene.annotator, size=12)
    with database.read() as session:
        position = {image.id: image.position for image in session.query(Image)}
    places = [(position[q["image_id"]], q["box"]["y"], q["box"]["x"]) for q in packet["queries"]]
    assert places == sorted(places)
    assert len({q["image_id"] for q in packet["queries"]}) > 1


def test_a_leased_query_says_what_the_screen_needs(client, scene):
    packet = lease(client, scene, scene.annotator, size=12)
    for query in packet["queries"]:
        box, close, context = query["box"], query["close_up_box"], query["context_box"]
        assert (box["width"], box["height"], query["region"], query["revision"]) == (17, 17, None, 0)
        assert (close["width"], close["height"]) == (33, 33)  # 17 and round(17 / 2) = 8 on each side
        assert (context["width"], context["height"]) == (320, 240)  # the image is smaller than the context
        for around in (close, context):
            assert around["x"] <= box["x"]
            assert around["y"] <= box["y"]
            assert around["x"] + around["width"] >= box["x"] + box["width"]
            assert around["y"] + around["height"] >= box["y"] + box["height"]
        probabilities = [one["probability"] for one in query["suggestion"]["classes"]]
        assert probabilities == sorted(probabilities, reverse=True)
        assert query["why"]["rank"] == query["rank"]
        assert query["why"]["score"] == pytest.approx(query["why"]["impurity"] * query["why"]["entropy"])
        pixels = client.get(query["close_up_url"], headers=scene.annotator.headers)
        assert (pixels.status_code, pixels.headers["content-type"]) == (200, "image/png")


def test_no_query_is_left_is_no_content(client, scene, second):
    lease(client, scene, scene.annotator, size=100)
    assert lease(client, scene, second) is None


def test_a_packet_that_is_given_back_is_free_at_once(client, scene, second):
    packet = lease(client, scene, scene.annotator)
    headers = {**scene.annotator.headers, "Lease-Token": packet["lease_token"]}
    assert client.delete(f"/api/v1/packets/{packet['packet_id']}", headers=headers).status_code == 204
    assert ranks(lease(client, scene, second)) == [0, 1, 2, 3]


def test_an_expired_lease_returns_the_query_to_the_pool_one_by_one(client, database, scene, second):
    packet = lease(client, scene, scene.annotator)
    expire(database, scene.query_ids[2])
    assert ranks(lease(client, scene, second, size=2)) == [2, 4]
    kept = client.post(
        f"/api/v1/packets/{packet['packet_id']}/heartbeat",
        headers={**scene.annotator.headers, "Lease-Token": packet["lease_token"]},
    )
    assert kept.json()["open_query_ids"] == [scene.query_ids[rank] for rank in (0, 1, 3)]


def test_a_heartbeat_extends_the_lease_also_of_what_ran_out_and_nobody_took(client, database, scene, second):
    packet = lease(client, scene, scene.annotator)
    expire(database, *scene.query_ids[:4])
    headers = {**scene.annotator.headers, "Lease-Token": packet["lease_token"]}
    kept = client.post(f"/api/v1/packets/{packet['packet_id']}/heartbeat", headers=headers)
    assert kept.json()["open_query_ids"] == scene.query_ids[:4]
    assert kept.json()["expires_at"] > packet["expires_at"]
    assert ranks(lease(client, scene, second)) == [4, 5, 6, 7]
    with database.read() as session:
        until = {query.lease_expires_at for query in session.query(Query).filter(Query.rank < 4)}
        assert until == {session.get(Packet, packet["packet_id"]).expires_at}


def test_a_heartbeat_holds_nothing_once_the_round_is_closed(client, scene):
    packet = lease(client, scene, scene.annotator)
    closed = client.post(
        f"/api/v1/rounds/{scene.round_id}/close", json={"discard_open": True}, headers=scene.admin.headers
    )
    assert closed.status_code == 200
    headers = {**scene.annotator.headers, "Lease-Token": packet["lease_token"]}
    kept = client.post(f"/api/v1/packets/{packet['packet_id']}/heartbeat", headers=headers)
    assert kept.json()["open_query_ids"] == []
    assert lease(client, scene, scene.annotator) is None


def test_a_packet_is_kept_and_given_back_by_its_holder_with_its_token_only(client, scene, second):
    packet = lease(client, scene, scene.annotator)
    url = f"/api/v1/packets/{packet['packet_id']}"
    stolen = {**second.headers, "Lease-Token": packet["lease_token"]}
    guessed = {**scene.annotator.headers, "Lease-Token": "x" * 32}
    for call, path in ((client.post, f"{url}/heartbeat"), (client.delete, url)):
        assert (call(path, headers=stolen).status_code, call(path, headers=guessed).status_code) == (404, 403)
    assert ranks(lease(client, scene, second)) == [4, 5, 6, 7]


def test_progress_counts_what_is_resolved_leased_and_mine(client, scene, second):
    packet = lease(client, scene, scene.annotator, size=3)
    first = packet["queries"][0]["id"]
    client.put(
        f"/api/v1/queries/{first}/answer",
        json={"kind": "label_map", "class_id": 3, "seconds": 1.5},
        headers={**scene.annotator.headers, "Lease-Token": packet["lease_token"]},
    )
    expected = {"round_index": 0, "state": "labelling", "num_queries": 12, "num_resolved": 1, "num_leased": 2}
    for who, mine in ((scene.annotator, 1), (second, 0)):
        got = client.get(f"/api/v1/projects/{scene.slug}/progress", headers=who.headers)
        assert got.json() == expected | {"my_answers": mine}
