"""docker-compose.yml on a real container engine, in the order of a life: build, upgrade, use, break, scale, restore.

Each test goes on where the one before has ended; run them all (`make test-compose`).
"""

import os
import re
import time
from pathlib import Path

import httpx
import pytest

from tests.compose.conftest import ROOT
from tests.compose.stack import HTTP_PORT, HTTPS_PORT, PORT, Stack, run, wait_for

PREVIOUS = os.environ.get("PREVIOUS", "HEAD~1")
BASE = "python:3.12-slim"
API_IMAGE, WORKER_IMAGE = "stal-api:test", "stal-worker:test"
CONFINED = ("--read-only", "--cap-drop", "ALL", "--network", "none", "--tmpfs", "/tmp:exec", "--volume", "/data")
SERVICES = ("postgres", "valkey", "api", "worker")


def megabytes(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)([kMG]i?B)", text).groups()
    return float(number) * {"k": 1e-3, "M": 1, "G": 1e3}[unit[0]]


def image_bytes(name: str) -> int:
    return int(run("docker", "image", "inspect", "--format", "{{.Size}}", name))


def in_image(image: str, *command: str) -> str:
    return run("docker", "run", "--rm", *CONFINED, image, *command)


def test_context_is_what_the_tests_think(stack):
    """The build context is the one that `make test` builds in without an engine"""
    from tests.integration.build_context import context_files

    listed = run(
        "docker", "build", "--quiet", "--network", "none", "--file", "-", ".", cwd=stack.folder,
        input=f"FROM {BASE}\nCOPY . /context\n",
    ).strip()  # fmt: skip
    found = in_image(listed, "sh", "-c", "cd /context && find . -type f").split()
    assert sorted(path.removeprefix("./") for path in found) == sorted(map(str, context_files(stack.folder)))


def test_previous_commit_comes_up_and_is_used(stack, figure):
    """The previous commit is built, started and used: project, import, round 0, an answer"""
    run("git", "checkout", "--quiet", run("git", "rev-parse", PREVIOUS, cwd=ROOT).strip(), cwd=stack.folder)
    stack.up(seconds=600)
    first_use(stack)


def test_upgrade_keeps_everything(stack, figure):
    """`docker compose up` of this commit takes over the previous one's data; work goes on"""
    before, blobs = stack.named_answers(), stack.blobs()
    run("git", "checkout", "--quiet", run("git", "rev-parse", "HEAD", cwd=ROOT).strip(), cwd=stack.folder)
    figure(
        "Upgrade: `docker compose up` with another commit's images running, torch's layer cached", f"{stack.up():.0f} s"
    )
    assert stack.named_answers() == before
    assert blobs.items() <= stack.blobs().items()
    stack.answer(1)
    assert len(stack.named_answers()["answered"]) == len(before["answered"]) + 1
    stack.compose("down", "--volumes")


def test_images(stack, figure):
    """Images: no root, no torch in the API's, byte-compiled, each module of ours can be imported in its own"""
    stack.compose("build")
    base, api, worker = (image_bytes(name) / 1e6 for name in (BASE, API_IMAGE, WORKER_IMAGE))
    figure("Image of the API beyond its base", f"{api - base:.0f} MB")
    figure("Image of the worker beyond its base", f"{worker - base:.0f} MB")
    assert api - base < 300
    for image in (API_IMAGE, WORKER_IMAGE):
        assert in_image(image, "id", "-u") == "1000\n"
        assert in_image(image, "python", "-c", "import importlib.metadata as m; print(m.version('stal'))").strip()
        stale = in_image(
            image,
            "sh",
            "-c",
            'find /app /opt/stal/lib -name "*.py" | wc -l; find /app /opt/stal/lib -name "*.pyc" | wc -l',
        )
        sources, compiled = map(int, stale.split())
        assert compiled > 0.98 * sources  # a few files of packages are templates, which no Python can compile
    find = "import importlib.util as u, sys; print(u.find_spec('torch') is not None)"
    assert in_image(API_IMAGE, "python", "-c", find) == "False\n"
    load = """
import time
began = time.process_time()
import torch, worker.jobs
worker.jobs.load_all()
print(time.process_time() - began)
"""
    seconds = float(in_image(WORKER_IMAGE, "python", "-c", load))
    figure("CPU seconds to import all that a worker's process at work needs", f"{seconds:.1f} s")


def test_editing_the_lock_downloads_nothing_again(stack, figure):
    """An edit of requirements.lock builds again without downloading torch again"""
    lock = stack.folder / "requirements.lock"
    lock.write_text(lock.read_text() + "# edited\n")
    began = time.monotonic()
    stack.compose("build", "worker")
    figure(
        "Build of the worker's image after an edit of the lock (packages from the cache)",
        f"{time.monotonic() - began:.0f} s",
    )
    run("git", "checkout", "--quiet", "requirements.lock", cwd=stack.folder)
    began = time.monotonic()
    (stack.folder / "worker" / "__init__.py").write_text("# edited\n")
    stack.compose("build", "worker")
    figure("Build of the worker's image after an edit of its code", f"{time.monotonic() - began:.0f} s")
    run("git", "checkout", "--quiet", "worker/__init__.py", cwd=stack.folder)


def test_plain_up_is_a_working_system(stack, figure):
    """`scripts/init-compose` and `docker compose up`: everything is healthy, nothing else is running"""
    figure("`docker compose up` until all is healthy, images built", f"{stack.up():.0f} s")
    assert {one["Service"] for one in stack.containers()} == {*SERVICES, "migrate"}
    assert stack.folder.joinpath(".env").stat().st_mode & 0o777 == 0o600
    usage = run("docker", "stats", "--no-stream", "--format", "{{.Name}} {{.MemUsage}}")
    for name, used in re.findall(r"^stal-test-(\S+)-1 (\S+) /", usage, re.MULTILINE):
        figure(f"Memory of {name}, idle", f"{megabytes(used):.0f} MB")


def test_containers_are_confined(stack):
    """Read-only roots, no capabilities, no root, bounded logs and memory; one port, on this machine only"""
    for one in stack.containers():
        found = stack.inspect(one["Name"])
        host, name = found["HostConfig"], one["Service"]
        assert (name, host["ReadonlyRootfs"], host["CapDrop"]) == (name, True, ["ALL"])
        assert host["LogConfig"]["Config"] == {"max-size": "10m", "max-file": "5"}
        assert "no-new-privileges:true" in host["SecurityOpt"]
        assert found["Config"]["User"] not in ("", "root", "0")
        assert host["Memory"] > 0 or name == "migrate"
        published = {port: bindings for port, bindings in (host["PortBindings"] or {}).items() if bindings}
        assert published == ({"8000/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(PORT)}]} if name == "api" else {})
    secrets = [stack.secret(name) for name in ("POSTGRES_PASSWORD", "VALKEY_PASSWORD", "STAL_ADMIN_PASSWORD")]
    assert len(set(secrets)) == 3
    assert all(len(secret) == 32 for secret in secrets)
    assert secrets[2] not in str(stack.inspect(stack.containers("worker")[0]["Name"])["Config"]["Env"])


def test_first_use(stack, figure):
    """Sign in, project, import, round 0, an answer"""
    assert "<script" in httpx.get(stack.url).text
    began = time.monotonic()
    first_use(stack)
    figure(
        "From signing in to the first answer (72 images, round 0 of 2 iterations)", f"{time.monotonic() - began:.0f} s"
    )
    refused = httpx.post(
        f"{stack.url}/api/v1/projects/town/imports", json={"path": "/etc", "domain": "target"}, cookies=stack._cookies
    )
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_input")


def first_use(stack: Stack) -> None:
    stack.sign_in()
    stack.make_project()
    for domain in ("source", "target"):
        job = stack.start_import(domain)
        wait_for(lambda job=job: stack.import_done(job), seconds=180)
    stack.reach(stack.start_round(), "labelling")
    stack.answer(1)


@pytest.mark.parametrize("service", ["api", "worker"])
def test_doctor(stack, service):
    """`stal doctor` in a container finds nothing broken, and speaks of what that container needs"""
    said = stack.compose("exec", "-T", service, "stal", "doctor")
    assert "broken" not in said
    assert ("torch" in said) == (service == "worker")
    assert ("browser app" in said) == (service == "api")


def test_health_check_costs_little(stack, figure):
    """The worker's health check costs less than 0.2 s of CPU"""
    command = stack.inspect(stack.containers("worker")[0]["Name"])["Config"]["Healthcheck"]["Test"][1:]
    timed = """
import resource, subprocess, sys
assert subprocess.call(sys.argv[1:]) == 0
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime)
"""
    said = stack.compose("exec", "-T", "worker", "python", "-c", timed, *command)
    seconds = float(said.split()[-1])
    figure("CPU time of the worker's health check", f"{seconds * 1e3:.0f} ms")
    assert seconds < 0.2


@pytest.mark.parametrize("service", SERVICES)
def test_restart_loses_nothing(stack, service):
    """A service is restarted: every row and every blob is as before"""
    before = stack.rows(), stack.blobs()
    stack.compose("restart", service)
    wait_for(stack.healthy, seconds=120, because=stack.states)
    wait_for(lambda: httpx.get(f"{stack.url}/readyz").status_code == 200, seconds=60)
    assert (stack.rows(), stack.blobs()) == before


@pytest.mark.parametrize("service", ["api", "worker", "child", "postgres", "valkey"])
def test_killed_in_every_state(stack, service):
    """A process is killed in each state of a round and of an import: the round reaches its end, no answer is lost"""
    stack.close_round(stack.call("GET", "/projects/town")["current_round"]["id"])
    before = stack.named_answers()["answered"]
    where, of = ("worker", "child") if service == "child" else (service, "main")
    job = stack.start_import("source")
    stack.signal(where, "KILL", of=of)
    wait_for(lambda: stack.import_done(job), seconds=180, because=stack.states)
    round_ = stack.start_round(iterations=40)
    for state, *later in (
        ("training", "evaluating", "scoring", "selecting", "labelling"),
        ("evaluating", "scoring", "selecting", "labelling"),
        ("scoring", "selecting", "labelling"),
        ("selecting", "labelling"),
        ("labelling",),
    ):
        if stack.reach(round_, state, *later) == state:  # where a state is over sooner than one can look
            stack.signal(where, "KILL", of=of)
    stack.reach(round_, "labelling")
    wait_for(stack.healthy, seconds=180, because=stack.states)
    wait_for(lambda: stack.answer(1), seconds=60)
    after = stack.named_answers()["answered"]
    assert set(before) < set(after)
    assert len(after) == len(before) + 1


@pytest.mark.parametrize(("service", "of"), [("api", "main"), ("worker", "main"), ("worker", "child")])
def test_hung_process_is_replaced(stack, service, of, figure):
    """A process hangs (SIGSTOP): it is noticed and replaced"""
    if of == "child":
        stack.close_round(stack.call("GET", "/projects/town")["current_round"]["id"])
        round_ = stack.start_round(iterations=200)
        stack.reach(round_, "training")
        wait_for(lambda: stack.call("GET", f"/rounds/{round_}")["job"]["progress"] > 0, seconds=60)
    name = stack.containers(service)[0]["Name"]
    restarts = stack.inspect(name)["RestartCount"]
    began = time.monotonic()
    stack.signal(service, "STOP", of=of)
    if of == "child":
        stack.reach(round_, "labelling", seconds=300)
        assert stack.inspect(name)["RestartCount"] == restarts  # its parent has replaced it
        return
    wait_for(lambda: stack.inspect(name)["RestartCount"] > restarts, seconds=120)
    figure(f"From a hung {service} to its replacement", f"{time.monotonic() - began:.0f} s")
    wait_for(stack.healthy, seconds=120, because=stack.states)
    stack.sign_in()


def test_down_and_up(stack):
    """`docker compose down` and `up`: every row and every blob is as before"""
    before = stack.rows(), stack.blobs()
    stack.compose("down")
    stack.up()
    assert (stack.rows(), stack.blobs()) == before


def test_two_workers(stack):
    """`--scale worker=2`: both are healthy, and a round goes through"""
    stack.up("--scale", "worker=2")
    assert len(stack.containers("worker")) == 2
    stack.close_round(stack.call("GET", "/projects/town")["current_round"]["id"])
    round_ = stack.start_round(iterations=20)
    stack.reach(round_, "training")
    stack.signal("worker", "KILL", index=1)
    stack.reach(round_, "labelling")
    stack.answer(1)
    stack.up("--scale", "worker=1")


def test_backup_and_restore(stack, figure, tmp_path):
    """`stal backup` and `stal restore` into empty volumes: every row and every blob is as before; work goes on"""
    file = tmp_path / "town.tar"
    began = time.monotonic()
    with file.open("wb") as to:
        run_binary(stack, ("exec", "-T", "api", "stal", "backup", "-"), stdout=to)
    figure("Backup", f"{file.stat().st_size / 1e6:.0f} MB in {time.monotonic() - began:.1f} s")
    before = stack.rows(), stack.blobs()
    stack.compose("down", "--volumes")
    stack.compose("up", "--detach", "--wait", "postgres")
    began = time.monotonic()
    with file.open("rb") as given:
        run_binary(stack, ("run", "--rm", "-T", "--no-deps", "api", "stal", "restore", "-"), stdin=given)
    figure("Restore, every row and hash compared", f"{time.monotonic() - began:.1f} s")
    stack.up()
    assert (stack.rows(), stack.blobs()) == before
    owners = stack.compose("exec", "-T", "api", "sh", "-c", "find /data -not -user stal | wc -l")
    assert owners.strip() == "0"
    stack.sign_in()
    stack.answer(1)


def run_binary(stack: Stack, arguments: tuple[str, ...], **streams: object) -> None:
    import subprocess

    done = subprocess.run(
        ["docker", "compose", *arguments], cwd=stack.folder, check=False, stderr=subprocess.PIPE, **streams
    )
    assert done.returncode == 0, done.stderr.decode()[-3000:]


def test_tls(stack):
    """The profile `tls`: https, the API's headers kept, the event stream as it comes"""
    secure = Stack(stack.folder, ("--profile", "tls"), f"https://localhost:{HTTPS_PORT}")
    secure.up()
    plain = httpx.get(f"{stack.url}/")
    found = wait_for(lambda: httpx.get(f"{secure.url}/", verify=False), seconds=30)
    ours = {"date", "server", "via", "alt-svc", "connection", "transfer-encoding", "content-length"}
    assert {key: value for key, value in plain.headers.items() if key not in ours}.items() <= found.headers.items()
    assert found.headers["strict-transport-security"]
    moved = httpx.get(f"http://localhost:{HTTP_PORT}/")
    assert (moved.status_code, moved.headers["location"]) == (308, "https://localhost/")
    secure.sign_in()
    secure.call("PUT", "/auth/me/preferences", {}, Origin=f"https://localhost:{HTTPS_PORT}")
    cookies = secure._cookies
    with httpx.stream(
        "GET", f"{secure.url}/api/v1/events?project=town", cookies=cookies, verify=False, timeout=30
    ) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        began = time.monotonic()
        secure.start_import("source")
        assert next(line for line in stream.iter_lines() if line.startswith("data:"))
        assert time.monotonic() - began < 10
    secure.compose("stop", "proxy")
    secure.compose("rm", "--force", "proxy")


def test_settings_reach_their_containers(stack):
    """A setting in .env reaches the processes that read it"""
    environment = stack.folder / ".env"
    text = environment.read_text()
    environment.write_text(f"{text}\nSTAL_LEASE_SECONDS=77\nSTAL_SEGMENT_SECONDS=3\nSTAL_MAX_IMAGE_PIXELS=5000000\n")
    stack.up()
    show = "import backend.config as c; s = c.Settings(); print(s.lease_seconds, s.segment_seconds, s.max_image_pixels)"
    assert stack.compose("exec", "-T", "api", "python", "-c", show) == "77 15.0 5000000\n"
    assert stack.compose("exec", "-T", "worker", "python", "-c", show) == "600 3.0 5000000\n"
    environment.write_text(text)


def test_missing_folder_is_named(stack):
    """A folder that is mounted and not there is an error in words, and is not made by root"""
    import subprocess

    folder: Path = stack.folder / "weights"
    folder.rmdir()
    done = subprocess.run(
        ["docker", "compose", "up", "--detach", "--force-recreate", "worker"],
        cwd=stack.folder, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode != 0
    assert "weights" in done.stderr
    assert not folder.exists()
    folder.mkdir()
