"""The verbs of `stal` against a running installation, as scripts use them."""

import json
import shutil
import signal
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx
import psutil
import pytest

from backend.cli.tiny_datasets import write_dataset
from backend.db.migrate import upgrade
from backend.domain.dataset_formats import DatasetFormat
from tests.integration.installations import STAL, Up, run_environment, stal, start

REPOSITORY = Path(__file__).parents[2]
PACK = REPOSITORY / "demo" / "pack"


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    with start(tmp_path_factory.mktemp("up")) as found:
        yield found


@pytest.fixture(scope="module")
def run(up):
    """Runs a verb that works on the installation's folder, and gives what it printed."""

    def run(*arguments: object) -> str:
        done = stal(*arguments, "--data", up.data_dir, cwd=up.data_dir)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return run


@pytest.fixture(scope="module")
def rest(up, run):
    """Runs a verb that speaks REST, with the admin's token."""
    return partial(stal, cwd=up.data_dir, STAL_URL=up.url, STAL_TOKEN=run("token"))


@pytest.fixture(scope="module")
def api(up, run) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {run('token')}"}
    with httpx.Client(base_url=f"{up.url}/api/v1", headers=headers, timeout=30) as client:
        yield client


@pytest.fixture(scope="module")
def project(rest) -> str:
    """A project with 10 images of each split that the pack has."""
    assert rest("project", "create", "streets", "--classes", PACK / "classes.json").returncode == 0
    done = rest("import", "streets", PACK, "--limit", 10, "--wait")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "30 images added, 30 found"
    return "streets"


def failed(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("stal: ")
    return done.stderr


def test_a_token_is_the_local_admins_or_of_whom_it_is_asked_for(up, run, api):
    assert api.get("/auth/me").json()["email"] == "admin@localhost"
    run("user", "add", "Anna@Example", "--name", "Anna")
    headers = {"Authorization": f"Bearer {run('token', '--user', 'anna@example')}"}
    me = httpx.get(f"{up.url}/api/v1/auth/me", headers=headers).json()
    assert (me["email"], me["name"], me["role"]) == ("anna@example", "Anna", "annotator")
    assert "anna@example" in run("user", "list")


def test_a_link_signs_in_once_at_the_address_that_it_names(up, run):
    address, secret = run("token", "--link").split("/sign-in?token=")
    assert address == up.url
    first, second = (
        httpx.post(f"{address}/api/v1/auth/sign-in-link", json={"token": secret}, timeout=30) for _ in range(2)
    )
    assert first.json()["email"] == "admin@localhost"
    assert second.status_code == 401


def test_nobody_is_told_apart_from_somebody(up):
    said = failed(stal("token", "--user", "nobody@x", "--data", up.data_dir, cwd=up.data_dir))
    assert "nobody@x" in said


def test_a_folder_without_an_installation_is_named(tmp_path):
    done = stal("token", "--data", tmp_path / "none", cwd=tmp_path)
    assert done.returncode == 2
    assert str(tmp_path / "none") in done.stderr
    assert not (tmp_path / "none").exists()


def test_import_takes_the_folder_the_domain_and_the_limit(api, project):
    images = api.get(f"/projects/{project}/images", params={"limit": 500}).json()["items"]
    kinds = {(one["domain"], one["split"]) for one in images}
    assert kinds == {("source", "train"), ("target", "train"), ("target", "val")}
    assert len(images) == 30


def test_one_domains_folder_is_imported_with_its_domain(rest, api):
    rest("project", "create", "half", "--classes", PACK / "classes.json")
    assert "which domain" in failed(rest("import", "half", PACK / "source", "--limit", 3, "--wait"))
    done = rest("import", "half", PACK / "source", "--domain", "source", "--split", "train", "--limit", 3, "--wait")
    assert done.returncode == 0, done.stderr
    assert api.get("/projects/half").json()["images"] == {
        "source_train": 3, "target_train": 0, "target_val": 0, "total": 3,
    }  # fmt: skip


def test_a_public_dataset_is_imported_as_it_comes(rest, api, tmp_path):
    write_dataset(tmp_path, DatasetFormat.GTAV, train=2, val=0, shrink=16)
    rest("project", "create", "game", "--classes", PACK / "classes.json")
    done = rest("import", "game", tmp_path, "--format", "gtav", "--domain", "source", "--wait")
    assert done.returncode == 0, done.stderr
    assert api.get("/projects/game").json()["images"]["source_train"] == 2


def test_a_round_is_forecast_started_watched_and_cancelled(rest, api, project):
    said = rest("round", "start", project, "--budget", 7, "--dry-run").stdout
    assert said.startswith("7 regions, 2023 pixels in all")  # windows of 17 x 17
    assert api.get(f"/projects/{project}/rounds").json()["items"] == []
    assert "no round yet" in failed(rest("round", "status", project))
    started = rest("round", "start", project, "--budget", 7, "--seed", 3)
    assert started.stdout.startswith("round 0: training, 0 of 0 regions answered"), started.stderr
    assert "Round 0 is open" in failed(rest("round", "start", project))
    assert "cannot be closed" in failed(rest("round", "close", project))
    assert rest("round", "cancel", project).stdout.startswith("round 0: cancelled")
    assert "only a failed one is retried" in failed(rest("round", "retry", project))
    (round_,) = api.get(f"/projects/{project}/rounds").json()["items"]
    assert (round_["seed"], round_["config"]["acquisition"]["budget"]) == (
        3,
        {"amount": 7, "unit": "regions", "scope": "pool"},
    )


def test_errors_of_the_api_are_its_own_words(rest, up):
    assert failed(rest("round", "status", "nowhere")) == "stal: There is no project 'nowhere' that you can see.\n"
    assert "Sign in" in failed(rest("round", "status", "nowhere", STAL_TOKEN="wrong"))
    assert "STAL_TOKEN" in failed(stal("round", "status", "x", cwd=up.data_dir, STAL_URL=up.url))
    assert "STAL_URL" in failed(stal("round", "status", "x", cwd=up.data_dir, STAL_TOKEN="x"))
    away = "http://127.0.0.1:9"
    assert f"No answer from {away}" in failed(rest("round", "status", "x", STAL_URL=away))


def test_a_wrong_setting_is_named(tmp_path):
    done = stal("up", cwd=tmp_path, STAL_LEASE_SECONDS="soon")
    assert done.returncode == 2
    assert "STAL_LEASE_SECONDS" in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_doctor_finds_a_running_installation_well_and_a_broken_one_ill(up, run, tmp_path):
    said = run("doctor")
    assert up.url in said
    for part in ("Python", "torch", "database", "blob store", "broker"):
        assert any(line.split("  ")[-2:][0].strip() == "ok" for line in said.splitlines() if part in line), said
    upgrade(f"sqlite:///{tmp_path / 'stal.db'}")
    ill = stal("doctor", "--data", tmp_path, cwd=tmp_path, STAL_BROKER_URL="redis://127.0.0.1:9/0")
    assert ill.returncode == 1
    (line,) = [line for line in ill.stdout.splitlines() if "broken" in line]
    assert "broker" in line


def test_the_document_is_the_one_that_the_browsers_client_was_made_from(tmp_path):
    assert stal("openapi", cwd=tmp_path).stdout == (REPOSITORY / "frontend" / "openapi.json").read_text()


def test_the_demo_goes_on_where_it_was_and_gives_a_fresh_link(tmp_path):
    with start(tmp_path, "demo", until="round 0, training") as up:
        first = up.lines()
        client = httpx.Client(base_url=f"{up.url}/api/v1", timeout=30)
        client.post("/auth/sign-in-link", json={"token": link_secret(first)}).raise_for_status()
        before = client.get("/projects/demo").json()
        assert before["images"] == {"source_train": 120, "target_train": 90, "target_val": 45, "total": 255}
        beside = stal("demo", "--data", up.data_dir, cwd=tmp_path)
        assert beside.returncode == 0
        assert f"{up.url}/sign-in?token=" in beside.stdout
        client.close()
    with start(tmp_path, "demo", until="round 0, training") as up, httpx.Client(base_url=f"{up.url}/api/v1") as client:
        assert link_secret(up.lines()) != link_secret(first)
        client.post("/auth/sign-in-link", json={"token": link_secret(up.lines())}).raise_for_status()
        after = client.get("/projects/demo").json()
        assert (after["id"], after["images"]) == (before["id"], before["images"])
        assert after["current_round"]["id"] == before["current_round"]["id"]
        jobs = client.get("/projects/demo/jobs").json()["items"]
        assert sorted(job["kind"] for job in jobs) == ["import_dataset", "train_round"]


def link_secret(output: str) -> str:
    return output.split("/sign-in?token=")[1].split(maxsplit=1)[0]


SMALL = ["--rounds", "1", "--iterations", "4", "--crop", "96", "--batch-size", "2", "--budget", "8", "--limit", "6"]


def test_simulate_fills_its_table(tmp_path):
    out = tmp_path / "out.json"
    done = stal("simulate", *SMALL, "--seeds", "0,1", "--arms", "active,control", "--out", out, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    told = json.loads(out.read_text())
    rounds = {(one["arm"], one["seed"], one["round_index"]): one for one in told["rounds"]}
    assert set(rounds) == {(arm, seed, index) for arm in ("active", "control") for seed in (0, 1) for index in (0, 1)}
    regions = {key: one["regions"] for key, one in rounds.items()}
    assert regions == {key: 8 if (key[0], key[2]) == ("active", 1) else 0 for key in rounds}
    for one in rounds.values():
        assert one["clicks"] >= one["regions"]
        assert one["regions"] * 9 * 9 <= one["pixels"] <= one["regions"] * 17 * 17  # windows are cut at borders
        assert 0 < one["miou"] < 1
    for seed in (0, 1):  # nobody was asked yet, so the arms are one and the same run
        assert rounds["active", seed, 0]["miou"] == rounds["control", seed, 0]["miou"]
    assert rounds["active", 0, 0]["miou"] != rounds["active", 1, 0]["miou"]
    assert f"{100 * rounds['active', 1, 1]['miou']:.1f}" in done.stdout


def test_an_interrupted_simulation_leaves_nothing(tmp_path):
    scratch = tmp_path / "tmp"
    scratch.mkdir()
    process = psutil.Popen(
        [STAL, "simulate", *SMALL, "--seeds", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=run_environment() | {"TMPDIR": str(scratch)},
        cwd=tmp_path,
        text=True,
    )
    for line in process.stdout:
        if "training: " in line:
            break
    everybody = process.children(recursive=True)
    assert len(everybody) >= 4
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "stopped after 0 of 6 rounds" in said
    _, alive = psutil.wait_procs(everybody, timeout=10)
    assert not alive
    assert not list(scratch.glob("stal-*"))


def test_simulate_refuses_half_a_pair_of_folders(tmp_path):
    shutil.copytree(PACK / "source", tmp_path / "source")
    assert "--source, --target and --classes" in failed(stal("simulate", "--source", tmp_path / "source", cwd=tmp_path))
