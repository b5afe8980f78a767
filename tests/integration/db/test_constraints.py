"""Invariants hold against plain SQL, whatever our code may do."""

import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import IntegrityError

from backend.db.base import now
from backend.db.session import Session
from backend.db.tables import Credential, Round
from backend.domain.errors import Conflict, DatabaseUnavailable, InvalidInput
from backend.domain.job_state import JobKind
from backend.domain.round_state import OPEN, RoundState
from backend.services import jobs


def copy(connection: Connection, table: str, row_id: str, **changes: object) -> None:
    """Insert a second row that is like one there is, but for `changes`."""
    row = dict(connection.execute(text(f"SELECT * FROM {table} WHERE id = :id"), {"id": row_id}).mappings().one())
    columns = [name for name in row if name not in changes]
    names = ", ".join(f'"{name}"' for name in [*columns, *changes])
    values = ", ".join([*(f'"{name}"' for name in columns), *(f":{name}" for name in changes)])
    connection.execute(
        text(f"INSERT INTO {table} ({names}) SELECT {values} FROM {table} WHERE id = :row"), changes | {"row": row_id}
    )


def refuses(database, statement: str, **values: object) -> str:
    """What the database says to `statement`, which it must not accept."""
    with pytest.raises(IntegrityError) as refused, database.engine.begin() as connection:
        connection.execute(text(statement), values)
    return str(refused.value.orig)


def answer(connection: Connection, scene, answer_id: str, **changes: object) -> None:
    row = {
        "id": answer_id, "query_id": scene.query_ids[0], "user_id": scene.annotator.user_id, "kind": "void",
        "class_id": None, "label_map": None, "seconds": 1.0, "accepted_suggestion": False, "kept_as": "answer",
        "created_at": now(),
    } | changes  # fmt: skip
    names = ", ".join(row)
    connection.execute(text(f"INSERT INTO answers ({names}) VALUES ({', '.join(':' + name for name in row)})"), row)


@pytest.mark.parametrize("state", [state.value for state in OPEN])
def test_a_project_has_one_open_round(database, scene, state):
    with pytest.raises(IntegrityError), database.engine.begin() as connection:
        copy(connection, "rounds", scene.round_id, id="other", round_index=1, state=state)


@pytest.mark.parametrize("state", ["closed", "cancelled"])
def test_a_project_has_any_number_of_rounds_that_ended(database, scene, state):
    with database.engine.begin() as connection:
        copy(connection, "rounds", scene.round_id, id="one", round_index=1, state=state)
        copy(connection, "rounds", scene.round_id, id="two", round_index=2, state=state)


def test_a_round_index_is_there_once(database, scene):
    with pytest.raises(IntegrityError), database.engine.begin() as connection:
        copy(connection, "rounds", scene.round_id, id="other", state="closed")


def test_a_query_has_one_answer_that_decides_and_any_number_of_opinions(database, scene):
    with database.engine.begin() as connection:
        answer(connection, scene, "a1")
        answer(connection, scene, "a2", user_id=scene.admin.user_id, kept_as="opinion")
    with pytest.raises(IntegrityError), database.engine.begin() as connection:
        answer(connection, scene, "a3", user_id=scene.outsider.user_id)
    refuses(database, "UPDATE answers SET kept_as = 'answer' WHERE id = 'a2'")


def test_a_person_says_one_thing_of_a_query(database, scene):
    with database.engine.begin() as connection:
        answer(connection, scene, "a1", kept_as="opinion")
    with pytest.raises(IntegrityError), database.engine.begin() as connection:
        answer(connection, scene, "a2", kept_as="opinion")


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "label_map"},
        {"kind": "label_map", "class_id": 1, "label_map": "1x289"},
        {"kind": "void", "class_id": 1},
        {"kind": "maybe"},
        {"kept_as": "rumour"},
        {"query_id": "nobody"},
    ],
)
def test_an_answer_says_one_thing_or_nothing(database, scene, changes):
    with pytest.raises(IntegrityError), database.engine.begin() as connection:
        answer(connection, scene, "a1", **changes)


@pytest.mark.parametrize("resolved", [-1, 13])
def test_a_rounds_counter_stays_between_nothing_and_all(database, scene, resolved):
    assert "counters" in refuses(database, "UPDATE rounds SET num_resolved = :n", n=resolved)


def test_a_lease_is_whole_or_not_there(database, scene):
    assert "lease" in refuses(database, "UPDATE queries SET lease_expires_at = :soon", soon=now())


def test_a_rank_is_given_once_in_a_round(database, scene):
    refuses(database, "UPDATE queries SET rank = 0 WHERE rank = 1")


@pytest.mark.parametrize("table", ["rounds", "jobs", "queries"])
def test_a_state_is_one_of_its_words(database, scene, table):
    with database.write() as session:
        jobs.create(session, kind=JobKind.IMPORT_DATASET, project_id=scene.project_id)  # the scene has none
    refuses(database, f"UPDATE {table} SET state = 'dreaming'")


def test_times_come_back_in_utc_from_any_zone(database, scene):
    there = datetime(2026, 7, 1, 12, 0, 0, 123456, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    with database.write() as session:
        session.scalars(select(Credential)).first().expires_at = there
    with database.read() as session:
        stored = session.scalars(select(Credential.expires_at).where(Credential.expires_at.is_not(None))).one()
        assert stored == there
        assert stored.tzinfo is UTC
        found = session.scalars(select(Credential).where(Credential.expires_at == there)).all()
        assert len(found) == 1


def test_a_broken_transaction_leaves_nothing_behind(database, scene):
    def close_and_stumble(session: Session) -> None:
        session.get_one(Round, scene.round_id).state = RoundState.CLOSED
        session.flush()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), database.write() as session:
        close_and_stumble(session)
    with database.read() as session:
        assert session.get_one(Round, scene.round_id).state is RoundState.LABELLING


def test_a_connection_may_begin_again_and_others_still_get_their_turn(database, scene):
    began = time.monotonic()
    with database.engine.connect() as connection:
        for _ in range(2):
            with connection.begin():
                connection.execute(text("UPDATE queries SET revision = revision + 1"))
    with database.write() as session:
        session.execute(text("UPDATE queries SET revision = revision + 1"))
    assert time.monotonic() - began < 10  # whoever waits in vain does so for half a minute


def test_what_only_another_transaction_can_cause_is_a_conflict_and_our_own_mistake_is_not(database, scene):
    with pytest.raises(Conflict), database.write() as session:
        session.execute(text("UPDATE queries SET rank = 0 WHERE rank = 1"))
    with pytest.raises(Conflict), database.write() as session:
        answer(session.connection(), scene, "a1", query_id="gone")
    with pytest.raises(IntegrityError), database.write() as session:
        session.execute(text("UPDATE queries SET state = 'dreaming'"))


def test_a_value_that_cannot_be_stored_is_bad_input(database, scene):
    if database.engine.dialect.name == "sqlite":
        pytest.skip("SQLite takes what it is given; the limits of the bodies hold it")
    statement = text("UPDATE queries SET revision = :number WHERE rank = 1")
    with pytest.raises(InvalidInput), database.write() as session:
        session.execute(statement, {"number": 2**40})


def test_a_database_without_a_free_connection_is_busy_and_not_broken(database, scene, monkeypatch):
    monkeypatch.setattr(database.engine.pool, "_timeout", 0.05)  # s; nobody wants to wait for the real half minute
    held = [database.engine.connect() for _ in range(40)]
    try:
        with pytest.raises(DatabaseUnavailable), database.read() as session:
            session.execute(text("SELECT 1"))
    finally:
        for connection in held:
            connection.close()
