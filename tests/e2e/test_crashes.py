"""A tab, the browser or the service dies at once, in the middle of labelling: every answer arrives, and once."""

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from backend.db.migrate import upgrade
from backend.db.session import open_database
from backend.storage import open_store
from tests.e2e.conftest import FLAGS, PASSWORD, ROOT, House, eventually, press, shown
from tests.e2e.people import all_arrived, answers_of, sign_in
from tests.factories import Scene, settings_for
from tests.service import Service


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    app = tmp_path / "dist"
    shutil.copytree(ROOT / "frontend" / "dist", app)
    settings = settings_for(tmp_path / "house", frontend_dir=app, event_poll_seconds=0.1)
    settings.data_dir.mkdir()
    upgrade(settings.database)
    made = Service(settings)
    yield made
    made.stop()


@pytest.fixture
def house(service: Service, tmp_path: Path) -> Iterator[House]:
    """One of its own, for its API is killed."""
    settings = settings_for(tmp_path / "house")
    database, blobs = open_database(settings.database), open_store(settings.storage, settings.storage_options)
    yield House(service.start(), database, blobs)
    database.engine.dispose()


@pytest.fixture
def start(browser: Browser, tmp_path: Path) -> Iterator[Callable[[], BrowserContext]]:
    """Start a Chromium of one's own, always with the same profile."""
    opened: list[BrowserContext] = []

    def launch() -> BrowserContext:
        opened.append(
            browser.browser_type.launch_persistent_context(
                tmp_path / "profile",
                executable_path=os.environ.get("CHROMIUM") or "/usr/bin/chromium",
                args=list(FLAGS),
                viewport={"width": 1440, "height": 900},
            )
        )
        return opened[-1]

    yield launch
    opened[-1].close()


@pytest.fixture
def context(start: Callable[[], BrowserContext]) -> BrowserContext:
    return start()


def processes(profile: Path) -> dict[int, str]:
    """The command lines of a browser's processes by their ids, its main one first."""
    found: dict[int, tuple[int, str]] = {}
    for folder in Path("/proc").iterdir():
        try:
            pid = int(folder.name)
            words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue
        found[pid] = (parent, words)
    main = min(
        pid for pid, (_, words) in found.items() if f"--user-data-dir={profile}" in words and "--type=" not in words
    )
    family = [main]
    for pid in family:
        family += [child for child, (parent, _) in found.items() if parent == pid]
    return {pid: found[pid][1] for pid in family}


def kill(pids: list[int]) -> None:
    assert pids
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


def test_a_killed_tab_loses_nothing(
    desk: Page, context: BrowserContext, house: House, scene: Scene, service: Service, tmp_path: Path
) -> None:
    service.kill()
    said = [press(desk, key) for key in ("1", "2", "3", "4")]
    here = desk.get_by_test_id("region").get_attribute("data-query")
    renderers = [pid for pid, words in processes(tmp_path / "profile").items() if "--type=renderer" in words]
    with desk.expect_event("crash"):
        kill(renderers)
    service.start()
    assert answers_of(house, scene, scene.annotator) == {}
    page = context.new_page()
    page.goto(f"{house.url}/projects/{scene.slug}/label")
    assert shown(page) == here
    all_arrived(page, house, scene, said)
    assert press(page, "5") == here


def test_a_killed_browser_loses_nothing(
    desk: Page, context: BrowserContext, house: House, scene: Scene, tmp_path: Path, start: Callable[[], BrowserContext]
) -> None:
    context.route("**/answer", lambda route: route.abort())
    said = [press(desk, key) for key in ("1", "2", "3")]
    here = shown(desk)
    expect(desk.get_by_test_id("outbox")).to_contain_text("3 answers waiting")
    kill([*processes(tmp_path / "profile")])
    page = start().new_page()
    page.goto(f"{house.url}/projects/{scene.slug}/label")
    # The session went with the browser; whose answers these are is still known.
    expect(page.get_by_test_id("why-sign-in")).to_contain_text(
        "3 answers of anna are kept in this browser and are sent when anna signs in."
    )
    assert answers_of(house, scene, scene.annotator) == {}
    sign_in(page, scene.annotator, PASSWORD)
    assert shown(page) == here
    all_arrived(page, house, scene, said)


def test_a_service_that_dies_and_returns_has_every_answer_once(
    desk: Page, house: House, scene: Scene, service: Service
) -> None:
    said = [press(desk, "1")]
    eventually(desk, lambda: answers_of(house, scene, scene.annotator))
    service.kill()
    said += [press(desk, key) for key in ("2", "3", "4")]
    expect(desk.get_by_test_id("outbox")).to_have_text("3 answers waiting for the service")
    assert service.start() == house.url
    all_arrived(desk, house, scene, said)
    for key in "56789123":  # to the end of the round: what had to be leased after the crash comes too
        said.append(press(desk, key))
    expect(desk.get_by_test_id("done")).to_be_visible()
    eventually(desk, lambda: set(answers_of(house, scene, scene.annotator)) == set(scene.query_ids))
    assert sorted(said) == sorted(scene.query_ids)
