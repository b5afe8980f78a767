"""The event stream: what changes, as it happens, once, and resumed where a connection broke."""

import json
import threading
from contextlib import contextmanager

import httpx
import pytest

from backend.db import events as event_rows
from backend.db.base import now
from backend.db.tables import Event
from backend.services import events
from tests.factories import serve

API = "/api/v1"


@pytest.fixture
def address(settings, scene):
    with serve(settings.model_copy(update={"event_poll_seconds": 0.05})) as url:
        yield url


@contextmanager
def listening(address: str, scene, *, last: int | None = None):
    """Calls with a number of events; gives the next so many."""
    headers = scene.annotator.headers | ({} if last is None else {"Last-Event-ID": str(last)})
    with httpx.stream("GET", f"{address}{API}/events?project=demo", headers=headers, timeout=10) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        assert "content-encoding" not in response.headers  # httpx accepts gzip; an event must not wait in a buffer
        lines = response.iter_lines()
        for line in lines:
            if line.startswith(":"):  # the comment that says: connected
                break

        def take(count: int) -> list[dict]:
            got, event = [], {}
            for line in lines:
                name, _, value = line.partition(": ")
                if line:
                    event[name] = value
                elif "data" in event:
                    got.append(event | {"data": json.loads(event["data"])})
                    event = {}
                if len(got) == count:
                    break
            return got

        yield take


def emit(database, scene, *numbers: int) -> None:
    for number in numbers:
        with database.write() as session:
            events.emit(session, project_id=scene.project_id, kind="query", payload={"number": number})


def numbers(got: list[dict]) -> list[int]:
    return [event["data"]["payload"]["number"] for event in got]


def test_events_come_as_they_happen_and_a_broken_connection_misses_none(database, address, scene):
    emit(database, scene, 0)
    with listening(address, scene) as take:
        emit(database, scene, 1, 2)
        got = take(2)
    assert numbers(got) == [1, 2]  # what was before is not news
    assert {event["event"] for event in got} == {"query"}
    emit(database, scene, 3, 4)
    with listening(address, scene, last=int(got[-1]["id"])) as take:
        assert numbers(take(2)) == [3, 4]
        emit(database, scene, 5)
        assert numbers(take(1)) == [5]


def test_an_id_from_another_database_does_not_make_the_stream_silent(database, address, scene):
    with listening(address, scene, last=10**9) as take:
        emit(database, scene, 1)
        assert numbers(take(1)) == [1]


def test_an_event_that_is_committed_late_is_not_lost_behind_a_later_one(database, address, scene):
    """PostgreSQL gives ids before it commits: the lower one may be seen second. (SQLite has one writer at a time.)"""
    if database.engine.dialect.name == "sqlite":
        pytest.skip("one writer at a time: ids are committed in order")
    with listening(address, scene) as take:
        with database.write() as session:
            events.emit(session, project_id=scene.project_id, kind="query", payload={"number": 1})
            session.flush()
            emit(database, scene, 2)
            assert numbers(take(1)) == [2]
        assert numbers(take(1)) == [1]


def test_an_answer_is_news_for_everybody_who_looks_at_the_project(database, address, scene):
    packet = httpx.post(
        f"{address}{API}/projects/demo/packets", json={"size": 1}, headers=scene.annotator.headers
    ).json()
    with listening(address, scene) as take:
        httpx.put(
            f"{address}{API}/queries/{packet['queries'][0]['id']}/answer",
            json={"kind": "void", "seconds": 1},
            headers=scene.annotator.headers | {"Lease-Token": packet["lease_token"]},
        )
        (event,) = take(1)
    assert event["data"]["payload"] == {"round_id": scene.round_id, "num_resolved": 1, "num_queries": 12}


def test_twenty_listeners_hold_no_connection_to_the_database(database, address, scene):
    """Each looks now and then; if each kept one, the next request would have none."""
    ready = threading.Barrier(21)
    done = threading.Event()

    def listen() -> None:
        with listening(address, scene):
            ready.wait(timeout=20)
            done.wait(timeout=20)

    threads = [threading.Thread(target=listen) for _ in range(20)]
    for thread in threads:
        thread.start()
    ready.wait(timeout=20)
    try:
        got = httpx.get(f"{address}{API}/projects/demo/progress", headers=scene.annotator.headers, timeout=20)
        assert got.status_code == 200
    finally:
        done.set()
        for thread in threads:
            thread.join()


def test_old_events_are_forgotten(database, scene):
    emit(database, scene, 1, 2)
    with database.write() as session:
        session.query(Event).order_by(Event.id).first().created_at = now().replace(year=2020)
        session.flush()
        event_rows.delete_old(session, hours=24)
        assert [event.payload["number"] for event in session.query(Event)] == [2]
