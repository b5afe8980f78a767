"""One's own answers, seen again and put right: what the sheet says is what the database has."""

from collections import Counter
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Request, expect

from backend.db.tables import Answer, Member, Round
from backend.domain import rle
from backend.domain.round_state import RoundState
from tests.e2e.conftest import House, eventually, press, shown, shown_with_those_ahead
from tests.e2e.eyes import LARGE, SMALL, look
from tests.e2e.test_split import SIDE, Brush
from tests.factories import Person, Scene, labelling_round, person

Enter = Callable[[Person, str], Page]


@pytest.fixture
def sent(context: BrowserContext) -> Iterator[Counter[str]]:
    """How often the service answered for each query that was answered."""
    counted: Counter[str] = Counter()

    def note(request: Request) -> None:
        if request.method == "PUT" and request.url.endswith("/answer"):
            counted[request.url.split("/")[-2]] += 1

    context.on("requestfinished", note)
    yield counted
    context.remove_listener("requestfinished", note)


def has(house: House, scene: Scene, query_id: str) -> Answer | None:
    return house.answer(query_id, scene.annotator)


def review(page: Page, house: House, scene: Scene) -> Page:
    page.goto(f"{house.url}/projects/{scene.slug}/review")
    expect(page.get_by_test_id("sheet")).to_be_visible()
    return page


def card(page: Page, query_id: str) -> Locator:
    return page.locator(f"button[data-query='{query_id}']")


def cards(page: Page) -> list[str]:
    return [str(one.get_attribute("data-query")) for one in page.locator("button[data-query]").all()]


def answered(desk: Page, house: House, scene: Scene, *keys: str) -> list[str]:
    """Answer regions; their ids once the database has all of them."""
    said = [press(desk, key) for key in keys]
    for query_id in said:
        eventually(desk, lambda query_id=query_id: has(house, scene, query_id))
    return said


def to_sheet(page: Page, key: str = "Escape") -> None:
    page.keyboard.press(key)
    expect(page.get_by_test_id("sheet")).to_be_visible()


def test_the_sheet_shows_ones_own_the_newest_first(enter: Enter, desk: Page, house: House, scene: Scene) -> None:
    said = answered(desk, house, scene, "1", "9", "v", "u", "x")
    other = person(house.database, "bela@localhost")
    with house.database.write() as session:
        session.add(Member(project_id=scene.project_id, user_id=other.user_id))
    desk.goto(f"{house.url}/projects/{scene.slug}")
    desk.get_by_role("link", name="Review my answers").click()
    expect(card(desk, said[0])).to_contain_text("sky")
    assert cards(desk) == said[::-1]
    for query_id, text in zip(said, ("sky", "car", "Void", "Unsure", "Bad query"), strict=True):
        expect(card(desk, query_id)).to_contain_text(text)
        expect(card(desk, query_id)).to_contain_text("Round 0")
    desk.context.clear_cookies()
    page = enter(other, f"/projects/{scene.slug}/review")
    expect(page.get_by_role("heading", name="You have answered nothing here yet")).to_be_visible()
    look(page, "review-none", fits=True)


def test_a_key_changes_an_answer_and_enter_keeps_one(desk: Page, house: House, scene: Scene) -> None:
    first, second, third = answered(desk, house, scene, "1", "2", "3")
    before = eventually(desk, lambda: has(house, scene, second)).seconds
    page = review(desk, house, scene)
    card(page, third).press("ArrowRight")
    expect(card(page, second)).to_be_focused()
    page.keyboard.press("Enter")
    assert shown(page) == second
    expect(page.get_by_test_id("notice")).to_contain_text("You said building. Enter keeps it; a key changes it.")
    expect(page.get_by_test_id("class-1")).to_contain_text("yours")
    assert press(page, "9") == second  # and goes on to the next
    assert shown(page) == first
    page.keyboard.press("ArrowLeft")
    assert shown(page, other_than=first) == second
    expect(page.get_by_test_id("notice")).to_contain_text("You said car.")
    assert press(page, "Enter") == second
    page.keyboard.press("Enter")  # keeps the last one: beyond it is the sheet
    expect(page.get_by_test_id("sheet")).to_be_visible()
    expect(card(page, first)).to_be_focused()
    expect(card(page, second)).to_contain_text("car")
    corrected = eventually(page, lambda: (a := has(house, scene, second)) and a.class_id == 8 and a)
    assert (corrected.kind, corrected.accepted_suggestion) == ("label_map", False)
    assert before < corrected.seconds < before + 30
    assert [eventually(page, lambda q=q: has(house, scene, q)).class_id for q in (first, third)] == [0, 2]
    page.reload()
    expect(card(page, second)).to_contain_text("car")
    assert cards(page) == [second, third, first]  # what was said last comes first


def test_a_drawn_map_is_opened_changed_and_compared(desk: Page, house: House, scene: Scene) -> None:
    while house.query(shown(desk)).suggestion["label_map"] is None:
        press(desk, "ArrowRight")
    query_id = shown(desk)
    teacher = rle.decode(house.query(query_id).suggestion["label_map"]["data"], width=SIDE, height=SIDE)
    desk.keyboard.press("b")
    expect(desk.get_by_test_id("action-submit-split")).to_be_visible()
    answered(desk, house, scene, "Enter")
    page = review(desk, house, scene)
    expect(card(page, query_id)).to_contain_text("Drawn")
    assert card(page, query_id).locator("path[data-class]").count() == np.unique(teacher).size
    card(page, query_id).click()
    shown(page)
    expect(page.get_by_test_id("notice")).to_contain_text("You drew this")
    page.keyboard.press("9")
    Brush(page).stroke((8, 10))
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("sheet")).to_be_visible()
    expected = teacher.copy()
    expected[9:12, 7:10] = 8
    code = rle.encode(expected)
    eventually(page, lambda: (a := has(house, scene, query_id)) and a.label_map == code)
    card(page, query_id).click()
    shown(page)
    page.keyboard.press("Escape")  # out of the split
    expect(page.get_by_test_id("action-keep")).to_be_visible()
    page.keyboard.press("v")
    expect(card(page, query_id)).to_contain_text("Void")
    eventually(page, lambda: (a := has(house, scene, query_id)) and a.kind == "void")


def test_a_correction_that_was_begun_outlives_reload_and_tab(
    desk: Page, context: BrowserContext, house: House, scene: Scene, sent: Counter[str]
) -> None:
    said = answered(desk, house, scene, "1", "2")
    page = review(desk, house, scene)
    for query_id, key in zip(said, ("9", "q"), strict=True):
        card(page, query_id).click()
        shown(page)
        page.keyboard.press("b")
        page.keyboard.press(key)
        Brush(page).stroke((8, 10))
        page.keyboard.press("Escape")  # out of the split, which is kept
        to_sheet(page)
    page.reload()
    expect(page.get_by_text("A change that is not finished")).to_have_count(2)
    look(page, "review-begun", fits=True)
    page.close()
    page = review(context.new_page(), house, scene)
    card(page, said[0]).click()
    shown(page)
    expect(page.get_by_test_id("notice")).to_contain_text("You began to change this")
    page.keyboard.press("Enter")  # what was drawn
    answer = eventually(page, lambda: (a := has(house, scene, said[0])) and a.label_map and a)
    expected = np.zeros((SIDE, SIDE))  # what was said by the key 1, and what was drawn on it
    expected[9:12, 7:10] = 8
    np.testing.assert_array_equal(rle.decode(answer.label_map, width=SIDE, height=SIDE), expected)
    expect(page.get_by_text("A change that is not finished")).to_have_count(1)
    card(page, said[1]).click()
    shown(page)
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("action-keep")).to_be_visible()
    page.keyboard.press("Enter")  # the answer as it was; the next is the older one
    expect(page.locator(f"[data-query='{said[1]}']")).to_have_count(0)
    review(page, house, scene)
    expect(page.get_by_text("A change that is not finished")).to_have_count(0)
    kept = has(house, scene, said[1])
    assert kept is not None
    assert kept.class_id == 1
    eventually(page, lambda: sent == {said[0]: 2, said[1]: 1})


def test_a_correction_without_a_network_is_shown_at_once_and_sent_once(
    desk: Page, context: BrowserContext, house: House, scene: Scene, sent: Counter[str]
) -> None:
    first, second = answered(desk, house, scene, "1", "2")
    page = review(desk, house, scene)
    expect(card(page, second)).to_be_visible()
    sent.clear()
    card(page, second).click()
    shown_with_those_ahead(page)
    context.set_offline(True)
    press(page, "9")
    to_sheet(page)
    expect(card(page, second)).to_contain_text("car")
    expect(card(page, second)).to_contain_text("Waits to be sent")
    expect(page.get_by_test_id("outbox")).to_have_text("1 answer waiting for the network")
    assert eventually(page, lambda: has(house, scene, second)).class_id == 1
    context.set_offline(False)
    expect(page.get_by_test_id("outbox")).to_have_text("")
    expect(card(page, second)).not_to_contain_text("Waits")
    expect(card(page, second)).to_contain_text("car")
    assert eventually(page, lambda: has(house, scene, second)).class_id == 8
    assert eventually(page, lambda: has(house, scene, first)).class_id == 0
    eventually(page, lambda: sent == {second: 1})
    assert house.query(second).revision == 2


def test_what_waits_in_the_browser_is_shown_and_can_be_changed(
    desk: Page, context: BrowserContext, house: House, scene: Scene, sent: Counter[str]
) -> None:
    context.route("**/answer", lambda route: route.abort())
    waiting = press(desk, "1")
    page = review(desk, house, scene)
    expect(card(page, waiting)).to_contain_text("Waits to be sent")
    card(page, waiting).click()
    shown(page)
    page.keyboard.press("9")
    expect(card(page, waiting)).to_contain_text("car")
    page.reload()
    expect(card(page, waiting)).to_contain_text("car")
    assert has(house, scene, waiting) is None
    context.unroute("**/answer")
    eventually(page, lambda: (a := has(house, scene, waiting)) and a.class_id == 8)
    expect(card(page, waiting)).to_contain_text("Round 0")
    eventually(page, lambda: sent == {waiting: 2})  # the browser tells of a request somewhat after the service had it


def test_an_answer_changed_elsewhere_is_explained_and_read_anew(desk: Page, house: House, scene: Scene) -> None:
    (query_id,) = answered(desk, house, scene, "1")
    page = review(desk, house, scene)
    card(page, query_id).click()
    shown(page)
    response = page.request.put(
        f"{house.url}/api/v1/queries/{query_id}/answer",
        headers=scene.annotator.headers,
        data={"kind": "label_map", "class_id": 5, "seconds": 1},
    )
    assert response.ok, response.text()
    page.keyboard.press("9")
    expect(page.get_by_test_id("trouble")).to_contain_text("changed elsewhere meanwhile")
    expect(card(page, query_id)).to_contain_text("tree")
    assert eventually(page, lambda: has(house, scene, query_id)).class_id == 5
    card(page, query_id).click()  # as it stands now, it can be changed
    shown(page)
    page.keyboard.press("9")
    expect(card(page, query_id)).to_contain_text("car")
    eventually(page, lambda: (a := has(house, scene, query_id)) and a.class_id == 8)


def close(house: House, scene: Scene) -> None:
    with house.database.write() as session:
        session.get_one(Round, scene.round_id).state = RoundState.CLOSED


def test_a_round_that_closes_meanwhile_takes_no_change(desk: Page, house: House, scene: Scene) -> None:
    (query_id,) = answered(desk, house, scene, "1")
    page = review(desk, house, scene)
    card(page, query_id).click()
    shown(page)
    close(house, scene)
    page.keyboard.press("9")
    expect(page.get_by_test_id("trouble")).to_contain_text("closed meanwhile")
    expect(card(page, query_id)).to_contain_text("sky")
    expect(card(page, query_id)).to_contain_text("Only to look at")
    assert eventually(page, lambda: has(house, scene, query_id)).class_id == 0


def test_answers_of_closed_rounds_are_only_looked_at(desk: Page, house: House, scene: Scene) -> None:
    first, second = answered(desk, house, scene, "1", "2")
    close(house, scene)
    labelling_round(house.database, house.blobs, scene.project_id, num_queries=4, round_index=1)
    page = review(desk, house, scene)
    card(page, second).click()
    closed = page.get_by_test_id("closed-answer")
    expect(closed).to_have_attribute("data-query", second)
    expect(page.get_by_test_id("notice")).to_contain_text("Round 0 takes no answers any more")
    look(page, "review-closed", sizes=(LARGE, SMALL), fits=True)
    page.keyboard.press("9")
    page.keyboard.press("ArrowRight")
    expect(closed).to_have_attribute("data-query", first)
    page.keyboard.press("Backspace")
    expect(card(page, first)).to_be_focused()
    assert [eventually(page, lambda q=q: has(house, scene, q)).class_id for q in (first, second)] == [0, 1]


def test_the_sheet_and_an_open_answer_look_well(
    desk: Page, context: BrowserContext, house: House, scene: Scene
) -> None:
    while house.query(shown(desk)).suggestion["label_map"] is None:
        press(desk, "ArrowRight")
    desk.keyboard.press("b")
    expect(desk.get_by_test_id("action-submit-split")).to_be_visible()
    (drawn, *_) = answered(desk, house, scene, "Enter", "1", "9", "v", "4", "u", "6", "2")
    page = review(desk, house, scene)
    card(page, cards(page)[2]).click()
    shown_with_those_ahead(page)
    context.set_offline(True)
    press(page, "3")
    to_sheet(page)
    look(page, "review", sizes=(LARGE, SMALL))
    context.set_offline(False)
    expect(page.get_by_test_id("outbox")).to_have_text("")
    card(page, cards(page)[1]).click()
    shown(page)
    look(page, "review-open", sizes=(LARGE, SMALL), fits=True)
    to_sheet(page)
    card(page, drawn).click()
    shown(page)
    look(page, "review-drawn", sizes=(LARGE, SMALL), fits=True)
    page.evaluate("localStorage.setItem('stal-language', 'de')")
    page.reload()
    expect(page.get_by_test_id("notice")).to_contain_text("Das ist die eigene Zeichnung")
    look(page, "review-german", sizes=(LARGE, SMALL), fits=True)
    to_sheet(page, "Backspace")  # out of the split too
    look(page, "review-sheet-german", sizes=(LARGE, SMALL))
