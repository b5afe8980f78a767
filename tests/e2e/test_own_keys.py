"""Keys as a person wants them, the single-key switch, and what a region without a suggestion looks like."""

from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from backend.db.tables import Query, User
from backend.domain import rle
from tests.e2e.conftest import House, eventually, press, shown
from tests.e2e.eyes import look
from tests.e2e.test_split import SIDE, Brush, thin
from tests.factories import Person, Scene

Enter = Callable[[Person, str], Page]


def preferences(house: House, person: Person) -> dict[str, object]:
    with house.database.read() as session:
        return session.get_one(User, person.user_id).preferences


def change(page: Page, action: str, key: str) -> None:
    page.get_by_role("dialog").get_by_role("button", name=action).click()
    page.keyboard.press(key)


def test_a_key_of_ones_own_works_is_kept_and_can_be_given_up(
    desk: Page, enter: Enter, house: House, scene: Scene
) -> None:
    desk.keyboard.press("?")
    change(desk, "Unsure: ask somebody else", "n")
    change(desk, "tree: change", "e")
    eventually(
        desk,
        lambda: preferences(house, scene.annotator).get("keys") == {"unsure": "n", "class:tree": "e"},
    )
    desk.keyboard.press("Escape")
    expect(desk.get_by_role("dialog")).to_have_count(0)
    desk.reload()
    expect(desk.get_by_test_id("class-5").locator("kbd")).to_have_text("E")
    first = press(desk, "n")
    assert eventually(desk, lambda: house.answer(first, scene.annotator)).kind == "unsure"
    second = press(desk, "e")
    assert eventually(desk, lambda: house.answer(second, scene.annotator)).class_id == 5
    third = shown(desk)
    desk.keyboard.press("u")  # means nothing any more
    desk.keyboard.press("?")
    desk.get_by_role("button", name="All keys as they came").click()
    eventually(desk, lambda: preferences(house, scene.annotator).get("keys") == {})
    desk.keyboard.press("?")
    assert press(desk, "u") == third


def test_a_key_that_means_something_already_is_refused(desk: Page, house: House, scene: Scene) -> None:
    desk.keyboard.press("?")
    change(desk, "Unsure: ask somebody else", "x")
    expect(desk.get_by_role("alert")).to_have_text("X already means “Bad query: should not have been asked”.")
    change(desk, "Unsure: ask somebody else", "Escape")
    change(desk, "⇧ B Brush", "x")  # bad query is said of whole regions only
    eventually(desk, lambda: preferences(house, scene.annotator).get("keys") == {"tool-brush": "x"})


def test_without_single_keys_characters_need_alt(desk: Page, house: House, scene: Scene) -> None:
    """WCAG 2.2, 2.1.4."""
    desk.keyboard.press("?")
    desk.get_by_role("switch", name="Single keys act").click()
    eventually(desk, lambda: preferences(house, scene.annotator).get("single_keys") is False)
    desk.get_by_role("dialog").get_by_role("button", name="Close", exact=True).click()
    first = shown(desk)
    for key in ("1", "q", "v", "Shift+B"):
        desk.keyboard.press(key)
    assert shown(desk) == first
    assert press(desk, "Alt+3") == first
    assert eventually(desk, lambda: house.answer(first, scene.annotator)).class_id == 2
    second = press(desk, "Enter")
    assert eventually(desk, lambda: house.answer(second, scene.annotator)).accepted_suggestion


def test_tab_reaches_every_button_once_the_focus_is_among_them(desk: Page) -> None:
    desk.keyboard.press("Shift+Tab")  # from nowhere to the last of all
    reached = set()
    for _ in range(40):
        name = desk.evaluate("document.activeElement.dataset.testid ?? document.activeElement.textContent")
        reached.add(name)
        desk.keyboard.press("Shift+Tab")
    assert {"class-0", "class-10", "action-accept", "action-help"} <= reached


@pytest.fixture
def hidden(house: House, scene: Scene) -> list[str]:
    """All suggestions of the scene are hidden, as those of a random share of queries are in life."""
    with house.database.write() as session:
        for query_id in scene.query_ids:
            session.get_one(Query, query_id).suggestion_hidden = True
    return scene.query_ids


def test_a_hidden_suggestion_is_not_there_at_all(hidden: list[str], enter: Enter, house: House, scene: Scene) -> None:
    page = enter(scene.annotator, f"/projects/{scene.slug}/label")
    assert shown(page) in hidden
    expect(page.get_by_test_id("hidden")).to_be_visible()
    expect(page.get_by_test_id("action-accept")).to_be_disabled()
    expect(page.get_by_role("group", name="Classes").get_by_text("%")).to_have_count(0)
    before = shown(page)
    page.keyboard.press("Enter")
    page.keyboard.press(",")
    assert shown(page) == before
    look(page, "label-hidden", fits=True)
    page.keyboard.press("b")  # a split begins with nothing said
    page.keyboard.press("9")
    thin(page)
    Brush(page).stroke((3, 3), (9, 3))
    query_id = press(page, "Enter")
    answer = eventually(page, lambda: house.answer(query_id, scene.annotator))
    expected = np.full((SIDE, SIDE), 255)
    expected[3, 3:10] = 8
    np.testing.assert_array_equal(rle.decode(answer.label_map or "", width=SIDE, height=SIDE), expected)
    assert (answer.accepted_suggestion, answer.dominant_class) == (False, 8)


def test_guidelines_open_over_the_region_and_answer_nothing(desk: Page, house: House, scene: Scene) -> None:
    before = shown(desk)
    desk.keyboard.press("Shift+G")
    dialog = desk.get_by_role("dialog", name="Guidelines")
    expect(dialog).to_be_visible()
    desk.keyboard.press("1")
    desk.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert shown(desk) == before
    assert house.answer(before, scene.annotator) is None
