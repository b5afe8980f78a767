"""What the API says of itself while its parts hang or are broken, and of a change that it has saved."""

import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import psycopg
import pytest
from sqlalchemy import func, select

from backend.db.tables import Job
from tests.factories import PACK, serve

API = "/api/v1"
CROWD = 45  # a process has 40 threads


def num_jobs(database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(Job))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_broken_package_below_the_queue_costs_no_change_and_is_named(
    database, settings, scene, tmp_path, monkeypatch
):
    """As it was: kombu imports `packaging`, which was not there."""
    broken = tmp_path / "broken" / "packaging"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text("raise ImportError('packaging is not there')")
    monkeypatch.setenv("PYTHONPATH", str(broken.parent))
    before = num_jobs(database)
    with (
        serve(settings.model_copy(update={"broker_url": "redis://127.0.0.1:1/0"})) as url,
        httpx.Client(base_url=url, timeout=30, headers=scene.admin.headers) as api,
    ):
        got = api.post(f"{API}/projects/demo/imports", json={"path": str(PACK)})
        assert (got.status_code, got.json()["state"]) == (202, "queued")
        ready = api.get("/readyz")
        assert ready.status_code == 503
        assert ready.json()["parts"] == {
            "database": "ok",
            "storage": "ok",
            "queue": "The check failed with ImportError; the log says more.",
        }
        assert api.get("/livez").status_code == 200
    assert num_jobs(database) == before + 1
    log = (Path(settings.data_dir) / "api.log").read_text()
    assert "bell_lost" in log
    assert "packaging is not there" in log


def test_a_change_whose_answer_fails_is_said_to_be_saved(client, database, scene, monkeypatch):
    before = num_jobs(database)
    body, headers = {"path": str(PACK)}, scene.admin.headers
    with monkeypatch.context() as patched:
        patched.setattr("backend.api.images.JobView.model_validate", lambda _: object())  # no JSON can be made of it
        saved = client.post(f"{API}/projects/demo/imports", json=body, headers=headers)
    assert (saved.status_code, saved.json()["code"]) == (500, "answer_failed")
    assert "The change was saved" in saved.json()["detail"]
    assert num_jobs(database) == before + 1
    with monkeypatch.context() as patched:
        patched.setattr("backend.api.images.JobView.model_validate", lambda _: 1 / 0)  # before the commit
        unsaved = client.post(f"{API}/projects/demo/imports", json=body, headers=headers)
    assert (unsaved.status_code, unsaved.json()["code"]) == (500, "internal_error")
    assert "Nothing was changed" in unsaved.json()["detail"]
    assert num_jobs(database) == before + 1


@contextmanager
def hung(server: str):
    """The whole PostgreSQL server stands still, as on a machine whose disk does not answer."""
    with psycopg.connect(server.replace("DATABASE", "postgres")) as connection:
        (folder,) = connection.execute("SHOW data_directory").fetchone()
    postmaster = psutil.Process(int((Path(folder) / "postmaster.pid").read_text().split()[0]))
    everybody = [postmaster, *postmaster.children()]
    for one in everybody:
        one.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for one in everybody:
            one.send_signal(signal.SIGCONT)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_hung_database_with_every_thread_waiting_for_it_leaves_the_api_alive(settings, scene, postgres):
    with (
        serve(settings) as url,
        httpx.Client(base_url=url, timeout=60, limits=httpx.Limits(max_connections=100)) as api,
        ThreadPoolExecutor(CROWD) as crowd,
    ):
        begun = threading.Barrier(CROWD + 1)

        def ask() -> int:
            begun.wait()
            return api.get(f"{API}/projects", headers=scene.admin.headers).status_code

        with hung(postgres):
            waiting = [crowd.submit(ask) for _ in range(CROWD)]
            begun.wait()
            time.sleep(0.5)  # until all are with the API
            for _ in range(3):
                began = time.monotonic()
                assert httpx.get(f"{url}/livez", timeout=5).status_code == 200
                assert time.monotonic() - began < 1
            assert not any(one.done() for one in waiting)
            began = time.monotonic()
            ready = httpx.get(f"{url}/readyz", timeout=30)
            assert 3 < time.monotonic() - began < 6
            assert ready.status_code == 503
            assert ready.json()["parts"] | {"queue": ""} == {
                "database": "No answer within 4 s.", "storage": "ok", "queue": "",
            }  # fmt: skip
        assert {one.result(timeout=30) for one in waiting} <= {200, 503}
        assert httpx.get(f"{url}/readyz", timeout=30).json()["parts"]["database"] == "ok"
