"""Drawing: what the mouse does in Chromium is, pixel for pixel, what the database has."""

from dataclasses import dataclass

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from backend.domain import rle
from tests.e2e.conftest import House, eventually, press, shown
from tests.factories import Scene

SIDE = 17  # px of the scene's regions


@dataclass
class Brush:
    """A mouse that thinks in pixels of the region."""

    page: Page

    def at(self, column: float, row: float) -> tuple[float, float]:
        """Where the middle of a pixel lies in the window."""
        canvas = self.page.get_by_test_id("close-up")
        corner = canvas.bounding_box()
        assert corner is not None
        left, top, scale = (float(canvas.get_attribute(f"data-{name}") or "nan") for name in ("left", "top", "scale"))
        return corner["x"] + left + (column + 0.5) * scale, corner["y"] + top + (row + 0.5) * scale

    def stroke(self, *pixels: tuple[float, float]) -> None:
        self.page.mouse.move(*self.at(*pixels[0]))
        self.page.mouse.down()
        for pixel in pixels[1:]:
            self.page.mouse.move(*self.at(*pixel), steps=5)
        self.page.mouse.up()


@pytest.fixture
def teacher(desk: Page, house: House) -> np.ndarray:
    """The suggested label map of the region on screen, which has one."""
    for _ in range(9):
        suggested = house.query(shown(desk)).suggestion["label_map"]
        if suggested is not None:
            return rle.decode(suggested["data"], width=SIDE, height=SIDE)
        press(desk, "ArrowRight")
    raise AssertionError("No region of this packet has a label map.")


def thin(page: Page) -> None:
    """From the brush of 3 that a split begins with to one of 1."""
    page.keyboard.press("[")
    page.keyboard.press("[")


def drawn(desk: Page, house: House, scene: Scene, query_id: str) -> np.ndarray:
    answer = eventually(desk, lambda: house.answer(query_id, scene.annotator))
    assert (answer.kind, answer.class_id) == ("label_map", None)
    return rle.decode(answer.label_map or "", width=SIDE, height=SIDE)


def test_the_drawn_map_is_the_stored_map(desk: Page, house: House, scene: Scene, teacher: np.ndarray) -> None:
    brush, expected = Brush(desk), teacher.copy()
    desk.keyboard.press("b")
    desk.keyboard.press("9")  # car
    brush.stroke((8, 10))  # one dab of the brush of 3
    expected[9:12, 7:10] = 8
    thin(desk)
    desk.keyboard.press("q")  # bicyclist
    brush.stroke((2, 3), (12, 3))
    expected[3, 2:13] = 10
    desk.keyboard.press("v")  # void, drawn on beyond the region's lower edge and back in
    brush.stroke((15, 5), (15, 25))
    expected[5:, 15] = 255
    desk.keyboard.press("1")
    brush.stroke((0, 0), (16, 16))
    expected[np.arange(SIDE), np.arange(SIDE)] = 0
    query_id = press(desk, "Enter")
    np.testing.assert_array_equal(drawn(desk, house, scene, query_id), expected)
    assert not eventually(desk, lambda: house.answer(query_id, scene.annotator)).accepted_suggestion


def test_strokes_are_undone_and_done_again(desk: Page, house: House, scene: Scene, teacher: np.ndarray) -> None:
    brush, expected = Brush(desk), teacher.copy()
    desk.keyboard.press("b")
    thin(desk)
    desk.keyboard.press("9")
    brush.stroke((1, 1), (5, 1))
    brush.stroke((1, 2), (5, 2))
    brush.stroke((1, 3), (5, 3))
    desk.keyboard.press("Control+z")
    desk.keyboard.press("Control+z")
    desk.keyboard.press("Control+Shift+Z")
    expected[1:3, 1:6] = 8
    query_id = press(desk, "Enter")
    np.testing.assert_array_equal(drawn(desk, house, scene, query_id), expected)


def test_enter_in_a_fresh_split_accepts_the_teachers_map(
    desk: Page, house: House, scene: Scene, teacher: np.ndarray
) -> None:
    desk.keyboard.press("b")
    expect(desk.get_by_test_id("action-submit-split")).to_be_visible()
    query_id = press(desk, "Enter")
    np.testing.assert_array_equal(drawn(desk, house, scene, query_id), teacher)
    assert eventually(desk, lambda: house.answer(query_id, scene.annotator)).accepted_suggestion


def test_a_split_is_kept_over_escape_and_reload_and_comes_back_with_an_undo(
    desk: Page, house: House, scene: Scene, teacher: np.ndarray
) -> None:
    brush, expected = Brush(desk), teacher.copy()
    desk.keyboard.press("b")
    thin(desk)
    desk.keyboard.press("9")
    brush.stroke((4, 4), (9, 4))
    expected[4, 4:10] = 8
    desk.keyboard.press("Escape")
    expect(desk.get_by_test_id("action-accept")).to_be_visible()
    before = shown(desk)
    desk.reload()
    assert shown(desk) == before
    expect(desk.get_by_test_id("action-submit-split")).to_be_visible()
    assert press(desk, "Enter") == before
    np.testing.assert_array_equal(drawn(desk, house, scene, before), expected)
    desk.keyboard.press("Backspace")
    expect(desk.get_by_test_id("action-submit-split")).to_be_visible()
    thin(desk)
    desk.keyboard.press("9")
    brush.stroke((4, 6), (9, 6))
    expected[6, 4:10] = 8
    eventually(desk, lambda: house.answer(before, scene.annotator) is None)
    press(desk, "Enter")
    np.testing.assert_array_equal(drawn(desk, house, scene, before), expected)


def test_the_wheel_changes_the_brush(desk: Page, teacher: np.ndarray) -> None:
    assert teacher.shape == (SIDE, SIDE)
    desk.keyboard.press("b")
    desk.mouse.move(*Brush(desk).at(8, 8))
    desk.mouse.wheel(0, -100)
    expect(desk.get_by_test_id("notice")).to_contain_text("brush of 4 px")
    desk.mouse.wheel(0, 100)
    expect(desk.get_by_test_id("notice")).to_contain_text("brush of 3 px")
