"""Backup and restore of rows and blobs between both kinds of database: every row, every hash, and what is refused."""

import hashlib
import io
import json
import os
import tarfile
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import func, select, text, update

from backend.cli.backup import take
from backend.db import migrate
from backend.db.base import Base
from backend.db.migrate import alembic_config
from backend.db.session import Database, open_database
from backend.db.tables import (
    Answer,
    Checkpoint,
    Credential,
    Evaluation,
    Event,
    Image,
    ImageMap,
    Job,
    Packet,
    Query,
    Round,
    ScoredImage,
    SuperpixelMap,
    User,
)
from backend.domain.errors import Conflict, InvalidInput
from backend.domain.job_state import JobKind, JobState, Queue
from backend.domain.vocabulary import AnswerKind, Split
from backend.services import answers, packets, restore
from backend.services.restore import Reader
from backend.storage import BlobStore, open_store

DATABASES = ("sqlite", "postgresql")
ODD = 'Ünïcode ☃ 𝄞 "quoted" \\ \n\r\t\u2028 end'
NUMBERS = [0, 1.0, -0.0, 1e16, 1e22, 1e-7, 0.1 + 0.2, 2**53 - 1, True, None, {"b": 1, "a": [ODD]}]


def quiet(_what, _fraction):
    """Watch nothing."""


def everything(database: Database) -> dict[str, list[tuple]]:
    """Every row of every table as the application's own tables read it."""
    found = {}
    with database.read() as session:
        for name, table in Base.metadata.tables.items():
            key = [column.name for column in table.primary_key]
            rows = [dict(row._mapping) for row in session.execute(select(table))]
            nulls = [column.name for column in table.columns if column.nullable]  # of the database, not of JSON
            counted = [session.scalar(text(f'SELECT count(*) FROM {name} WHERE "{one}" IS NULL')) for one in nulls]
            ordered = sorted(rows, key=lambda row: [row[one] for one in key])
            found[name] = [*(tuple(row.items()) for row in ordered), tuple(counted)]
    return found


def hashes(store: BlobStore) -> dict[str, int]:
    found = dict(store.sizes())
    for key in found:
        assert hashlib.sha256(store.get(key)).hexdigest() == key
    return found


def fill_all_tables(database: Database, blobs: BlobStore, scene) -> None:
    """At least one row a table, with values that a copy may get wrong."""
    with database.write() as session:
        image = session.scalars(select(Image)).first()
        round_ = session.get_one(Round, scene.round_id)
        round_.training_log, round_.effort = NUMBERS, {"numbers": NUMBERS, ODD: ODD}
        round_.manifest_key = blobs.put(b"{}")
        checkpoint = Checkpoint(
            project_id=scene.project_id, round_id=scene.round_id, blob_key=blobs.put(os.urandom(9_000_000)),
            size=9_000_000, provenance={"network": "tiny_fpn"},
        )  # fmt: skip
        session.add(checkpoint)
        session.flush()
        session.add_all(
            [
                Evaluation(
                    checkpoint_id=checkpoint.id, round_id=scene.round_id, split=Split.VAL, num_images=1,
                    confusion=[[2**40]], iou=[None, 0.5], boundary_iou=[], reliability=[], pixel_accuracy=1 / 3,
                ),
                ImageMap(round_id=scene.round_id, image_id=image.id, kind="score", blob_key=blobs.put(b"a map")),
                ScoredImage(round_id=scene.round_id, image_id=image.id, position=0, candidates=[], image_hash="f" * 16),
                SuperpixelMap(image_id=image.id, wanted=9, found=8, blob_key=blobs.put(b"superpixels")),
                Job(project_id=scene.project_id, kind=JobKind.IMPORT_DATASET, queue=Queue.CPU, result=None),
                Job(
                    project_id=scene.project_id, round_id=scene.round_id, kind=JobKind.SCORE_POOL, queue=Queue.GPU,
                    state=JobState.SUCCEEDED, result={"pseudo_labels": blobs.put(b"summary")},
                ),
                Job(  # the newest
                    id="f" * 32, project_id=scene.project_id, round_id=scene.round_id, kind=JobKind.TRAIN_ROUND, queue=Queue.GPU,
                    state=JobState.FAILED, cursor={"snapshot": blobs.put(b"snapshot"), "iteration": 3}, error=ODD,
                ),
                Event(project_id=scene.project_id, kind="x", payload={}),
                Credential(
                    user_id=scene.admin.user_id, kind="link", secret_sha256="0" * 64, name=ODD,
                    expires_at=datetime(2030, 1, 2, 3, 4, 5, 678901, tzinfo=UTC),
                ),
            ]
        )  # fmt: skip
        session.scalars(select(Event).order_by(Event.id)).first().id = 2**31 - 10
        answer_some(session, scene.annotator.actor, scene.slug, 3)


def answer_some(session, actor, slug, count) -> None:
    leased = packets.lease(session, actor, slug, size=count, lease_seconds=600)
    for query in leased.queries:
        said = answers.Said(kind=AnswerKind.LABEL_MAP, class_id=1, seconds=1.5)
        answers.put(session, actor, query.id, said, lease_token=leased.lease_token)


def taken_from(database: Database, blobs: BlobStore) -> bytes:
    sink = io.BytesIO()
    taken = take(database, blobs, sink, quiet)
    data = sink.getvalue()
    assert (taken.bytes, taken.sha256, taken.lost) == (len(data), hashlib.sha256(data).hexdigest(), [])
    return data


@dataclass
class Place:
    """Somewhere to restore into."""

    url: str
    blobs: BlobStore

    def restore(self, data: bytes) -> Database:
        """As the verb does."""
        reader = Reader(io.BytesIO(data))
        database = open_database(self.url)
        try:
            with database.read() as session:
                there = restore.check_empty(session)
            if there != reader.manifest.revision:
                migrate.remake(self.url, reader.manifest.revision)
            with database.write() as session:
                restore.fill(session, self.blobs, reader, quiet)
            migrate.upgrade(self.url)
        except BaseException:
            database.engine.dispose()
            raise
        return database


@pytest.fixture
def place(new_database, tmp_path):
    def place(kind: str = "sqlite") -> Place:
        return Place(new_database(kind), open_store((tmp_path / os.urandom(4).hex()).as_uri(), {}))

    return place


@pytest.fixture
def full(database, blobs, scene):
    fill_all_tables(database, blobs, scene)
    return database


@pytest.mark.parametrize("kind", DATABASES)
def test_every_row_and_every_blob_come_back_on_either_kind_of_database(kind, full, blobs, scene, place):
    there = place(kind)
    restored = there.restore(taken_from(full, blobs))
    before, after = everything(full), everything(restored)
    assert all(len(rows) > 1 for rows in before.values()), "a table without a row proves nothing"
    for name, rows in before.items():
        assert after[name] == rows, name
    assert hashes(there.blobs) == hashes(blobs)
    with restored.write() as session:  # counting goes on after what came
        session.add(Event(project_id=scene.project_id, kind="y", payload={}))
        session.flush()
        assert session.scalar(select(func.max(Event.id)).where(Event.kind == "y")) > 2**31 - 10
    again = taken_from(restored, there.blobs)
    restored.engine.dispose()
    assert restore.check(Reader(io.BytesIO(again)), quiet).rows == sum(len(rows) - 1 for rows in before.values()) + 1


def test_blobs_that_no_row_names_are_left_out(full, blobs):
    orphan = blobs.put(b"of a project that was deleted")
    with tarfile.open(fileobj=io.BytesIO(taken_from(full, blobs))) as tar:
        names = tar.getnames()
    assert names[0] == "manifest.json"
    assert names[-1] == "end.json"
    assert f"blobs/{orphan}" not in names
    assert len(names) == len(set(names))


@pytest.fixture
def sqlite_backup(scene_template, tmp_path):
    """A small one, with where each of its members begins."""
    database = open_database(f"sqlite:///{scene_template.sqlite_path}")
    data = taken_from(database, open_store(scene_template.blobs_path.as_uri(), {}))
    database.engine.dispose()
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        return data, tar.getmembers()


def refuses(there: Place, data: bytes) -> str:
    with pytest.raises(InvalidInput) as refused:
        restore.check(Reader(io.BytesIO(data)), quiet)
    with pytest.raises(InvalidInput):
        there.restore(data)
    database = open_database(there.url)
    with database.read() as session:
        restore.check_empty(session)
    database.engine.dispose()
    return str(refused.value)


def test_one_that_ends_too_early_is_refused(sqlite_backup, place):
    data, members = sqlite_backup
    there = place()
    *_, last_blob, end = members
    for at in (members[3].offset, last_blob.offset_data + 5, end.offset, end.offset_data + 5):
        assert "damaged" in refuses(there, data[:at])
    for at in (0, 100):
        assert "no backup" in refuses(there, data[:at])
    there.restore(data).engine.dispose()  # what was left of the others is not in its way


def test_a_flipped_byte_is_found_wherever_it_is(sqlite_backup, place):
    data, members = sqlite_backup
    by_name = {member.name: member for member in members}
    row = next(member for name, member in by_name.items() if name.startswith("tables/queries"))
    blob = next(member for name, member in by_name.items() if name.startswith("blobs/"))
    places = {
        "in the manifest": data.index(b"rows", members[0].offset_data) + 7,
        "in a row": data.index(b"0.", row.offset_data) + 3,
        "in a blob": blob.offset_data + blob.size // 2,
        "in the end": members[-1].offset_data + 30,
        "in a header": blob.offset + 10,
    }
    for at in places.values():
        damaged = bytearray(data)
        damaged[at] ^= 1
        refuses(place(), bytes(damaged))


def test_one_without_a_blob_that_a_row_names_is_refused(sqlite_backup, place):
    data, members = sqlite_backup
    blobs = [member for member in members if member.name.startswith("blobs/")]
    end = json.loads(data[members[-1].offset_data :][: members[-1].size])
    end["blobs"] -= 1
    end["blob_bytes"] -= blobs[0].size
    ending = io.BytesIO()
    with tarfile.open(fileobj=ending, mode="w") as tar:
        member = tarfile.TarInfo("end.json")
        member.size = len(json.dumps(end))
        tar.addfile(member, io.BytesIO(json.dumps(end).encode()))
    without = data[: blobs[0].offset] + data[blobs[1].offset : members[-1].offset] + ending.getvalue()
    assert blobs[0].name.removeprefix("blobs/") in refuses(place(), without)


def test_what_is_no_backup_is_told_so(place):
    for data in (b"", b"PK" + bytes(2000), os.urandom(20_000)):
        assert "no backup" in refuses(place(), data)


@pytest.mark.parametrize("kind", DATABASES)
def test_a_place_with_rows_is_refused_and_one_with_the_first_admin_only_is_not(kind, full, blobs, scene, place):
    data = taken_from(full, blobs)
    there = place(kind)
    migrate.upgrade(there.url)
    database = open_database(there.url)
    with database.write() as session:
        session.add(User(email="first@localhost", name="Admin", role="admin"))
    there.restore(data).engine.dispose()
    assert everything(database) == everything(full)
    with pytest.raises(Conflict, match=r"not empty: it has rows \(.*\d+ queries"):
        there.restore(data)
    assert everything(database) == everything(full)
    database.engine.dispose()


def test_a_database_of_something_else_is_refused(place):
    there = place()
    database = open_database(there.url)
    with database.write() as session:
        session.execute(text("CREATE TABLE invoices (id INTEGER)"))
    with database.read() as session, pytest.raises(Conflict, match="invoices"):
        restore.check_empty(session)
    database.engine.dispose()


@pytest.mark.parametrize("kind", DATABASES)
def test_one_from_before_a_migration_is_brought_to_the_newest_schema(kind, full, blobs, place):
    """The database is brought back to an older schema, backed up by this program, and the backup restored."""
    with full.write() as session:
        session.execute(text("DELETE FROM events"))
    url = full.engine.url.render_as_string(hide_password=False).replace("+psycopg", "")
    command.downgrade(alembic_config(url), "-1")
    data = taken_from(full, blobs)
    manifest = Reader(io.BytesIO(data)).manifest
    assert manifest.revision != migrate.newest()
    assert "preferences" not in str(manifest)
    there = place(kind)
    migrate.upgrade(there.url)  # it may even have a newer one
    restored = there.restore(data)
    migrate.upgrade(url)
    assert everything(restored) == everything(full)
    restored.engine.dispose()


def test_what_the_store_has_lost_is_told_and_the_rest_comes_back(full, blobs, place):
    with full.read() as session:
        gone, damaged = session.scalars(select(Image.blob_key).limit(2))
    blobs.delete(gone)
    path = Path(blobs.store.prefix) / damaged[:2] / damaged
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    sink = io.BytesIO()
    taken = take(full, blobs, sink, quiet)
    assert taken.lost == sorted([gone, damaged])
    there = place()
    there.restore(sink.getvalue()).engine.dispose()
    assert set(hashes(there.blobs)) == set(dict(blobs.sizes())) - {damaged}


def test_a_snapshot_that_is_replaced_under_its_feet_is_taken_anew(full, blobs, scene, monkeypatch):
    """A training saves between the look at its row and at its blob, three times."""
    saves = [b"1", b"2", b"3"]
    stream = BlobStore.stream

    def slow(store, key):
        if saves and (now := current()) == key:
            with full.write() as session:
                session.execute(
                    update(Job).where(Job.state == "failed").values(cursor={"snapshot": blobs.put(saves.pop())})
                )
            blobs.delete(now)
        return stream(store, key)

    def current() -> str:
        with full.read() as session:
            return session.scalars(select(Job.cursor).where(Job.state == "failed")).one()["snapshot"]

    monkeypatch.setattr(BlobStore, "stream", slow)
    data = taken_from(full, blobs)
    assert not saves
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        assert f"blobs/{current()}" in tar.getnames()


def test_the_rows_are_of_one_moment_while_people_answer(full, blobs, scene, place):
    stop, done = threading.Event(), []

    def answer_and_take_back():
        actor, said = scene.annotator.actor, answers.Said(kind=AnswerKind.LABEL_MAP, class_id=2, seconds=1.0)
        with full.write() as session:
            leased = packets.lease(session, actor, scene.slug, size=4, lease_seconds=600)
        while not stop.is_set():
            for change in (partial(answers.put, said=said), answers.undo):
                for query in leased.queries:
                    with full.write() as session:
                        change(session, actor, query.id, lease_token=leased.lease_token)
                    done.append(query.id)

    people = threading.Thread(target=answer_and_take_back)
    people.start()
    try:
        backups = []
        for _ in range(3):
            before = len(done)
            backups.append(taken_from(full, blobs))
            assert len(done) > before, "nobody has answered meanwhile"
    finally:
        stop.set()
        people.join()
    for data in backups:
        restored = place().restore(data)
        with restored.read() as session:
            told = session.get_one(Round, scene.round_id).num_resolved
            resolved = session.scalar(select(func.count()).where(Query.state == "resolved"))
            answered = session.scalar(select(func.count()).where(Answer.kept_as == "answer"))
            leased = session.scalar(select(func.count()).where(Query.packet_id.is_not(None)))
            assert session.scalar(select(func.count()).select_from(Packet)) or not leased
        restored.engine.dispose()
        assert told == resolved == answered
