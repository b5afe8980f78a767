"""Practice: judged against the label maps of the pack, and nothing of it is kept."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from playwright.sync_api import BrowserContext, Page, expect

from backend.db.tables import Answer, Image
from backend.domain.dominant import dominant_class
from backend.domain.vocabulary import Domain, Split
from tests.e2e.conftest import House, eventually, shown
from tests.e2e.eyes import LARGE, SMALL, look
from tests.e2e.test_split import Brush
from tests.factories import Person, Scene, empty_project, pack_classes, pack_files

Enter = Callable[[Person, str], Page]
SIDE = 17  # px of the scene's regions
KEYS = "1234567890q"  # of the pack's classes, by class id


def open_practice(enter: Enter, scene: Scene) -> Page:
    page = enter(scene.annotator, f"/projects/{scene.slug}/practice")
    shown(page)
    return page


def truth(house: House, page: Page) -> NDArray[np.uint8]:
    """What the pack says of the region on screen."""
    image_id, x, y = shown(page).removeprefix("practice-").rsplit("-", 2)
    with house.database.read() as session:
        name = session.get_one(Image, image_id).name
    files = {image.name: labels for image, labels in pack_files(Domain.SOURCE, Split.TRAIN)}
    labels = np.asarray(Pillow.open(files[name]))
    return labels[int(y) : int(y) + SIDE, int(x) : int(x) + SIDE]


def dominant(labels: NDArray[np.uint8]) -> int:
    found = dominant_class(labels)
    assert found is not None
    return found


def name(class_id: int) -> str:
    return {one[0]: one[1] for one in pack_classes()}[class_id].replace("_", " ")


def is_mixed(labels: NDArray[np.uint8]) -> bool:
    return np.unique(labels[labels != 255]).size > 1


def say(page: Page, key: str) -> str:
    """Answer the region; what is said of it."""
    page.keyboard.press(key)
    expect(page.get_by_test_id("feedback")).to_be_visible()
    return page.get_by_test_id("verdict").inner_text()


def go_on(page: Page) -> None:
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("feedback")).to_have_count(0)


def test_answers_are_judged_by_the_label_maps_and_scored(enter: Enter, house: House, scene: Scene) -> None:
    page = open_practice(enter, scene)
    known = []
    for nth in range(10):
        labels = truth(house, page)
        class_id = dominant(labels)
        known.append(class_id)
        given = class_id if nth % 2 == 0 else (class_id + 1) % len(KEYS)
        text = say(page, KEYS[given])
        if given == class_id:
            assert text == f"Right. This is {name(class_id)}."
        else:
            assert text == f"Wrong. This is {name(class_id)}, not {name(given)}."
        expect(page.get_by_test_id("heard")).to_contain_text(text)
        expect(page.get_by_test_id("so-far")).to_have_text(f"{nth // 2 + 1} of {nth + 1} right so far")
        listed = page.get_by_test_id("feedback").get_by_role("listitem")
        expect(listed).to_have_count(np.unique(labels[labels != 255]).size)
        expect(listed.first).to_contain_text(name(class_id))
        go_on(page)
    score = page.get_by_test_id("score")
    expect(score.get_by_role("heading", name="5 of 10 right")).to_be_visible()
    for class_id in set(known):
        right = sum(one == class_id for one in known[::2])
        row = score.get_by_role("row").filter(has_text=name(class_id))
        expect(row.get_by_role("cell").last).to_have_text(f"{right} of {known.count(class_id)}")
    for class_id in set(known[1::2]):
        mistaken = f"{name(class_id)} was taken for {name((class_id + 1) % len(KEYS))}"
        expect(score.get_by_text(mistaken)).to_be_visible()
    page.keyboard.press("Enter")
    shown(page)
    expect(page.get_by_text("Practice: 1 of 10")).to_be_visible()


def test_nothing_is_asked_stored_or_leased(enter: Enter, context: BrowserContext, house: House, scene: Scene) -> None:
    calls: list[str] = []
    context.on("request", lambda request: request.method != "GET" and calls.append(request.url))
    page = open_practice(enter, scene)
    expect(page.get_by_test_id("action-accept")).to_have_count(0)
    expect(page.get_by_test_id("action-back")).to_have_count(0)
    for key in ("1", "v", "u", "x"):
        text = say(page, key)
        assert key == "1" or text.startswith("Not answered. This is ")
        go_on(page)
        shown(page)
    assert calls == [f"{house.url}/api/v1/projects/{scene.slug}/practice"]
    expect(page.get_by_test_id("outbox")).to_have_text("")
    with house.database.read() as session:
        assert session.query(Answer).filter(Answer.query_id.in_(scene.query_ids)).count() == 0


def to_mixed(page: Page, house: House) -> NDArray[np.uint8]:
    """Go on to a region of two classes and more; its truth."""
    while not is_mixed(labels := truth(house, page)):
        say(page, KEYS[dominant(labels)])
        go_on(page)
    return labels


def test_a_drawn_region_is_judged_pixel_by_pixel(enter: Enter, house: House, scene: Scene) -> None:
    page = open_practice(enter, scene)
    labels = to_mixed(page, house)
    known = labels != 255
    page.keyboard.press("b")
    page.keyboard.press(KEYS[dominant(labels)])
    page.keyboard.press("Shift+A")
    share = float((labels[known] == dominant(labels)).mean())
    say(page, "Enter")
    outcome = "right" if share >= 0.9 else "partly"  # the largest class of two or more has more than a tenth
    feedback = page.get_by_test_id("feedback")
    expect(feedback).to_have_attribute("data-outcome", outcome)
    expect(page.get_by_test_id("verdict")).to_contain_text(f"{round(share * 100)}\u202f% of the pixels")
    expect(feedback.get_by_role("img")).to_have_count(2)
    go_on(page)


def test_a_region_drawn_as_it_is_is_right(enter: Enter, house: House, scene: Scene) -> None:
    page = open_practice(enter, scene)
    labels = to_mixed(page, house)
    page.keyboard.press("b")
    page.keyboard.press(KEYS[dominant(labels)])
    page.keyboard.press("Shift+A")
    for _ in range(2):
        page.keyboard.press("[")
    brush = Brush(page)
    for class_id in set(np.unique(labels).tolist()) - {dominant(labels), 255}:
        page.keyboard.press(KEYS[class_id])
        for row in range(SIDE):
            edges = np.flatnonzero(np.diff(np.r_[0, labels[row] == class_id, 0]))
            for start, end in edges.reshape(-1, 2):
                brush.stroke((start, row), (end - 1, row))
    assert say(page, "Enter") == "Right. 100\u202f% of the pixels have the right class."


def test_a_project_without_labelled_images_says_what_is_needed(enter: Enter, house: House, scene: Scene) -> None:
    empty_project(house.database, scene.admin, slug="nothing-known", members=[scene.annotator])
    page = enter(scene.annotator, "/projects/nothing-known")
    page.get_by_role("link", name="Practice").click()
    expect(page.get_by_role("heading", name="There is nothing to practise on yet")).to_be_visible()
    look(page, "practice-none", fits=True)


def test_practice_looks_well(enter: Enter, house: House, scene: Scene) -> None:
    page = open_practice(enter, scene)
    look(page, "practice", sizes=(LARGE, SMALL), fits=True)
    labels = to_mixed(page, house)
    say(page, KEYS[dominant(labels)])
    eventually(page, lambda: page.get_by_test_id("map-pane").get_attribute("data-shows"))
    look(page, "practice-right", sizes=(LARGE, SMALL), fits=True)
    go_on(page)
    labels = truth(house, page)
    page.keyboard.press("b")
    page.keyboard.press(KEYS[(dominant(labels) + 1) % len(KEYS)])
    Brush(page).stroke((2, 2), (14, 10))
    say(page, "Enter")
    look(page, "practice-wrong", sizes=(LARGE, SMALL), fits=True)
    go_on(page)
    while page.get_by_test_id("score").count() == 0:
        say(page, KEYS[dominant(truth(house, page))] if shown(page)[-1] in "02468" else "1")
        page.keyboard.press("Enter")
        expect(page.get_by_test_id("feedback")).to_have_count(0)
    look(page, "practice-score", sizes=(LARGE, SMALL))
    page.evaluate("localStorage.setItem('stal-language', 'de')")
    page.reload()
    say(page, KEYS[(dominant(truth(house, page)) + 1) % len(KEYS)])
    expect(page.get_by_test_id("verdict")).to_contain_text("Falsch. Das ist")
    look(page, "practice-german", sizes=(LARGE, SMALL), fits=True)
