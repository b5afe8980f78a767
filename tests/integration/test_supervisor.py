"""`stal up` as a person runs it: real processes, real signals."""

import json
import re
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from backend.config import Settings
from backend.db import jobs as job_rows
from backend.db import users
from backend.db.session import Database, open_database
from backend.domain.job_state import JobState
from backend.services import auth
from backend.supervisor.child import MAX_DEATHS, Child
from backend.supervisor.trouble import PartFailed
from tests.integration.installations import Up, stal, start, wait_for

PACK = Path(__file__).parents[2] / "demo" / "pack"
CLASSES = json.loads((PACK / "classes.json").read_text())["classes"]


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    with start(tmp_path_factory.mktemp("up")) as found:
        yield found


def start_import(up: Up, database: Database, slug: str) -> str:
    with database.write() as session:
        token = auth.issue(session, users.by_email(session, "admin@localhost").id, kind="token", life=None, name="t")
    headers = {"Authorization": f"Bearer {token.text}"}
    with httpx.Client(base_url=f"{up.url}/api/v1", headers=headers, timeout=30) as client:
        client.post("/projects", json={"slug": slug, "name": slug, "classes": CLASSES}).raise_for_status()
        return client.post(f"/projects/{slug}/imports", json={"path": str(PACK)}).raise_for_status().json()["id"]


def is_ready(up: Up) -> bool:
    try:
        return httpx.get(f"{up.url}/readyz").status_code == 200
    except httpx.HTTPError:
        return False


def deaths(up: Up) -> int:
    return up.lines().count("(signal 9); started again")


def job_of(database: Database, job_id: str):
    with database.read() as session:
        return job_rows.get(session, job_id)


def refused(*arguments: object, cwd: Path) -> str:
    done = stal(*arguments, cwd=cwd)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("stal: ")
    assert done.stderr.count("\n") == 1
    return done.stderr


def test_every_part_answers_and_the_api_holds_no_torch(up):
    assert [line.split()[:2] for line in up.lines().splitlines()] == [
        ["database", "ready"], ["broker", "ready"], ["api", "ready"], ["worker", "ready"], ["stal", "ready"],
    ]  # fmt: skip
    assert httpx.get(f"{up.url}/readyz").json()["parts"] == {"database": "ok", "storage": "ok", "queue": "ok"}
    api = up.part("backend.api")
    assert api.memory_info().rss < 200e6
    assert not [found.path for found in api.memory_maps() if "torch" in found.path]
    assert {path.name for path in (up.data_dir / "logs").iterdir()} == {"broker.log", "api.log", "worker.log"}


def test_the_broker_lets_nobody_in_without_its_password(up):
    command = " ".join(up.part("valkey-server").cmdline())
    port = int(re.search(r":(\d+)$", command).group(1))
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"PING\r\n")
        assert connection.recv(100).startswith(b"-NOAUTH")


def test_a_second_one_on_the_same_folder_is_refused_and_the_first_goes_on(up):
    said = refused("up", "--port", "0", "--data", up.data_dir, cwd=up.output.parent)
    assert str(up.data_dir) in said
    assert up.url in said
    assert httpx.get(f"{up.url}/livez").status_code == 200


def test_a_busy_port_is_named(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"Port {port} " in refused("up", "--port", port, "--data", tmp_path / "data", cwd=tmp_path)
    assert not (tmp_path / "data" / "stal.db").exists()


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()
    assert str(tmp_path / "file" / "data") in refused("up", "--data", tmp_path / "file" / "data", cwd=tmp_path)


@pytest.mark.parametrize("words", ["valkey-server", "backend.api", "-m worker"])
def test_a_part_that_dies_is_started_again_and_work_goes_on(up, words):
    victim, before = up.part(words), deaths(up)
    heirs = victim.children(recursive=True)
    victim.kill()
    wait_for(lambda: up.parts(words) not in ([], [victim]))
    wait_for(lambda: deaths(up) > before)  # it is started first, then told of
    wait_for(lambda: not any(heir.is_running() for heir in heirs))
    wait_for(lambda: is_ready(up))
    assert deaths(up) == before + 1
    database = open_database(Settings(data_dir=up.data_dir).database)
    job_id = start_import(up, database, re.sub(r"\W+", "-", words).strip("-"))
    wait_for(lambda: job_of(database, job_id).state is JobState.SUCCEEDED, seconds=90)
    database.engine.dispose()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_nothing_outlives_the_installation(tmp_path, number):
    with start(tmp_path) as up:
        database = open_database(Settings(data_dir=up.data_dir).database)
        job_id = start_import(up, database, "demo")
        wait_for(lambda: job_of(database, job_id).state is JobState.RUNNING)
        everybody = wait_for(lambda: up.part("-m worker").children(recursive=True)) and up.process.children(
            recursive=True
        )
        assert len(everybody) >= 4  # broker, API, worker, and the process at work
        began = time.monotonic()
        up.process.send_signal(number)
        code = up.process.wait(timeout=30)
        _, alive = psutil.wait_procs(everybody, timeout=10)
        assert not alive
        assert time.monotonic() - began < 20
        assert code == (-signal.SIGKILL if number is signal.SIGKILL else 0)
        # What was at work is a row that the next worker goes on with.
        assert job_of(database, job_id).state in (JobState.QUEUED, JobState.RUNNING, JobState.SUCCEEDED)
        database.engine.dispose()


def test_a_part_that_dies_again_and_again_is_given_up_with_its_last_words(tmp_path):
    child = Child(
        name="clock", command=["/bin/sh", "-c", "echo the spring is broken; exit 7"],
        environment={}, log=tmp_path / "clock.log", check=lambda: False, lives=lambda: False,
    )  # fmt: skip
    child.start()
    for _ in range(MAX_DEATHS - 1):
        wait_for(lambda: child.dead)
        assert child.revive() == "died (exit code 7); started again"
    wait_for(lambda: child.dead)
    with pytest.raises(PartFailed, match=rf"clock has died {MAX_DEATHS} times.*exit code 7.*the spring is broken"):
        child.revive()
