"""A session that ends, or becomes another person's, with answers on their way: they stay their author's."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from backend.db import users
from tests.e2e.conftest import PASSWORD, House, eventually, press, shown
from tests.e2e.eyes import look
from tests.e2e.people import all_arrived, answers_of, join, sign_in
from tests.factories import Scene

OF_ANNA = "3 answers of anna are kept in this browser and are sent when anna signs in."


@pytest.fixture
def said(desk: Page, context: BrowserContext) -> list[str]:
    """Three answers that the service does not have."""
    context.route("**/answer", lambda route: route.abort())
    keys = [press(desk, key) for key in ("1", "2", "3")]
    expect(desk.get_by_test_id("outbox")).to_contain_text("3 answers waiting")
    return keys


@pytest.fixture
def ended(desk: Page, context: BrowserContext, house: House, scene: Scene, said: list[str]) -> str:
    """The session ends, which sending finds out; gives the region that was on screen."""
    assert said
    here = shown(desk)
    with house.database.write() as session:
        users.delete_sessions(session, scene.annotator.user_id)
    context.unroute("**/answer")
    expect(desk.get_by_role("button", name="Sign in")).to_be_visible()
    return here


def test_the_page_says_what_it_keeps_and_goes_on_where_one_was(
    desk: Page, house: House, scene: Scene, said: list[str], ended: str
) -> None:
    expect(desk.get_by_test_id("why-sign-in")).to_have_text(
        "Your session has ended. 3 answers are kept in this browser and are sent when you sign in."
    )
    look(desk, "sign-in-ended", fits=True)
    assert desk.url.endswith(f"/projects/{scene.slug}/label")
    assert answers_of(house, scene, scene.annotator) == {}
    sign_in(desk, scene.annotator, PASSWORD)
    assert shown(desk) == ended
    all_arrived(desk, house, scene, said)
    assert press(desk, "4") == ended


def test_another_person_who_signs_in_sends_nothing_of_the_first(
    desk: Page, house: House, scene: Scene, said: list[str], ended: str
) -> None:
    otto = join(house, scene, scene.outsider)
    sign_in(desk, otto, PASSWORD)
    expect(desk.get_by_test_id("kept")).to_have_text(OF_ANNA)
    look(desk, "label-kept", fits=True)
    theirs = press(desk, "5")
    assert theirs not in [*said, ended]
    eventually(desk, lambda: answers_of(house, scene, otto) == {theirs: ("answer", 4)})
    assert answers_of(house, scene, scene.annotator) == {}
    desk.get_by_role("button", name="otto").click()
    desk.get_by_role("menuitem", name="Sign out").click()
    expect(desk.get_by_test_id("why-sign-in")).to_contain_text(OF_ANNA)
    sign_in(desk, scene.annotator, PASSWORD)
    assert shown(desk) == ended
    expect(desk.get_by_test_id("kept")).to_have_count(0)
    all_arrived(desk, house, scene, said)
    assert answers_of(house, scene, otto) == {theirs: ("answer", 4)}


def test_a_session_that_became_another_persons_refuses_nothing(
    desk: Page, context: BrowserContext, house: House, scene: Scene, said: list[str]
) -> None:
    """They signed in by another tab, which shares the cookie with this one."""
    otto = join(house, scene, scene.outsider)
    context.add_cookies([{"name": "stal_session", "value": house.session_of(otto), "url": house.url}])
    context.unroute("**/answer")
    expect(desk.get_by_role("button", name="otto")).to_be_visible()
    expect(desk.get_by_test_id("kept")).to_have_text(OF_ANNA)
    expect(desk.get_by_role("button", name="not taken")).to_have_count(0)
    assert answers_of(house, scene, otto) == answers_of(house, scene, scene.annotator) == {}
    context.add_cookies([{"name": "stal_session", "value": house.session_of(scene.annotator), "url": house.url}])
    desk.reload()
    all_arrived(desk, house, scene, said)


def test_signing_in_by_one_tab_opens_the_others(
    desk: Page, context: BrowserContext, house: House, scene: Scene, said: list[str], ended: str
) -> None:
    other = context.new_page()
    other.goto(f"{house.url}/projects/{scene.slug}")
    sign_in(other, scene.annotator, PASSWORD)
    assert shown(desk) == ended
    all_arrived(desk, house, scene, said)
