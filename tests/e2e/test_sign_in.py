"""Getting in, and staying in without losing anything."""

from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect

from backend.db import users
from tests.e2e.conftest import PASSWORD, House, eventually, press
from tests.factories import Person, Scene


def test_a_link_signs_in_by_itself_once_and_leaves_the_address_bar(
    context: BrowserContext, house: House, scene: Scene
) -> None:
    link = house.link_of(scene.annotator)
    page = context.new_page()
    page.goto(link)
    expect(page.get_by_role("heading", name="Projects")).to_be_visible()
    assert page.url == f"{house.url}/"
    context.clear_cookies()
    page.goto(link)
    expect(page.get_by_role("alert")).to_contain_text("used already")
    assert "token" not in page.url


def test_a_password_signs_in_where_one_was_going(context: BrowserContext, house: House, scene: Scene) -> None:
    page = context.new_page()
    page.goto(f"{house.url}/projects/{scene.slug}")
    page.get_by_label("E-mail").fill(scene.annotator.email)
    page.get_by_label("Password", exact=False).first.fill("something else")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    expect(page.get_by_label("E-mail")).to_have_value(scene.annotator.email)
    page.get_by_label("Password", exact=False).first.fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Rendered streets")).to_be_visible()
    assert page.url.endswith(f"/projects/{scene.slug}")


def test_a_session_that_ends_in_the_middle_loses_no_answer(desk: Page, house: House, scene: Scene) -> None:
    with house.database.write() as session:
        users.delete_sessions(session, scene.annotator.user_id)
    query_id = press_blind(desk, "4")
    expect(desk.get_by_role("button", name="Sign in")).to_be_visible()
    assert house.answer(query_id, scene.annotator) is None
    desk.get_by_label("E-mail").fill(scene.annotator.email)
    desk.get_by_label("Password", exact=False).first.fill(PASSWORD)
    desk.keyboard.press("Enter")
    answer = eventually(desk, lambda: house.answer(query_id, scene.annotator))
    assert (answer.kind, answer.class_id) == ("label_map", 3)
    assert press(desk, "1") != query_id


def test_signing_out_shows_the_door(enter: Callable[[Person, str], Page], scene: Scene) -> None:
    page = enter(scene.annotator, "/")
    page.get_by_role("button", name="anna").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


def press_blind(page: Page, key: str) -> str:
    """Press a key without looking at what comes: the id of the query on screen."""
    query_id = page.get_by_test_id("region").get_attribute("data-query")
    assert query_id
    page.keyboard.press(key)
    return query_id
