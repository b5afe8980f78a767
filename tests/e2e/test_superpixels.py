"""A region that is no rectangle: seen in its outline, answered by one key, and drawn without a pixel beside it."""

from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from backend.domain import rle
from tests.e2e.conftest import House, eventually, press, shown
from tests.e2e.eyes import LARGE, SMALL, look
from tests.e2e.test_split import SIDE, Brush, thin
from tests.factories import Person, Scene, as_superpixels

CORNER, MIDDLE = (0, 0), (10, 8)  # column, row: one far outside of the mask, one far inside


@pytest.fixture
def mask(house: House, scene: Scene) -> np.ndarray:
    """The shape of all regions of the scene."""
    made = as_superpixels(house.database, scene.query_ids)
    assert not made[CORNER[::-1]]
    assert made[MIDDLE[::-1]]
    return made


@pytest.fixture
def desk(enter: Callable[[Person, str], Page], scene: Scene, mask: np.ndarray) -> Page:
    assert mask.any()
    page = enter(scene.annotator, f"/projects/{scene.slug}/label")
    shown(page)
    return page


def suggested(house: House, query_id: str) -> np.ndarray | None:
    label_map = house.query(query_id).suggestion["label_map"]
    return None if label_map is None else rle.decode(label_map["data"], width=SIDE, height=SIDE)


def to_one(desk: Page, house: House, *, with_map: bool) -> str:
    """Skip to a region that has a suggested label map, or has none; its id."""
    for _ in range(10):
        if (suggested(house, shown(desk)) is not None) == with_map:
            return shown(desk)
        press(desk, "ArrowRight")
    raise AssertionError("There is no such region in this packet.")


def drawn(desk: Page, house: House, scene: Scene, query_id: str) -> np.ndarray:
    answer = eventually(desk, lambda: house.answer(query_id, scene.annotator))
    assert (answer.kind, answer.class_id, answer.kept_as) == ("label_map", None, "answer")
    return rle.decode(answer.label_map or "", width=SIDE, height=SIDE)


def colors(desk: Page) -> np.ndarray:
    """RGB in the middle of each pixel of the region's box, as the close-up shows it now."""
    canvas = desk.get_by_test_id("close-up")
    read = """(canvas, side) => {
      const [left, top, scale] = [canvas.dataset.left, canvas.dataset.top, canvas.dataset.scale].map(Number);
      const ratio = canvas.width / canvas.getBoundingClientRect().width;
      const layers = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
      const stack = [...canvas.parentElement.querySelectorAll("canvas")].filter((layer) => layer.width > 0);
      for (const layer of stack) layers.drawImage(layer, 0, 0);
      const all = layers.getImageData(0, 0, canvas.width, canvas.height);
      return Array.from({ length: side * side }, (_, n) => {
        const x = Math.floor((left + ((n % side) + 0.5) * scale) * ratio);
        const y = Math.floor((top + (Math.floor(n / side) + 0.5) * scale) * ratio);
        return [...all.data.slice(4 * (y * all.width + x), 4 * (y * all.width + x) + 3)];
      });
    }"""
    return np.array(canvas.evaluate(read, SIDE)).reshape(SIDE, SIDE, 3)


def test_one_key_names_the_superpixel_and_goes_on(desk: Page, house: House, scene: Scene) -> None:
    expect(desk.get_by_label("Why this region was asked")).to_contain_text("204 pixels")
    for key, class_id in (("1", 0), ("q", 10)):
        query_id = press(desk, key)
        answer = eventually(desk, lambda query_id=query_id: house.answer(query_id, scene.annotator))
        assert (answer.kind, answer.class_id, answer.label_map) == ("label_map", class_id, None)
        assert house.query(query_id).state == "resolved"


def test_what_is_painted_beside_the_superpixel_is_not_in_the_answer(
    desk: Page, house: House, scene: Scene, mask: np.ndarray
) -> None:
    query_id = to_one(desk, house, with_map=True)
    expected = suggested(house, query_id)
    assert expected is not None
    brush = Brush(desk)
    desk.keyboard.press("b")
    thin(desk)
    desk.keyboard.press("9")  # car
    brush.stroke((0, 0), (16, 16))
    expected[np.arange(SIDE), np.arange(SIDE)] = 8
    desk.keyboard.press("q")  # bicyclist, along the left side, where there is a dent
    brush.stroke((0, 0), (0, 16))
    expected[:, 0] = 10
    desk.keyboard.press("v")  # void inside is an answer
    brush.stroke((12, 3), (12, 9))
    expected[3:10, 12] = 255
    assert press(desk, "Enter") == query_id
    np.testing.assert_array_equal(drawn(desk, house, scene, query_id), np.where(mask, expected, 255))
    expect(desk.get_by_test_id("outbox")).to_have_text("")


def test_a_split_that_begins_without_a_map_is_void_beside_the_superpixel_too(
    desk: Page, house: House, scene: Scene, mask: np.ndarray
) -> None:
    query_id = to_one(desk, house, with_map=False)
    best = house.query(query_id).suggestion["classes"][0]["class_id"]
    desk.keyboard.press("b")
    thin(desk)
    desk.keyboard.press("9")
    Brush(desk).stroke((0, 12), (16, 12))
    expected = np.full((SIDE, SIDE), best)
    expected[12] = 8
    assert press(desk, "Enter") == query_id
    np.testing.assert_array_equal(drawn(desk, house, scene, query_id), np.where(mask, expected, 255))


def test_enter_in_a_fresh_split_of_a_superpixel_accepts_the_teachers_map(
    desk: Page, house: House, scene: Scene, mask: np.ndarray
) -> None:
    query_id = to_one(desk, house, with_map=True)
    desk.keyboard.press("b")
    expect(desk.get_by_test_id("action-submit-split")).to_be_visible()
    assert press(desk, "Enter") == query_id
    found = drawn(desk, house, scene, query_id)
    np.testing.assert_array_equal(found, suggested(house, query_id))
    assert (found[~mask] == 255).all()
    assert house.answer(query_id, scene.annotator).accepted_suggestion


def test_only_the_superpixel_is_tinted_while_it_is_split(desk: Page, house: House, mask: np.ndarray) -> None:
    to_one(desk, house, with_map=True)
    before = colors(desk)
    desk.keyboard.press("b")
    desk.mouse.move(1, 1)  # away from the pane, or the brush is drawn
    expect(desk.get_by_test_id("close-up")).to_have_attribute("data-drawing", "true")
    eventually(desk, lambda: bool((colors(desk) != before).any()))
    changed = (colors(desk) != before).any(axis=2)
    assert not changed[~mask].any()
    assert changed[mask].mean() > 0.9
    desk.keyboard.press("Escape")
    eventually(desk, lambda: bool((colors(desk) == before).all()))


def test_how_a_superpixel_looks(desk: Page, house: House) -> None:
    to_one(desk, house, with_map=True)
    look(desk, "superpixel", sizes=(LARGE, SMALL), fits=True)
    desk.set_viewport_size({"width": LARGE[0], "height": LARGE[1]})
    desk.keyboard.press("b")
    expect(desk.get_by_test_id("action-submit-split")).to_be_visible()
    look(desk, "superpixel-split", fits=True)
