"""What `make test-compose` runs on: a clone of HEAD, composed on a real engine. And the page with what was seen."""

import os
import platform
import shutil
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.compose.stack import HTTP_PORT, HTTPS_PORT, PORT, Stack, run

ROOT = Path(__file__).parents[2]
REPORT = ROOT / "docs" / "compose-proof.md"
UNPROVEN = """
## What remains unproven

- NVIDIA's runtime, and with it the profile `gpu`: no machine with a GPU has run it.
- arm64: images are built for the machine's own architecture only.
- A certificate from a public authority: the proxy's own one for `localhost` is what was seen.
"""


#: Beside an installation of a developer's own: nothing of that may be touched.
APART = f"""
COMPOSE_PROJECT_NAME=stal-test
IMAGE_TAG=test
PUBLISH=127.0.0.1:{PORT}
STAL_PUBLIC_URL=http://127.0.0.1:{PORT}
PUBLISH_HTTP=127.0.0.1:{HTTP_PORT}
PUBLISH_HTTPS=127.0.0.1:{HTTPS_PORT}
"""


def clone(revision: str, folder: Path) -> Path:
    """A checkout of `revision` as a new user gets it, ready to be composed."""
    run("git", "clone", "--quiet", ROOT, folder)
    run("git", "checkout", "--quiet", revision, cwd=folder)
    run("scripts/init-compose", cwd=folder)
    with (folder / ".env").open("a") as environment:
        environment.write(APART)
    for domain in ("source", "target"):
        shutil.copytree(folder / "demo" / "pack" / domain, folder / "import" / domain)
    return folder


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Nothing is running yet, and no volume is left of an earlier try."""
    made = Stack(clone("HEAD", tmp_path_factory.mktemp("compose") / "stal"))
    made.compose("--profile", "*", "down", "--volumes", "--remove-orphans")
    yield made
    if not os.environ.get("KEEP"):
        made.compose("--profile", "*", "down", "--volumes", "--remove-orphans")


# A page with what was seen, written at the end.

_seen: list[tuple[str, str, float]] = []
_figures: list[tuple[str, str]] = []
_began = time.monotonic()
_commit = run("git", "rev-parse", "--short", "HEAD", cwd=ROOT).strip()


@pytest.fixture(scope="session")
def figure() -> Callable[[str, str], None]:
    return lambda name, value: _figures.append((name, value))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo) -> Iterator[None]:  # type: ignore[misc]
    report = yield
    if report.when == "call" or (report.when == "setup" and report.failed):
        what = (item.function.__doc__ or item.name).strip().splitlines()[0]  # type: ignore[attr-defined]
        name = f"{what} ({item.callspec.id})" if hasattr(item, "callspec") else what  # type: ignore[attr-defined]
        _seen.append((name, report.outcome, report.duration))
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    if len(_seen) < session.testscollected or session.testscollected < 10:
        return  # a part of the run must not replace what a whole one has said
    stand_ins = os.environ.get("ENGINE_STAND_INS", "")
    minutes = (time.monotonic() - _began) / 60
    engine = run("docker", "version", "--format", "{{.Server.Version}}").strip()
    compose = run("docker", "compose", "version", "--short").strip()
    bases = (
        f"made here in place of the official ones, which were out of reach: {stand_ins}" if stand_ins else "official"
    )
    lines = [
        "# Compose on a real engine",
        "",
        "Written by `make test-compose`; [operations](operations.md) says how to run it.",
        "",
        f"- {datetime.now(UTC):%Y-%m-%d}, commit {_commit}, {minutes:.0f} minutes",
        f"- Docker {engine}, compose {compose}, {platform.machine()}, {os.cpu_count()} cores, no GPU",
        f"- Base images: {bases}",
        "",
        "| what | | s |",
        "| --- | --- | --- |",
        *(f"| {name} | {outcome} | {seconds:.0f} |" for name, outcome, seconds in _seen),
        "",
        "| figure | |",
        "| --- | --- |",
        *(f"| {name} | {value} |" for name, value in _figures),
    ]
    official = "\n- The official base images, which were out of reach.\n" if stand_ins else "\n"
    REPORT.write_text("\n".join(lines) + "\n" + UNPROVEN.rstrip() + official)
