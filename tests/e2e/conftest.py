"""Browser tests: a real API process that serves the built app, and a real Chromium that meets nothing else."""

import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TypeVar
from weakref import WeakKeyDictionary

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect, sync_playwright

from backend.db.migrate import upgrade
from backend.db.session import Database, open_database
from backend.db.tables import Answer, Query, User
from backend.services import auth
from backend.storage import BlobStore, open_store
from tests.e2e import gallery
from tests.factories import ROOT, Person, Scene, labelling_scene, serve, settings_for

PASSWORD = "correct horse battery"
FLAGS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
Value = TypeVar("Value")
_CROPS_ON_THEIR_WAY: WeakKeyDictionary[Page, set[Request]] = WeakKeyDictionary()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.e2e)


def pytest_sessionfinish() -> None:
    if gallery.is_wanted():
        gallery.write_index()  # of processes side by side, the last to end writes what stays


@dataclass(frozen=True, slots=True)
class House:
    """A running API, and what it stands on."""

    url: str
    database: Database
    blobs: BlobStore

    def answer(self, query_id: str, person: Person) -> Answer | None:
        """What a person has said of a query, as the database has it."""
        with self.database.read() as session:
            return session.query(Answer).filter_by(query_id=query_id, user_id=person.user_id).one_or_none()

    def query(self, query_id: str) -> Query:
        with self.database.read() as session:
            return session.get_one(Query, query_id)

    def session_of(self, person: Person) -> str:
        """A fresh browser session's cookie."""
        with self.database.write() as session:
            return auth.issue(session, person.user_id, kind="session", life=timedelta(hours=1)).text

    def link_of(self, person: Person) -> str:
        with self.database.write() as session:
            secret = auth.issue(session, person.user_id, kind="link", life=timedelta(hours=1)).text
        return f"{self.url}/sign-in?token={secret}"


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    dist = ROOT / "frontend" / "dist"
    if not (dist / "index.html").is_file():
        pytest.fail("The browser app is not built: run `make frontend`, then these tests.")
    app = tmp_path_factory.mktemp("app") / "dist"
    shutil.copytree(dist, app)  # a build in the meantime is no concern of these tests
    settings = settings_for(tmp_path_factory.mktemp("house"), frontend_dir=app, event_poll_seconds=0.1)
    upgrade(settings.database)
    database, blobs = open_database(settings.database), open_store(settings.storage, settings.storage_options)
    with serve(settings) as url:
        yield House(url, database, blobs)
    database.engine.dispose()


@pytest.fixture
def scene(house: House, request: pytest.FixtureRequest) -> Scene:
    """A project of its own for each test, in the middle of labelling, with 12 queries."""
    slug = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower())[:60].strip("-")
    return labelling_scene(house.database, house.blobs, slug=slug, password=PASSWORD)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The Chromium named by CHROMIUM, else Debian's, else Playwright's own."""
    named = os.environ.get("CHROMIUM") or ("/usr/bin/chromium" if Path("/usr/bin/chromium").exists() else None)
    expect.set_options(timeout=10_000)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=named, args=list(FLAGS))
        yield opened
        opened.close()


@pytest.fixture
def context(browser: Browser, house: House) -> Iterator[BrowserContext]:
    """A fresh profile; whatever it asks anybody but the API for fails the test, and so does an error of the page."""
    opened = browser.new_context(viewport={"width": 1440, "height": 900})
    strangers: list[str] = []
    faults: list[str] = []
    opened.on("request", lambda request: request.url.startswith((house.url, "blob:")) or strangers.append(request.url))
    opened.on("weberror", lambda error: faults.append(str(error.error)))
    yield opened
    opened.close()
    assert not strangers
    assert not faults


@pytest.fixture
def enter(context: BrowserContext, house: House) -> Callable[[Person, str], Page]:
    """Open a page as a person, who has no preferences yet: the house's people are the same in all tests."""

    def open_page(person: Person, path: str) -> Page:
        with house.database.write() as session:
            session.get_one(User, person.user_id).preferences = {}
        context.add_cookies([{"name": "stal_session", "value": house.session_of(person), "url": house.url}])
        page = context.new_page()
        _note_crops(page)
        page.goto(house.url + path)
        return page

    return open_page


def _note_crops(page: Page) -> None:
    coming: set[Request] = set()

    def asked(request: Request) -> None:
        if "/pixels?" in request.url:
            coming.add(request)

    def ended(request: Request) -> None:
        coming.discard(request)

    page.on("request", asked)
    page.on("requestfinished", ended)
    page.on("requestfailed", ended)
    _CROPS_ON_THEIR_WAY[page] = coming


@pytest.fixture
def desk(enter: Callable[[Person, str], Page], scene: Scene) -> Page:
    """The scene's annotator, with the first region on screen."""
    page = enter(scene.annotator, f"/projects/{scene.slug}/label")
    shown_with_those_ahead(page)
    return page


def shown(page: Page, *, other_than: str = "") -> str:
    """The id of the query whose pixels are on screen."""
    region = page.get_by_test_id("region")
    expect(region).not_to_have_attribute("data-query", other_than)
    query_id = region.get_attribute("data-query")
    assert query_id
    expect(page.get_by_test_id("close-up")).to_have_attribute("data-shows", query_id)
    return query_id


def shown_with_those_ahead(page: Page) -> str:
    """As `shown`, and the pictures of the regions after it have come: the page can go on without the network."""
    query_id = shown(page)
    eventually(page, lambda: not _CROPS_ON_THEIR_WAY[page])
    return query_id


def press(page: Page, key: str) -> str:
    """Press a key that goes on to the next region; the id of the query that it was about."""
    before = shown(page)
    page.keyboard.press(key)
    expect(page.locator(f"[data-query='{before}']")).to_have_count(0)
    return before


def eventually(page: Page, look: Callable[[], Value | None], *, seconds: float = 10) -> Value:
    """The first value of `look` that is true. The browser goes on meanwhile: its routes and events need the wait."""
    deadline = time.monotonic() + seconds
    while True:
        value = look()
        if value:
            return value
        assert time.monotonic() < deadline, "It did not come about."
        page.wait_for_timeout(50)
