"""A database that dies in the middle of an answer: whoever gets no receipt says it again, and it counts once."""

import sqlite3
from contextlib import closing, contextmanager
from itertools import takewhile

import numpy as np
import psycopg
import pytest
from sqlalchemy import event, func, select

from backend.db.tables import Answer, Event, Query, Round
from backend.domain import rle

API = "/api/v1"


@pytest.fixture
def said(client, scene):
    """Answer the first query of a packet; again and again, if need be."""
    packet = client.post(f"{API}/projects/demo/packets", json={"size": 1}, headers=scene.annotator.headers).json()
    headers = scene.annotator.headers | {"Lease-Token": packet["lease_token"]}
    url = f"{API}/queries/{packet['queries'][0]['id']}/answer"
    return lambda: client.put(url, json={"kind": "void", "seconds": 1}, headers=headers)


def state(database, scene) -> tuple:
    """Answers, events of queries, resolved queries and the round's counter of them."""
    with database.read() as session:
        return (
            session.scalar(select(func.count()).select_from(Answer)),
            session.scalar(select(func.count()).where(Event.kind == "query")),
            session.scalar(select(func.count()).where(Query.state == "resolved")),
            session.get_one(Round, scene.round_id).num_resolved,
        )


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_connection_cut_at_the_commit_leaves_nothing_and_the_next_try_counts_once(app, database, scene, said):
    engine, cut = app.state.parts.database.engine, []
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)

    def end(connection) -> None:
        if cut or connection.get_execution_options().get("read_only"):
            return
        pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        cut.append(pid)
        with psycopg.connect(url, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])

    event.listen(engine, "commit", end)
    refused = said()
    assert len(cut) == 1
    assert (refused.status_code, refused.json()["code"]) == (503, "database_unavailable")
    assert (refused.headers["content-type"], refused.headers["retry-after"]) == ("application/problem+json", "5")
    assert state(database, scene) == (0, 0, 0, 0)
    assert said().json()["kept_as"] == "answer"
    assert said().json()["kept_as"] == "answer"  # the receipt was lost, too
    assert state(database, scene) == (1, 1, 1, 1)


@contextmanager
def limited(app, pragma: str):
    """A limit of SQLite's on each of the application's connections, meanwhile."""
    engine = app.state.parts.database.engine

    def on_connect(connection, _record) -> None:
        connection.execute(f"PRAGMA {pragma}")

    engine.dispose()
    event.listen(engine, "connect", on_connect)
    yield
    event.remove(engine, "connect", on_connect)
    engine.dispose()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_disk_too_full_for_one_more_answer_keeps_those_before_and_takes_it_later(app, client, database, scene):
    packet = client.post(f"{API}/projects/demo/packets", json={"size": 12}, headers=scene.annotator.headers).json()
    headers = scene.annotator.headers | {"Lease-Token": packet["lease_token"]}
    noise = rle.encode(np.arange(289, dtype=np.uint8).reshape(17, 17) % 11)  # 1 kB and more
    body = {"kind": "label_map", "label_map": {"encoding": "rle", "data": noise}, "seconds": 1}

    def say(query: dict):
        return client.put(f"{API}/queries/{query['id']}/answer", json=body, headers=headers)

    with database.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    with limited(app, f"max_page_count={pages}"):
        answered = list(takewhile(lambda got: got.status_code == 200, map(say, packet["queries"])))
        kept = len(answered)
        assert kept < 12
        refused = say(packet["queries"][kept])
        assert (refused.status_code, refused.json()["code"]) == (503, "database_unavailable")
        assert state(database, scene) == (kept, kept, kept, kept)
        assert client.get(f"{API}/projects/demo/progress", headers=headers).json()["num_resolved"] == kept
    assert say(packet["queries"][kept]).json()["kept_as"] == "answer"
    assert state(database, scene) == (kept + 1,) * 4


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_database_that_another_program_holds_is_503_until_it_lets_go(app, database, scene, said):
    path = database.engine.url.database
    with (
        limited(app, "busy_timeout=50"),  # ms; nobody wants to wait for the real half minute
        closing(sqlite3.connect(path, isolation_level=None)) as other,
    ):
        other.execute("BEGIN IMMEDIATE")
        refused = said()
        other.execute("ROLLBACK")
    assert (refused.status_code, refused.json()["code"]) == (503, "database_unavailable")
    assert state(database, scene) == (0, 0, 0, 0)
    assert said().json()["kept_as"] == "answer"
    assert state(database, scene) == (1, 1, 1, 1)
