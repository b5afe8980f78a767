"""Migrations: from nothing to the newest schema and back, on both databases, and the tables are what they make."""

import os
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import DBAPIError

from backend.db.base import Base
from backend.db.migrate import MIGRATIONS, alembic_config, upgrade
from backend.db.session import open_database
from backend.db.tables import Answer, Checkpoint, Query, ScoredImage, User
from backend.domain.vocabulary import CheckpointRole

ROOT = Path(__file__).parents[3]


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request, tmp_path):
    """The address of a database without a table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server = request.getfixturevalue("postgres")
    name = f"empty_{os.urandom(6).hex()}"
    url = server.replace("DATABASE", "postgres").replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield server.replace("DATABASE", name)
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


def tables(url: str) -> set[str]:
    engine = open_database(url).engine
    found = set(inspect(engine).get_table_names())
    engine.dispose()
    return found


def test_up_and_down_and_up_again(empty):
    upgrade(empty)
    everything = {*Base.metadata.tables, "alembic_version"}
    assert tables(empty) == everything
    command.downgrade(alembic_config(empty), "base")
    assert tables(empty) == {"alembic_version"}
    upgrade(empty)
    upgrade(empty)  # nothing to do
    assert tables(empty) == everything


OLD_PROJECT = """
INSERT INTO projects (id, slug, name, revision, schema_version, classes, config, created_at)
  VALUES ('p', 'p', 'p', 0, 1, '[]', '{}', '2026-11-24');
INSERT INTO images (id, project_id, position, name, domain, split, width, height, blob_key, created_at)
  VALUES ('i', 'p', 0, 'i', 'target', 'train', 64, 48, 'k', '2026-11-24');
INSERT INTO rounds (id, project_id, round_index, state, config, seed, num_queries, num_resolved, effort, training_log,
    num_evaluated, started_by, created_at)
  VALUES ('r', 'p', 0, 'selecting', '{}', 0, 1, 0, '{}', '[]', 0, 'x', '2026-11-24')
"""
OLD_SCORES = """
INSERT INTO scored_images (round_id, image_id, position, candidates)
  VALUES ('r', 'i', 0, '[{"row": 2, "box": [0, 0, 17, 11]}]');
INSERT INTO queries (id, round_id, image_id, rank, x, y, width, height, score, impurity, entropy, conflict, suggestion,
    state, revision)
  VALUES ('q', 'r', 'i', 0, 0, 0, 17, 11, 0.5, 0.5, 1, '[]', '{}', 'open', 0)
"""


def test_a_round_that_was_scored_before_units_can_be_selected_after(empty):
    command.upgrade(alembic_config(empty), "6ac78b3e7d57")
    database = open_database(empty)
    with database.write() as session:
        for statement in f"{OLD_PROJECT};{OLD_SCORES}".split(";"):
            session.connection().exec_driver_sql(statement)
    database.engine.dispose()
    upgrade(empty)
    with database.read() as session:
        scored, query = session.query(ScoredImage).one(), session.query(Query).one()
    database.engine.dispose()
    assert scored.candidates == [{"row": 2, "box": [0, 0, 17, 11], "region": None, "pixels": 187, "clicks": 1}]
    assert (scored.shadow, scored.class_counts) == ([], [])
    assert int(scored.image_hash, 16) == 0
    assert (query.unit, query.region, query.pixels, query.acquisition_version) == ("window", None, 187, 1)


def test_checkpoints_from_before_roles_are_teachers_and_others_go_with_the_downgrade(empty):
    command.upgrade(alembic_config(empty), "2e6d5b778278")
    database = open_database(empty)
    old = "INSERT INTO checkpoints (id, project_id, round_id, blob_key, size, provenance, created_at) "
    with database.write() as session:
        for statement in (*OLD_PROJECT.split(";"), old + "VALUES ('c', 'p', 'r', 'k', 1, '{}', '2026-11-24')"):
            session.connection().exec_driver_sql(statement)
    upgrade(empty)
    with database.write() as session:
        assert session.get_one(Checkpoint, "c").role is CheckpointRole.TEACHER
        session.add(
            Checkpoint(
                id="d", project_id="p", round_id="r", role=CheckpointRole.STUDENT, blob_key="k", size=1, provenance={}
            )
        )
    command.downgrade(alembic_config(empty), "2e6d5b778278")
    with database.read() as session:
        assert [row[0] for row in session.connection().exec_driver_sql("SELECT id FROM checkpoints")] == ["c"]
    database.engine.dispose()


OLD_ANSWERS = """
INSERT INTO users (id, email, name, role, is_active, created_at) VALUES
  ('u1', 'a', 'a', 'annotator', true, '2026-11-24'), ('u2', 'b', 'b', 'annotator', true, '2026-11-24');
INSERT INTO queries (id, round_id, image_id, rank, x, y, width, height, pixels, score, impurity, entropy, conflict,
    suggestion, state, revision)
  VALUES ('q', 'r', 'i', 0, 0, 0, 3, 2, 6, 0.5, 0.5, 1, '[]',
    '{"classes": [{"class_id": 7, "probability": 0.61}, {"class_id": 2, "probability": 0.2}], "label_map": null}',
    'open', 0);
INSERT INTO answers (id, query_id, user_id, kind, class_id, label_map, seconds, accepted_suggestion, kept_as,
    created_at)
  VALUES ('a', 'q', 'u1', 'label_map', NULL, '255x3 4x1 2x1 4x1', 1, false, 'answer', '2026-11-24 10:00:00'),
    ('b', 'q', 'u2', 'label_map', 9, NULL, 1, false, 'opinion', '2026-11-24 11:00:00')
"""


def test_answers_from_before_dominant_classes_get_theirs_and_survive_the_downgrade(empty):
    command.upgrade(alembic_config(empty), "f53f8d0d189f")
    database = open_database(empty)
    with database.write() as session:
        for statement in f"{OLD_PROJECT};{OLD_ANSWERS}".split(";"):
            session.connection().exec_driver_sql(statement)
    upgrade(empty)
    with database.read() as session:
        query, user = session.get_one(Query, "q"), session.get_one(User, "u1")
        found = {answer.id: answer for answer in session.query(Answer)}
        assert (query.best_class, query.best_probability, query.suggestion_hidden) == (7, 0.61, False)
        assert user.preferences == {}
        assert (found["a"].dominant_class, found["b"].dominant_class) == (4, 9)
        assert found["b"].updated_at == found["b"].created_at > found["a"].updated_at
    database.engine.dispose()
    command.downgrade(alembic_config(empty), "f53f8d0d189f")
    with database.read() as session:
        assert [row[0] for row in session.connection().exec_driver_sql("SELECT id FROM answers ORDER BY id")] == [
            "a", "b",
        ]  # fmt: skip
    database.engine.dispose()


def test_the_tables_in_the_code_are_those_that_the_migrations_make(empty):
    upgrade(empty)
    command.check(alembic_config(empty))


def test_every_constraint_and_index_of_the_code_is_in_the_database_by_name(empty):
    upgrade(empty)
    engine = open_database(empty).engine
    inspector = inspect(engine)
    for table in Base.metadata.tables.values():
        named = {
            *(found["name"] for found in inspector.get_indexes(table.name)),
            *(found["name"] for found in inspector.get_check_constraints(table.name)),
            *(found["name"] for found in inspector.get_unique_constraints(table.name)),
            *(found["name"] for found in inspector.get_foreign_keys(table.name)),
        }
        wanted = {str(one.name) for one in (*table.constraints, *table.indexes)} - {f"pk_{table.name}"}
        assert wanted <= named, (table.name, wanted - named)
    engine.dispose()


def test_a_migration_that_fails_takes_those_before_it_along(empty):
    """All run in one transaction: no other program ever sees a schema that is half way."""
    engine = open_database(empty).engine
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE evaluations (id INTEGER)"))  # the third migration makes one
    engine.dispose()
    with pytest.raises(DBAPIError):
        upgrade(empty)
    assert tables(empty) == {"evaluations"}


def test_two_programs_that_start_at_once_migrate_once(empty):
    code = f"from backend.db.migrate import upgrade; upgrade({empty!r})"
    started = [subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stderr=subprocess.PIPE) for _ in range(2)]
    ended = [process.communicate(timeout=60)[1].decode() for process in started]
    assert [process.returncode for process in started] == [0, 0], ended
    assert tables(empty) == {*Base.metadata.tables, "alembic_version"}


def test_a_new_file_that_another_program_writes_is_waited_for(tmp_path):
    path = tmp_path / "new.db"
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        later = threading.Timer(0.3, other.execute, ["ROLLBACK"])
        later.start()
        database = open_database(f"sqlite:///{path}")
        with database.write() as session:
            assert session.scalar(text("PRAGMA journal_mode")) == "wal"
        assert time.monotonic() - began >= 0.3
        later.join()
        database.engine.dispose()


def test_there_is_one_line_of_migrations_and_none_imports_the_application():
    assert len(ScriptDirectory(str(MIGRATIONS)).get_heads()) == 1
    for path in (MIGRATIONS / "versions").glob("*.py"):
        assert "backend" not in path.read_text(), path.name
