"""Dead networks, reloads, closed tabs: every answer arrives, and none of them twice."""

from collections import Counter
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, Request, Route, expect

from backend.db.tables import Packet
from tests.e2e.conftest import House, eventually, press, shown
from tests.e2e.eyes import look
from tests.factories import Scene


@pytest.fixture
def sent(context: BrowserContext) -> Iterator[Counter[tuple[str, str]]]:
    """How often the service answered for each (method, query)."""
    counted: Counter[tuple[str, str]] = Counter()

    def note(request: Request) -> None:
        if request.url.endswith("/answer"):
            counted[request.method, request.url.split("/")[-2]] += 1

    context.on("requestfinished", note)
    yield counted
    context.remove_listener("requestfinished", note)


def test_offline_answers_wait_and_are_sent_once(
    desk: Page, context: BrowserContext, house: House, scene: Scene, sent: Counter[tuple[str, str]]
) -> None:
    context.set_offline(True)
    said = [press(desk, key) for key in ("1", "2", "3")]
    expect(desk.get_by_test_id("outbox")).to_have_text("3 answers waiting for the network")
    desk.keyboard.press("Backspace")
    expect(desk.get_by_test_id("outbox")).to_have_text("2 answers waiting for the network")
    assert press(desk, "5") == said[2]
    expect(desk.get_by_test_id("outbox")).to_have_text("3 answers waiting for the network")
    assert all(house.answer(query_id, scene.annotator) is None for query_id in said)
    context.set_offline(False)
    expect(desk.get_by_test_id("outbox")).to_have_text("")
    assert arrived_once(desk, house, scene, said, sent) == [0, 1, 4]


def test_a_reload_keeps_answers_place_and_lease(
    desk: Page, context: BrowserContext, house: House, scene: Scene, sent: Counter[tuple[str, str]]
) -> None:
    context.route("**/answer", lambda route: route.abort())
    said = [press(desk, key) for key in ("1", "2", "3")]
    here = shown(desk)
    desk.reload()
    assert shown(desk) == here
    expect(desk.get_by_test_id("outbox")).to_contain_text("3 answers waiting")
    assert packets(house, scene) == 1
    context.unroute("**/answer")
    assert arrived_once(desk, house, scene, said, sent) == [0, 1, 2]


def test_a_receipt_that_is_lost_does_not_make_a_second_answer(
    desk: Page, context: BrowserContext, house: House, scene: Scene
) -> None:
    lost: list[str] = []

    def answer_and_lose_the_receipt(route: Route) -> None:
        if lost:
            return route.continue_()
        lost.append(route.request.url)
        route.fetch()  # the service has it
        return route.abort()

    context.route("**/answer", answer_and_lose_the_receipt)
    query_id = press(desk, "6")
    eventually(desk, lambda: house.answer(query_id, scene.annotator))
    expect(desk.get_by_test_id("outbox")).to_have_text("")
    answer = house.answer(query_id, scene.annotator)
    assert answer is not None
    assert (answer.class_id, house.query(query_id).revision) == (5, 1)


def test_an_answer_of_somebody_else_is_no_receipt(
    desk: Page, context: BrowserContext, house: House, scene: Scene
) -> None:
    """A hotel's sign-in page says 200 to everything."""
    context.route("**/answer", lambda route: route.fulfill(status=200, content_type="text/html", body="<p>Welcome"))
    query_id = press(desk, "6")
    expect(desk.get_by_test_id("outbox")).to_have_text("1 answer waiting for the service")
    context.unroute("**/answer")
    assert eventually(desk, lambda: house.answer(query_id, scene.annotator)).class_id == 5


def test_a_new_tab_takes_over_what_a_closed_one_held(
    desk: Page, context: BrowserContext, house: House, scene: Scene
) -> None:
    press(desk, "1")
    here = shown(desk)
    desk.close()
    page = context.new_page()
    page.goto(f"{house.url}/projects/{scene.slug}/label")
    assert shown(page) == here
    assert packets(house, scene) == 1


def test_two_tabs_have_two_packets(desk: Page, context: BrowserContext, house: House, scene: Scene) -> None:
    other = context.new_page()
    other.goto(f"{house.url}/projects/{scene.slug}/label")
    first, second = shown(desk), shown(other)
    assert first != second
    assert press(other, "3") == second
    assert press(desk, "2") == first
    assert eventually(desk, lambda: house.answer(first, scene.annotator)).class_id == 1
    assert eventually(desk, lambda: house.answer(second, scene.annotator)).class_id == 2


def test_an_answer_to_a_closed_round_is_explained_and_the_page_goes_on(
    desk: Page, context: BrowserContext, house: House, scene: Scene
) -> None:
    context.set_offline(True)
    press(desk, "1")
    response = context.request.post(
        f"{house.url}/api/v1/rounds/{scene.round_id}/close", headers=scene.admin.headers, data={"discard_open": True}
    )
    assert response.ok
    context.set_offline(False)
    expect(desk.get_by_role("heading", name="Round 0 is closed")).to_be_visible()
    desk.get_by_role("button", name="1 answer not taken").click()
    expect(desk.get_by_text("Round 0 is closed; it takes no answers any more.")).to_be_visible()
    look(desk, "label-refused", fits=True)
    desk.get_by_role("button", name="I have read this").click()
    expect(desk.get_by_role("button", name="1 answer not taken")).to_have_count(0)


def arrived_once(
    desk: Page, house: House, scene: Scene, said: list[str], sent: Counter[tuple[str, str]]
) -> list[int | None]:
    """The classes that the service has for what was said, once it has each, sent a single time."""
    classes = [
        eventually(desk, lambda query_id=query_id: house.answer(query_id, scene.annotator)).class_id
        for query_id in said
    ]
    eventually(desk, lambda: sent.total() >= len(said))
    desk.wait_for_timeout(300)  # a second sending would come now
    assert sent == {("PUT", query_id): 1 for query_id in said}
    return classes


def packets(house: House, scene: Scene) -> int:
    with house.database.read() as session:
        return session.query(Packet).filter_by(round_id=scene.round_id).count()
