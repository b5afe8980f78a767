"""What counts as which class: written by admins, read by annotators, beside what people have answered."""

import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from backend.db.tables import Image, Project, Query
from tests.e2e.conftest import House
from tests.e2e.eyes import LARGE, SMALL, look
from tests.factories import Person, Scene, as_superpixels
from tests.seats import Seat

Enter = Callable[[Person, str], Page]
ROAD, PAVEMENT, TREE = 3, 4, 5
TEXT = "Where cars drive, with its markings and manhole covers.\n\nKerbs are pavement, and so are raised crossings."


@pytest.fixture
def answered(house: House, scene: Scene) -> Scene:
    """Anna has said road of 7 regions and pavement of 3, all taken for road by the teacher; half are superpixels."""
    with house.database.write() as session:
        classes = session.get_one(Project, scene.project_id).classes
        assert [classes[one]["name"] for one in (ROAD, PAVEMENT, TREE)] == ["road", "pavement", "tree"]
        pool = session.query(Image).filter_by(project_id=scene.project_id, domain="target", split="train").all()
        for rank, query_id in enumerate(scene.query_ids):
            query = session.get_one(Query, query_id)
            query.image_id, query.best_class = pool[rank % len(pool)].id, ROAD
    as_superpixels(house.database, scene.query_ids[::2])
    with httpx.Client(base_url=house.url) as client:
        seat = Seat(client, scene, scene.annotator, size=12)
        for rank in range(10):
            seat.says(rank, ROAD if rank < 7 else PAVEMENT)
    return scene


def opened(page: Page) -> Locator:
    page.get_by_role("button", name="Guidelines", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    return dialog


def written(house: House, scene: Scene) -> dict[int, str]:
    """The guidelines that there are, by class."""
    with house.database.read() as session:
        classes: list[dict[str, Any]] = session.get_one(Project, scene.project_id).classes
    return {one["class_id"]: one["guideline"] for one in classes if one.get("guideline")}


def test_an_admin_writes_and_an_annotator_reads(enter: Enter, house: House, answered: Scene) -> None:
    page = enter(answered.admin, f"/projects/{answered.slug}")
    dialog = opened(page)
    dialog.get_by_role("tab", name="road").click()
    dialog.get_by_label("What counts as road").fill(TEXT)
    dialog.get_by_role("tab", name="tree").click()
    dialog.get_by_label("What counts as tree").fill("x" * 4001)
    expect(dialog.get_by_label("What counts as tree")).to_have_value("x" * 4000)
    expect(dialog).to_contain_text("0 characters left")
    dialog.get_by_label("What counts as tree").fill("Trunk and crown.")
    dialog.get_by_role("tab", name=re.compile("road.*edited")).click()
    expect(dialog.get_by_label("What counts as road")).to_have_value(TEXT)
    expect(dialog.get_by_role("img", name="This is road.")).to_have_count(6)
    expect(dialog.get_by_role("img", name="Taken for road, but it is pavement.")).to_have_count(3)
    look(page, "guidelines-edit", sizes=(LARGE, SMALL))
    assert written(house, answered) == {}
    page.keyboard.press("Escape")  # keeps what is not saved
    opened(page)
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog.get_by_role("status")).to_have_text("Saved. People see it from now on.")
    assert written(house, answered) == {ROAD: TEXT, TREE: "Trunk and crown."}

    page.close()
    asked: list[str] = []
    page.context.on("request", lambda request: "/examples" in request.url and asked.append(request.url))
    page = enter(answered.annotator, f"/projects/{answered.slug}")
    expect(page.get_by_role("button", name="Guidelines", exact=True)).to_be_visible()
    assert not asked
    page.get_by_role("button", name="Guidelines", exact=True).focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("tab", selected=True)).to_be_focused()
    while "road" not in dialog.get_by_role("tab", selected=True).inner_text():
        page.keyboard.press("ArrowDown")
    card = dialog.get_by_role("tabpanel")
    expect(card).to_contain_text("Kerbs are pavement")
    expect(card.get_by_role("region", name="This is road").get_by_role("img")).to_have_count(6)
    expect(card.get_by_role("region", name="This is not road").get_by_role("img")).to_have_count(3)
    expect(card.get_by_role("textbox")).to_have_count(0)
    look(page, "guidelines", sizes=(LARGE, SMALL))
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    expect(card).to_contain_text("Nobody has written about this class yet.")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_a_crop_shows_the_region_in_its_pixels(enter: Enter, answered: Scene) -> None:
    page = enter(answered.annotator, f"/projects/{answered.slug}")
    dialog = opened(page)
    dialog.get_by_role("tab", name="road").click()
    crops = dialog.get_by_role("region", name="This is road").get_by_role("img")
    expect(crops).to_have_count(6)
    corners = [crop.locator("path").last.get_attribute("d") or "" for crop in crops.all()]
    assert {path.count("L") + 1 == 4 for path in corners} == {True, False}  # windows, and superpixels
    for crop in crops.all():
        box = crop.bounding_box()
        assert box is not None
        assert (box["width"], box["height"]) == (84, 84)
        assert crop.locator("image").evaluate("(image) => getComputedStyle(image).imageRendering") == "pixelated"


def test_nobody_overwrites_another_unseen(enter: Enter, house: House, scene: Scene) -> None:
    page = enter(scene.admin, f"/projects/{scene.slug}")
    dialog = opened(page)
    dialog.get_by_role("tab", name="road").click()
    dialog.get_by_label("What counts as road").fill("My text of roads.")
    url = f"{house.url}/api/v1/projects/{scene.slug}"
    project = page.request.get(url, headers=scene.admin.headers).json()
    classes = project["classes"]
    classes[ROAD]["guideline"], classes[TREE]["guideline"] = "Their text of roads.", "Their text of trees."
    body = {"revision": project["revision"], "classes": classes}
    assert page.request.patch(url, headers=scene.admin.headers, data=body).ok

    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog.get_by_role("alert")).to_contain_text("Not saved: somebody else has changed the project")
    expect(dialog.get_by_label("What counts as road")).to_have_value("My text of roads.")
    assert written(house, scene) == {ROAD: "Their text of roads.", TREE: "Their text of trees."}
    look(page, "guidelines-refused")
    dialog.get_by_role("button", name="Show what has changed").click()
    expect(dialog).to_contain_text("Somebody else has written: Their text of roads.")
    expect(dialog.get_by_label("What counts as road")).to_have_value("My text of roads.")
    look(page, "guidelines-stale", sizes=(LARGE, SMALL))
    dialog.get_by_role("tab", name="tree").click()
    expect(dialog.get_by_label("What counts as tree")).to_have_value("Their text of trees.")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog.get_by_role("status")).to_contain_text("Saved")
    assert written(house, scene) == {ROAD: "My text of roads.", TREE: "Their text of trees."}


def test_theirs_can_be_taken(enter: Enter, house: House, scene: Scene) -> None:
    page = enter(scene.admin, f"/projects/{scene.slug}")
    dialog = opened(page)
    dialog.get_by_role("tab", name="road").click()
    field = dialog.get_by_label("What counts as road")
    field.fill("Mine.")
    url = f"{house.url}/api/v1/projects/{scene.slug}"
    project = page.request.get(url, headers=scene.admin.headers).json()
    project["classes"][ROAD]["guideline"] = "Theirs."
    body = {"revision": project["revision"], "classes": project["classes"]}
    assert page.request.patch(url, headers=scene.admin.headers, data=body).ok
    dialog.get_by_role("button", name="Save", exact=True).click()
    dialog.get_by_role("button", name="Show what has changed").click()
    dialog.get_by_role("button", name="Take theirs").click()
    expect(field).to_have_value("Theirs.")
    expect(dialog.get_by_role("button", name="Save", exact=True)).to_be_disabled()
    field.fill("Other.")
    dialog.get_by_role("button", name="Discard changes").click()
    expect(field).to_have_value("Theirs.")
    assert written(house, scene) == {ROAD: "Theirs."}
