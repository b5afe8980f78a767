"""The commands that container engines call as health checks, as they call them."""

import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

from backend import heartbeat
from backend.heartbeat import Heartbeat
from backend.replacement import INITS
from tests.factories import serve

ROOT = Path(__file__).parents[2]
HEAVY = {"pydantic", "sqlalchemy", "celery", "fastapi", "structlog", "typing", "dataclasses", "pathlib", "argparse"}


def check(module: str, *arguments: object, **environment: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-S", "-m", module, *map(str, arguments)],
        check=False, capture_output=True, text=True, cwd=ROOT, timeout=60, env=os.environ | environment,
    )  # fmt: skip
    assert not done.stderr
    assert done.stdout.count("\n") == 1
    return done.returncode, done.stdout.strip()


@pytest.mark.parametrize("module", ["worker.healthcheck", "backend.api.healthcheck"])
def test_a_check_costs_next_to_nothing(module):
    code = f"import sys, {module}; print(*sys.modules)"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], check=True, capture_output=True, text=True, cwd=ROOT, timeout=60
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert not HEAVY & set(done.stdout.split())
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.2  # s of a processor


def test_the_workers_check_says_what_its_heartbeat_says(tmp_path):
    path = str(tmp_path / "heartbeat")

    def checked() -> tuple[int, str]:
        return check("worker.healthcheck", STAL_WORKER_HEARTBEAT=path)

    assert checked() == (1, f"No worker has said how it is in {path}.")
    written = Heartbeat(path)
    written.beat("The process at work is starting.")
    assert checked() == (1, "The process at work is starting.")
    written.beat("")
    assert checked() == (0, "The worker can work.")
    for moment, words in ((time.monotonic() - 20, "for 2"), (time.monotonic() + 9999, "for inf")):  # before a reboot
        os.pwrite(written._file, f"{moment:.3f} ".encode(), 0)
        code, said = checked()
        assert (code, said.startswith(f"The worker has not said how it is {words}")) == (1, True)


def test_two_workers_never_write_the_same_heartbeat(tmp_path):
    path = str(tmp_path / "heartbeat")
    first, second = Heartbeat(path), Heartbeat(path)
    assert (first.path, second.path) == (path, f"{path}.{os.getpid()}")
    first.beat("of the first")
    second.beat("of the second")
    assert heartbeat.read(path)[1] == "of the first"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_apis_check_is_red_unless_it_is_ready(settings):
    port = 0
    with serve(settings) as url:
        port = url.rpartition(":")[2]
        code, said = check("backend.api.healthcheck", port)
        assert code == 1
        assert said.startswith("The API is not ready: ")
        assert "No job queue is configured" in said
    code, said = check("backend.api.healthcheck", port)
    assert (code, said.startswith("The API does not answer")) == (1, True)


@pytest.mark.skipif(
    Path("/proc/1/comm").exists() and Path("/proc/1/comm").read_text().strip() in INITS,
    reason="in a container of our own kind it is not refused",
)
def test_outside_of_a_container_nobody_is_killed(tmp_path):
    path = str(tmp_path / "nobody")
    code, said = check("worker.healthcheck", "--replace", STAL_WORKER_HEARTBEAT=path, TMPDIR=str(tmp_path))
    assert code == 1
    assert "It is not replaced" in said
    assert not list(tmp_path.iterdir())


CONTAINER = """
import ctypes, os, pathlib, subprocess, sys, time
assert os.getpid() == 1
ctypes.CDLL(None).prctl(15, b"docker-init", 0, 0, 0)  # PR_SET_NAME
parts = [subprocess.Popen(["sleep", "600"]) for _ in range(2)]
def check():
    command = [sys.executable, "-S", "-m", "worker.healthcheck", "--replace"]
    done = subprocess.run(command, capture_output=True, text=True)
    return f"{done.returncode} {[part.poll() for part in parts]} {done.stdout.strip()} {done.stderr.strip()}"
print(check())
(missed,) = pathlib.Path(os.environ["TMPDIR"]).glob("stal-missed-worker-*")
print(check(), check())  # three, but within a moment
life, first, count = missed.read_text().split()
missed.write_text(f"{life} {float(first) - 61} {count}")
killed = check()
print([part.wait(10) for part in parts], killed)
print(missed.exists(), check())
"""


def test_in_a_container_what_hangs_is_ended_for_the_engine_to_start_it_again(tmp_path):
    """A namespace of processes whose PID 1 has an init's name: `kill(-1)` reaches nobody outside of it."""
    inside = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc"]
    if subprocess.run([*inside, "true"], check=False, capture_output=True).returncode != 0:
        pytest.skip("this machine gives nobody a namespace")
    done = subprocess.run(
        [*inside, sys.executable, "-c", CONTAINER], check=False, capture_output=True, text=True, cwd=ROOT, timeout=60,
        env=os.environ | {"TMPDIR": str(tmp_path), "STAL_WORKER_HEARTBEAT": str(tmp_path / "none")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    once, thrice, killed, after = done.stdout.splitlines()
    words = f"No worker has said how it is in {tmp_path / 'none'}."
    assert once == f"1 [None, None] {words} "
    assert thrice.count("[None, None]") == 2
    assert killed.startswith("[-9, -9] 1 ")
    assert "No answer to 4 checks in 61 s: everything in this container is killed." in killed
    assert after.startswith("False 1 ")  # the count begins anew
