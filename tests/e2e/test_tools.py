"""Every tool, by mouse, keys, pen and finger: what is drawn in Chromium is, pixel for pixel, in the database."""

import numpy as np
import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.e2e.conftest import House, eventually, press, shown
from tests.e2e.eyes import look
from tests.e2e.test_split import SIDE, Brush, drawn, teacher, thin  # noqa: F401 -- the fixture `teacher`
from tests.factories import Scene

CAR, BICYCLIST = 8, 10  # keys 9 and Q

# The box of what is white in a window of a canvas: left, top, right, bottom.
_LIT = """(canvas, [left, top, side]) => {
  const { data } = canvas.getContext("2d").getImageData(left, top, side, side);
  const lit = [...Array(side * side).keys()].filter((n) => data[4 * n] > 200 && data[4 * n + 3] > 200);
  const [xs, ys] = [lit.map((n) => left + (n % side)), lit.map((n) => top + Math.floor(n / side))];
  return lit.length ? [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)] : null;
}"""

pytestmark = pytest.mark.usefixtures("teacher")


@pytest.fixture
def brush(desk: Page, teacher: np.ndarray) -> Brush:  # noqa: F811
    """The page with a split that has begun, the whole region sky, and the class car chosen."""
    assert teacher.shape == (SIDE, SIDE)
    desk.keyboard.press("b")
    desk.keyboard.press("1")
    desk.keyboard.press("Shift+A")
    desk.keyboard.press("9")
    return Brush(desk)


@pytest.fixture
def cdp(desk: Page) -> CDPSession:
    return desk.context.new_cdp_session(desk)


def sent(desk: Page, house: House, scene: Scene) -> np.ndarray:
    return drawn(desk, house, scene, press(desk, "Enter"))


def click(brush: Brush, column: float, row: float, *, button: str = "left") -> None:
    brush.page.mouse.click(*brush.at(column, row), button=button)  # type: ignore[arg-type]


def test_eraser(brush: Brush, desk: Page, house: House, scene: Scene, teacher: np.ndarray) -> None:  # noqa: F811
    brush.page.keyboard.press("Shift+E")
    thin(desk)
    brush.stroke((2, 5), (14, 5))
    expected = np.zeros((SIDE, SIDE))
    expected[5, 2:15] = teacher[5, 2:15]
    np.testing.assert_array_equal(sent(desk, house, scene), expected)


def test_polygon_of_clicks(brush: Brush, desk: Page, house: House, scene: Scene) -> None:
    desk.keyboard.press("Shift+P")
    for corner in ((1.5, 1.5), (11.5, 1.5), (11.5, 7.5), (1.5, 7.5)):  # corners of pixels 2 … 11 and 2 … 7
        click(brush, *corner)
    expect(desk.get_by_test_id("notice")).to_contain_text("fills the polygon with car")
    look(desk, "label-polygon", fits=True)
    desk.keyboard.press("Enter")
    expected = np.zeros((SIDE, SIDE))
    expected[2:8, 2:12] = CAR
    np.testing.assert_array_equal(sent(desk, house, scene), expected)


def test_polygon_drawn_beyond_the_region(brush: Brush, desk: Page, house: House, scene: Scene) -> None:
    desk.keyboard.press("Shift+P")
    brush.stroke((8.5, -2), (20, -2), (20, 20), (8.5, 20), (8.5, -1.9))
    expected = np.zeros((SIDE, SIDE))
    expected[:, 9:] = CAR
    np.testing.assert_array_equal(sent(desk, house, scene), expected)


def test_flood_fill(brush: Brush, desk: Page, house: House, scene: Scene) -> None:
    thin(desk)
    brush.stroke((0, 6), (16, 6))
    desk.keyboard.press("q")
    desk.keyboard.press("Shift+F")
    click(brush, 3, 12)
    expected = np.zeros((SIDE, SIDE))
    expected[6], expected[7:] = CAR, BICYCLIST
    np.testing.assert_array_equal(sent(desk, house, scene), expected)


def test_straight_cut(brush: Brush, desk: Page, house: House, scene: Scene) -> None:
    desk.keyboard.press("Shift+C")
    brush.stroke((5.5, 1), (5.5, 8))  # downwards: the left of the screen is at its right
    desk.keyboard.press("q")
    click(brush, 16, 10.5)  # and one of two clicks, from right to left: the upper part is at its right
    desk.mouse.move(*brush.at(8, 10.5))
    look(desk, "label-cut", fits=True)
    click(brush, 8, 10.5)
    expected = np.zeros((SIDE, SIDE))
    expected[:, :6], expected[:11, 6:] = CAR, BICYCLIST
    np.testing.assert_array_equal(sent(desk, house, scene), expected)


def test_the_class_under_the_pointer(brush: Brush, desk: Page, house: House, scene: Scene) -> None:
    thin(desk)
    brush.stroke((4, 4), (9, 4))
    desk.keyboard.press("q")
    click(brush, 6, 4, button="right")
    expect(desk.get_by_test_id("notice")).to_contain_text("Painting car")
    brush.stroke((4, 8), (9, 8))
    desk.mouse.move(*brush.at(2, 2))
    desk.keyboard.press("Shift+I")
    expect(desk.get_by_test_id("notice")).to_contain_text("Painting sky")
    expected = np.zeros((SIDE, SIDE))
    expected[(4, 8), 4:10] = CAR
    np.testing.assert_array_equal(sent(desk, house, scene), expected)


def test_a_key_a_part_of_the_teachers(desk: Page, house: House, scene: Scene, teacher: np.ndarray) -> None:  # noqa: F811
    """Parts are the teacher's connected areas; specks go with the neighbour that they touch most."""
    desk.keyboard.press("Tab")
    notice = desk.get_by_test_id("notice")
    expect(notice).to_contain_text("Part 1 of")
    number = int(str(notice.text_content()).split(" of ")[1].split(":")[0])
    assert 2 <= number <= len(np.unique(teacher)) * 6
    desk.keyboard.press("9")
    expect(notice).to_contain_text(f"Part 2 of {number}")
    look(desk, "label-parts", fits=True)
    desk.keyboard.press("Tab")  # as it is
    for _ in range(number - 2):
        desk.keyboard.press("q")
    answer = sent(desk, house, scene)
    first = teacher[0, 0]
    assert answer[0, 0] == CAR
    assert ((answer == CAR) & (teacher == first)).sum() > 0.5 * (answer == CAR).sum()
    kept = ~np.isin(answer, (CAR, BICYCLIST))
    assert (answer[kept] == teacher[kept]).all()


def test_a_click_a_superpixel(brush: Brush, desk: Page, house: House, scene: Scene) -> None:
    desk.keyboard.press("Shift+S")
    expect(desk.get_by_test_id("tool-superpixels")).to_have_attribute("data-painting", "true")
    click(brush, 8, 8)
    answer = sent(desk, house, scene)
    pieces = (answer == CAR).sum()
    assert answer[8, 8] == CAR
    assert SIDE**2 / 60 < pieces < SIDE**2 / 3
    assert ((answer == CAR) | (answer == 0)).all()


def test_keys_alone(desk: Page, house: House, scene: Scene) -> None:
    """A stroke and a polygon without any pointer (WCAG 2.2, 2.1.1 and 2.5.7)."""
    for key in ("b", "1", "Shift+A", "9", "[", "[", "ArrowUp", "ArrowUp"):
        desk.keyboard.press(key)
    desk.keyboard.press("Shift+Enter")
    for _ in range(3):
        desk.keyboard.press("ArrowRight")
    desk.keyboard.press("Shift+Enter")
    expected = np.zeros((SIDE, SIDE))
    expected[6, 8:12] = CAR  # from the middle, (8, 8)
    desk.keyboard.press("Shift+P")
    desk.keyboard.press("q")
    for moves in (("Shift+ArrowLeft",) * 2, ("ArrowRight",) * 4, ("ArrowDown",) * 4):
        for key in moves:
            desk.keyboard.press(key)
        desk.keyboard.press("Shift+Enter")
    desk.keyboard.press("Enter")
    answer = sent(desk, house, scene)
    np.testing.assert_array_equal(answer[6, 8:12], expected[6, 8:12])
    assert (answer == BICYCLIST).sum() in range(6, 11)  # half of four by four


def touch(cdp: CDPSession, kind: str, *points: tuple[float, float]) -> None:
    places = [{"x": x, "y": y, "id": nth} for nth, (x, y) in enumerate(points)]
    cdp.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})


def test_a_finger_draws_and_two_zoom(brush: Brush, desk: Page, house: House, scene: Scene, cdp: CDPSession) -> None:
    thin(desk)
    close_up = desk.get_by_test_id("close-up")
    scale = float(close_up.get_attribute("data-scale") or 0)
    touch(cdp, "touchStart", brush.at(3, 3))
    for column in range(3, 10):
        touch(cdp, "touchMove", brush.at(column, 3))
    touch(cdp, "touchEnd")
    expected = np.zeros((SIDE, SIDE))
    expected[3, 3:10] = CAR
    touch(cdp, "touchStart", brush.at(8, 8))  # begins a stroke, which the second finger takes back
    touch(cdp, "touchStart", brush.at(8, 8), brush.at(10, 8))
    for column in range(10, 15):
        touch(cdp, "touchMove", brush.at(8, 8), brush.at(column, 8))
    touch(cdp, "touchEnd")
    eventually(desk, lambda: float(close_up.get_attribute("data-scale") or 0) > scale)
    np.testing.assert_array_equal(sent(desk, house, scene), expected)


def test_a_pen_draws(brush: Brush, desk: Page, house: House, scene: Scene, cdp: CDPSession) -> None:
    thin(desk)
    for kind, column in (
        ("mousePressed", 3),
        *(("mouseMoved", column) for column in range(4, 9)),
        ("mouseReleased", 8),
    ):
        x, y = brush.at(column, 5)
        event = {"type": kind, "x": x, "y": y, "pointerType": "pen", "button": "left", "buttons": 1, "clickCount": 1}
        cdp.send("Input.dispatchMouseEvent", event)
    expected = np.zeros((SIDE, SIDE))
    expected[5, 3:9] = CAR
    np.testing.assert_array_equal(sent(desk, house, scene), expected)


@pytest.mark.parametrize("steps", [-3, 3], ids=["farther", "closer"])
def test_what_is_drawn_is_true_at_any_zoom(brush: Brush, desk: Page, house: House, scene: Scene, steps: int) -> None:
    """The pixel under the pointer is the one that is painted, and the one that the cursor outlines."""
    thin(desk)
    close_up = desk.get_by_test_id("close-up")
    before = float(close_up.get_attribute("data-scale") or 0)
    desk.mouse.move(*brush.at(8, 8))
    desk.keyboard.down("Control")
    for _ in range(abs(steps)):
        desk.mouse.wheel(0, -100 if steps > 0 else 100)
    desk.keyboard.up("Control")
    eventually(desk, lambda: float(close_up.get_attribute("data-scale") or 0) != before)
    brush.stroke((7, 8), (10, 8))
    pointed = (11, 4)  # away from the keys of the parts, which are drawn in their middles
    x, y = brush.at(*pointed)
    desk.mouse.move(x, y)
    corner = close_up.bounding_box()
    assert corner is not None
    scale = float(close_up.get_attribute("data-scale") or 0)
    window = [round(x - corner["x"] - 1.5 * scale), round(y - corner["y"] - 1.5 * scale), round(3 * scale)]
    drawn_at = eventually(desk, lambda: desk.get_by_test_id("close-up-marks").evaluate(_LIT, window))
    for end, middle in ((drawn_at[0::2], x - corner["x"]), (drawn_at[1::2], y - corner["y"])):
        assert abs(sum(end) / 2 - middle) <= 1
        assert abs(end[1] - end[0] - scale) <= 1
    expected = np.zeros((SIDE, SIDE))
    expected[8, 7:11] = CAR
    np.testing.assert_array_equal(sent(desk, house, scene), expected)


def test_space_drags_the_view_and_shows_the_bare_pixels(brush: Brush, desk: Page) -> None:
    close_up, parts = desk.get_by_test_id("close-up"), desk.get_by_test_id("close-up-parts")
    left = float(close_up.get_attribute("data-left") or 0)
    desk.mouse.move(*brush.at(8, 8))
    desk.keyboard.down("Space")
    expect(parts).to_have_attribute("width", "0")
    desk.mouse.down()
    x, y = brush.at(8, 8)
    desk.mouse.move(x + 40, y, steps=4)
    desk.mouse.up()
    desk.keyboard.up("Space")
    expect(close_up).to_have_attribute("data-left", f"{left + 40:g}")
    desk.keyboard.press("Home")
    expect(close_up).to_have_attribute("data-left", f"{left:g}")
    desk.keyboard.down("Alt")
    eventually(desk, lambda: float(close_up.get_attribute("data-scale") or 9) < 4)
    desk.keyboard.up("Alt")
    expect(close_up).to_have_attribute("data-left", f"{left:g}")


def test_a_reload_in_the_middle_of_a_stroke_keeps_what_was_drawn(
    brush: Brush, desk: Page, house: House, scene: Scene
) -> None:
    thin(desk)
    before = shown(desk)
    desk.mouse.move(*brush.at(2, 4))
    desk.mouse.down()
    desk.mouse.move(*brush.at(9, 4), steps=7)
    desk.reload()
    assert shown(desk) == before
    expected = np.zeros((SIDE, SIDE))
    expected[4, 2:10] = CAR
    desk.mouse.up()
    np.testing.assert_array_equal(sent(desk, house, scene), expected)
