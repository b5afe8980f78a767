"""How many statements the calls need that annotators make all day: no more than what is written here."""

import re
from contextlib import contextmanager

import pytest
from sqlalchemy import event, insert, select, text
from sqlalchemy.orm import undefer

from backend.db.base import new_id
from backend.db.tables import Query, Round
from backend.domain.vocabulary import AnswerKind
from backend.services import answers, packets
from backend.services.answers import Said


@contextmanager
def statements(database):
    """The statements sent to the database meanwhile."""
    sent: list[str] = []

    def note(_connection, _cursor, statement, *_) -> None:
        sent.append(" ".join(statement.split()))

    event.listen(database.engine, "before_cursor_execute", note)
    yield sent
    event.remove(database.engine, "before_cursor_execute", note)


def without_begin(sent: list[str]) -> list[str]:
    return [statement for statement in sent if not statement.startswith("BEGIN")]


@pytest.mark.parametrize("size", [1, 12])
def test_a_packet_of_any_size_takes_the_same_few(database, scene, size):
    with statements(database) as sent, database.write() as session:
        leased = packets.lease(session, scene.annotator.actor, scene.slug, size=size, lease_seconds=600)
        assert len(leased.queries) == size
    # project, membership, round, free queries, packet, images, leases
    assert len(without_begin(sent)) == 7, sent


def test_finding_nothing_writes_nothing(database, scene):
    with database.write() as session:
        packets.lease(session, scene.annotator.actor, scene.slug, size=100, lease_seconds=600)
    with statements(database) as sent, database.write() as session:
        assert packets.lease(session, scene.annotator.actor, scene.slug, size=1, lease_seconds=600) is None
    assert all(statement.startswith("SELECT") for statement in without_begin(sent))


def test_an_answer_takes_seven(database, scene):
    with database.write() as session:
        leased = packets.lease(session, scene.annotator.actor, scene.slug, size=12, lease_seconds=600)
    with statements(database) as sent, database.write() as session:
        said = Said(kind=AnswerKind.LABEL_MAP, class_id=3)
        answers.put(session, scene.annotator.actor, scene.query_ids[0], said, lease_token=leased.lease_token)
    # query with round and project, packet, own answer, the answer, the counter, the event, the query
    assert len(without_begin(sent)) == 7, sent
    assert not re.search(r"training_log|queries\.suggestion\b|confusion", " ".join(sent))


def test_an_opinion_and_a_repetition_take_less(database, scene):
    with database.write() as session:
        leased = packets.lease(session, scene.annotator.actor, scene.slug, size=12, lease_seconds=600)
        said = Said(kind=AnswerKind.VOID)
        answers.put(session, scene.annotator.actor, scene.query_ids[0], said, lease_token=leased.lease_token)
    with statements(database) as sent, database.write() as session:
        answers.put(session, scene.annotator.actor, scene.query_ids[0], said, lease_token=leased.lease_token)
    assert len(without_begin(sent)) == 3, sent


def test_a_long_training_log_is_read_by_who_asks_for_it_only(database, scene):
    with database.write() as session:
        session.get_one(Round, scene.round_id).training_log = [{"loss": 1.0}] * 1000
    with statements(database) as sent, database.read() as session:
        packets.progress(session, scene.annotator.actor, scene.slug)
        assert not any("training_log" in statement for statement in sent)
        whole = session.scalars(select(Round).options(undefer(Round.training_log))).one()
        assert len(whole.training_log) == 1000


def plan(database, statement: str, **values) -> str:
    prefix = "EXPLAIN QUERY PLAN " if database.engine.dialect.name == "sqlite" else "EXPLAIN "
    with database.engine.connect() as connection:
        return "\n".join(str(row[-1]) for row in connection.execute(text(prefix + statement), values))


CONFIDENT = """
SELECT best_class, count(*) FROM queries WHERE round_id = :r AND state = 'open' AND NOT suggestion_hidden
  AND best_probability >= 0.9 AND (lease_expires_at IS NULL OR lease_expires_at <= '2026-11-24') GROUP BY best_class
"""


@pytest.mark.parametrize(
    ("index", "statement"),
    [
        ("ix_queries_claim", "SELECT id FROM queries WHERE round_id = :r AND state = 'open' ORDER BY rank LIMIT 10"),
        ("ix_queries_confident", CONFIDENT),
        ("ix_queries_packet", "SELECT id FROM queries WHERE packet_id = 'p'"),
        ("ix_queries_image", "SELECT id FROM queries WHERE image_id = 'i'"),
    ],
)
def test_a_table_of_many_queries_is_looked_up_by_index(database, scene, index, statement):
    with database.write() as session:
        one = session.get_one(Query, scene.query_ids[0])
        row = {c.key: getattr(one, c.key) for c in Query.__table__.columns}
        rows = [row | {"id": new_id(), "rank": 100 + number, "state": "resolved"} for number in range(3000)]
        session.execute(insert(Query), rows)
    if database.engine.dialect.name == "postgresql":
        with database.engine.begin() as connection:
            connection.execute(text("ANALYZE queries"))
    assert index in plan(database, statement, r=scene.round_id)
