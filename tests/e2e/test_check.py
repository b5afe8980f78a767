"""Verification at a glance: what is confirmed, marked and taken back on a contact sheet is what the database has."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from backend.db.tables import Answer, Query
from tests.e2e.conftest import House, eventually, press, shown
from tests.e2e.eyes import LARGE, SMALL, look
from tests.factories import Person, Scene

CAR, ROAD = 8, 3
Enter = Callable[[Person, str], Page]


@pytest.fixture
def sure(house: House, scene: Scene) -> list[str]:
    """Six regions that the network is sure are cars, four of road, two of which it is not sure; the cars' ids."""
    with house.database.write() as session:
        queries = [session.get_one(Query, query_id) for query_id in scene.query_ids]
        for nth, query in enumerate(queries[:10]):
            query.best_class, query.best_probability = CAR if nth < 6 else ROAD, 0.97 - nth / 1000
            classes = [{"class_id": query.best_class, "probability": query.best_probability}]
            query.suggestion = query.suggestion | {"classes": classes}
        for query in queries[10:]:
            query.best_probability = 0.6
    return scene.query_ids[:6]


@pytest.fixture
def page(enter: Enter, scene: Scene, sure: list[str]) -> Page:
    assert sure
    return complete(enter(scene.annotator, f"/projects/{scene.slug}/check"), 6)


def complete(page: Page, number: int) -> Page:
    """Once so many tiles are there, each with its picture."""
    expect(page.locator("[data-testid=tile][data-shows=true]")).to_have_count(number)
    return page


def answers(house: House, scene: Scene) -> dict[str, Answer]:
    with house.database.read() as session:
        found = session.query(Answer).filter(Answer.query_id.in_(scene.query_ids)).all()
    return {answer.query_id: answer for answer in found}


def test_what_is_not_marked_is_confirmed_and_the_marked_come_one_by_one(
    page: Page, house: House, scene: Scene, sure: list[str]
) -> None:
    order = [tile.get_attribute("data-query") for tile in page.get_by_test_id("tile").all()]
    assert sorted(map(str, order)) == sorted(sure)
    page.get_by_test_id("tile").nth(4).click()
    for key in ("ArrowLeft", "ArrowLeft", "Space"):  # from the fifth to the third
        page.keyboard.press(key)
    expect(page.get_by_test_id("confirm")).to_have_text("Confirm 4 regions")
    page.keyboard.press("Enter")
    complete(page, 4)  # the roads
    wrong = [order[2], order[4]]
    said = eventually(page, lambda: found if len(found := answers(house, scene)) == 4 else None)
    assert set(said) == set(sure) - set(wrong)
    for answer in said.values():
        assert (answer.kind, answer.class_id, answer.accepted_suggestion) == ("label_map", CAR, True)
        assert 0 < answer.seconds < 30
    page.get_by_role("link", name="2 marked regions to label one by one").click()
    assert {press(page, "1"), press(page, "1")} == set(wrong)
    eventually(page, lambda: len(answers(house, scene)) == 6)
    assert answers(house, scene)[str(wrong[0])].class_id == 0


def test_a_sheet_is_taken_back(page: Page, house: House, scene: Scene) -> None:
    page.keyboard.press("Enter")
    complete(page, 4)
    eventually(page, lambda: len(answers(house, scene)) == 6)
    page.keyboard.press("Backspace")
    complete(page, 6)
    eventually(page, lambda: not answers(house, scene))
    page.keyboard.press("Enter")
    eventually(page, lambda: len(answers(house, scene)) == 6)


def test_another_class_is_chosen_and_the_sheet_at_hand_is_free_for_others(
    page: Page, house: House, scene: Scene, sure: list[str]
) -> None:
    page.get_by_role("button", name="road: 4").click()
    complete(page, 4)
    eventually(page, lambda: all(house.query(query_id).packet_id is None for query_id in sure))
    page.keyboard.press("Enter")
    eventually(page, lambda: len(answers(house, scene)) == 4)
    assert {answer.class_id for answer in answers(house, scene).values()} == {ROAD}


def test_a_sheet_is_confirmed_without_a_network_and_sent_once(
    page: Page, context: BrowserContext, house: House, scene: Scene
) -> None:
    context.set_offline(True)
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("outbox")).to_have_text("6 answers waiting for the network")
    context.set_offline(False)
    eventually(page, lambda: len(answers(house, scene)) == 6)
    assert all(house.query(query_id).revision == 1 for query_id in answers(house, scene))


def test_a_reload_keeps_the_sheet(page: Page, sure: list[str]) -> None:
    page.reload()
    complete(page, 6)
    assert {tile.get_attribute("data-query") for tile in page.get_by_test_id("tile").all()} == set(sure)


def test_nothing_to_verify(enter: Enter, scene: Scene, house: House) -> None:
    with house.database.write() as session:
        for query_id in scene.query_ids:
            session.get_one(Query, query_id).best_probability = 0.5
    page = enter(scene.annotator, f"/projects/{scene.slug}/check")
    expect(page.get_by_role("heading", name="Nothing to check at a glance")).to_be_visible()
    look(page, "check-nothing", fits=True)
    page.get_by_role("link", name="One by one").click()
    shown(page)


def test_how_a_sheet_looks(page: Page) -> None:
    page.get_by_test_id("tile").nth(1).click()
    look(page, "check", sizes=(LARGE, SMALL), fits=True)


def test_what_has_not_been_seen_is_not_confirmed(
    enter: Enter, context: BrowserContext, house: House, scene: Scene, sure: list[str]
) -> None:
    lost = house.query(sure[2])
    place = f"x={max(0, lost.x - 8)}&y={max(0, lost.y - 8)}&"
    context.route(f"**/images/{lost.image_id}/pixels?{place}*", lambda route: route.abort())
    page = complete(enter(scene.annotator, f"/projects/{scene.slug}/check"), 5)
    expect(page.get_by_test_id("confirm")).to_have_text("Confirm 5 regions")
    page.keyboard.press("Enter")
    eventually(page, lambda: len(answers(house, scene)) == 5)
    assert lost.id not in answers(house, scene)
    context.unroute_all()
    page.evaluate("dispatchEvent(new Event('online'))")  # or a quarter of a minute later, by itself
    complete(page, 1)
    page.keyboard.press("Enter")
    assert eventually(page, lambda: answers(house, scene).get(lost.id)).class_id == CAR
