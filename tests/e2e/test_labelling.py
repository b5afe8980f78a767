"""The annotator's screen: what is pressed is what the database has."""

from collections.abc import Callable
from itertools import groupby

import pytest
from playwright.sync_api import BrowserContext, Page, Response, expect

from backend.db.tables import Answer
from tests.e2e.conftest import House, eventually, press, shown
from tests.factories import Person, Scene

_PRESS_AND_LOOK = """async () => {
  const start = performance.now();
  document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "2", code: "Digit2", bubbles: true }));
  await new Promise(requestAnimationFrame);  // runs before the browser paints
  const canvas = document.querySelector("[data-testid=close-up]");
  const [x, y] = [canvas.width / 2, canvas.height / 2];
  const alpha = canvas.getContext("2d").getImageData(x, y, 1, 1).data[3];
  return [canvas.dataset.shows, alpha, performance.now() - start];
}"""


def test_one_key_names_the_region_and_goes_on(desk: Page, house: House, scene: Scene) -> None:
    pressed = {press(desk, key): class_id for key, class_id in (("1", 0), ("Numpad3", 2), ("0", 9), ("q", 10))}
    assert len(pressed) == 4
    for query_id, class_id in pressed.items():
        answer = eventually(desk, lambda query_id=query_id: house.answer(query_id, scene.annotator))
        assert (answer.kind, answer.class_id, answer.accepted_suggestion) == ("label_map", class_id, False)
        assert 0 < answer.seconds < 30
    expect(desk.get_by_text("4 of 12 regions")).to_be_visible()


def test_a_packet_comes_image_by_image_from_top_to_bottom(desk: Page, house: House, scene: Scene) -> None:
    came = [house.query(press(desk, "1")) for _ in range(10)]
    assert sorted(query.rank for query in came) == list(range(10))
    images = [(image_id, list(run)) for image_id, run in groupby(came, key=lambda query: query.image_id)]
    assert len(dict(images)) == len(images) > 1
    assert all(run == sorted(run, key=lambda query: (query.y, query.x)) for _, run in images)


def test_the_next_region_is_drawn_in_the_frame_of_the_key(
    context: BrowserContext, enter: Callable[[Person, str], Page], house: House, scene: Scene
) -> None:
    leased: list[Response] = []
    fetched: set[str] = set()
    context.on("response", lambda response: response.url.endswith("/packets") and leased.append(response))
    context.on("requestfinished", lambda request: fetched.add(request.url))
    desk = enter(scene.annotator, f"/projects/{scene.slug}/label")
    shown(desk)
    queries = leased[0].json()["queries"]
    near = {query[name] for query in queries for name in ("close_up_url", "context_url")}
    eventually(desk, lambda: {house.url + url for url in near} <= fetched)
    desk.wait_for_timeout(200)  # and decoded, which no event tells
    for _ in range(6):
        before = shown(desk)
        shows, alpha, took = desk.evaluate(_PRESS_AND_LOOK)
        assert shows not in {"", before}
        assert alpha == 255
        print(f"key to next region: {took:.1f} ms")


def test_enter_accepts_the_best_class(desk: Page, house: House, scene: Scene) -> None:
    query_id = press(desk, "Enter")
    best = house.query(query_id).suggestion["classes"][0]["class_id"]
    answer = eventually(desk, lambda: house.answer(query_id, scene.annotator))
    assert (answer.kind, answer.class_id, answer.accepted_suggestion) == ("label_map", best, True)


@pytest.mark.parametrize(("key", "kind"), [("v", "void"), ("u", "unsure"), ("x", "bad_query")])
def test_void_unsure_and_bad_query_are_different_answers(
    desk: Page, house: House, scene: Scene, key: str, kind: str
) -> None:
    query_id = press(desk, key)
    answer = eventually(desk, lambda: house.answer(query_id, scene.annotator))
    assert (answer.kind, answer.class_id, answer.label_map) == (kind, None, None)


def test_a_click_on_a_class_answers_and_enter_still_accepts_afterwards(desk: Page, house: House, scene: Scene) -> None:
    first = shown(desk)
    desk.get_by_test_id("class-5").click()
    second = shown(desk, other_than=first)
    press(desk, "Enter")
    assert eventually(desk, lambda: house.answer(first, scene.annotator)).class_id == 5
    assert eventually(desk, lambda: house.answer(second, scene.annotator)).accepted_suggestion


def test_skip_makes_no_answer_and_the_region_comes_after_the_others_at_hand(
    desk: Page, house: House, scene: Scene
) -> None:
    skipped = press(desk, "ArrowRight")
    for _ in range(9):
        assert press(desk, "2") != skipped
    assert press(desk, "ArrowRight") == skipped
    for _ in range(2):  # the second packet
        assert press(desk, "2") != skipped
    assert shown(desk) == skipped
    desk.keyboard.press("ArrowRight")
    expect(desk.get_by_test_id("notice")).to_contain_text("only region left")
    eventually(desk, lambda: answered(house, scene) == 11)
    assert house.answer(skipped, scene.annotator) is None


def test_a_held_key_answers_once(desk: Page, house: House, scene: Scene) -> None:
    first = shown(desk)
    desk.keyboard.down("1")
    desk.keyboard.down("1")
    desk.keyboard.down("1")
    second = shown(desk, other_than=first)
    desk.keyboard.up("1")
    eventually(desk, lambda: house.answer(first, scene.annotator))
    assert house.answer(second, scene.annotator) is None
    assert shown(desk) == second


def test_going_back_takes_answers_back_from_the_server(desk: Page, house: House, scene: Scene) -> None:
    first, second = press(desk, "1"), press(desk, "2")
    eventually(desk, lambda: house.answer(second, scene.annotator))
    desk.keyboard.press("Backspace")
    expect(desk.get_by_test_id("region")).to_have_attribute("data-query", second)
    eventually(desk, lambda: house.answer(second, scene.annotator) is None)
    desk.keyboard.press("Backspace")
    expect(desk.get_by_test_id("region")).to_have_attribute("data-query", first)
    eventually(desk, lambda: house.answer(first, scene.annotator) is None)
    assert (house.query(first).state, house.query(second).state) == ("open", "open")
    assert (press(desk, "7"), press(desk, "8")) == (first, second)
    assert eventually(desk, lambda: house.answer(first, scene.annotator)).class_id == 6
    assert eventually(desk, lambda: house.answer(second, scene.annotator)).class_id == 7


def test_when_all_is_answered_the_page_says_what_comes_next(desk: Page, house: House, scene: Scene) -> None:
    for _ in range(11):
        press(desk, "Enter")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("heading", name="Round 0 is answered. Thank you")).to_be_visible()
    expect(desk.get_by_text("when an admin starts it")).to_be_visible()
    expect(desk.get_by_role("button", name="Start the next round")).to_have_count(0)
    assert answered(house, scene) == 12
    desk.keyboard.press("Backspace")
    shown(desk)
    eventually(desk, lambda: answered(house, scene) == 11)


def test_help_names_every_key(desk: Page) -> None:
    desk.keyboard.press("?")
    dialog = desk.get_by_role("dialog")
    for title in ("Accept the suggestion", "Skip: leave it for later", "bicyclist", "Redo", "Straight cut: drag"):
        expect(dialog.get_by_role("definition").filter(has_text=title)).to_be_visible()
    before = desk.get_by_test_id("region").get_attribute("data-query")
    desk.keyboard.press("1")
    desk.keyboard.press("?")
    expect(dialog).to_have_count(0)
    assert shown(desk) == before


def answered(house: House, scene: Scene) -> int:
    with house.database.read() as session:
        return session.query(Answer).filter(Answer.query_id.in_(scene.query_ids)).count()
