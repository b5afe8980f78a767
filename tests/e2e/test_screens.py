"""Every screen in every state, light and dark: whole, legible, and with a next step."""

import re
from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from backend.db.tables import Job, Round
from backend.domain.job_state import JobState
from backend.domain.round_state import RoundState
from backend.services import jobs
from tests.e2e.conftest import PASSWORD, House, press, shown, shown_with_those_ahead
from tests.e2e.eyes import LARGE, SMALL, look
from tests.factories import Person, Scene, empty_project, labelling_round, labelling_scene

Enter = Callable[[Person, str], Page]


@pytest.fixture(scope="module")
def town(house: House) -> Scene:
    """A project in its third round, with many queries, and a finished past."""
    scene = labelling_scene(house.database, house.blobs, slug="town", num_queries=60, password=PASSWORD)
    round_id, query_ids = scene.round_id, scene.query_ids
    for nth in range(3):
        with house.database.write() as session:
            round_ = session.get_one(Round, round_id)
            evaluated(round_, nth)
            if nth < 2:
                round_.state, round_.num_resolved = RoundState.CLOSED, round_.num_queries
            else:
                round_.num_resolved = 17
        if nth < 2:
            round_id, query_ids = labelling_round(
                house.database, house.blobs, scene.project_id, num_queries=60, round_index=nth + 1
            )
    return Scene(scene.slug, scene.project_id, round_id, query_ids, scene.admin, scene.annotator, scene.outsider)


def evaluated(round_: Round, nth: int) -> None:
    """Figures as a round has them that has learnt from `nth` rounds of 60 answers; classes differ as in life."""
    hit = np.array([92, 80, 34, 90, 62, 71, 22, 38, 70, 28, 31]) + nth * np.array([1, 2, 9, 1, 5, 3, 11, 8, 4, 9, 12])
    confusion = np.diag(hit * 10) + (1000 - hit * 10)[:, None] // 20
    round_.confusion, round_.num_evaluated = confusion.tolist(), 24
    overlap = np.diag(confusion) / (confusion.sum(0) + confusion.sum(1) - np.diag(confusion))
    round_.miou = float(overlap.mean())
    round_.effort = {
        "regions": 60 * nth,
        "clicks": 71 * nth,
        "pixels": 17340 * nth,
        "seconds": 151.0 * nth,
        "images": 4,
    }


def training(house: House, project_id: str) -> None:
    """Training as a worker reports it."""
    rows = [
        {
            "iteration": nth,
            "loss": round(3.3 * 0.94**nth + 0.4, 4),
            "source_loss": round(2.4 * 0.93**nth + 0.3, 4),
            "answered_loss": round(0.5 * 0.95**nth + 0.2 + 0.1 * (nth % 3), 4),
            "pseudo_loss": round(0.9 * 0.96**nth, 4),
            "contrast_loss": round(0.4 * 0.99**nth, 4),
            "kept_share": 0.8 + nth / 200,
            "sieved_share": 0.02 + 0.01 * (nth % 4),
            "class_confidence": [round(0.97 - 0.06 * class_id - 0.3 * 0.9**nth, 4) for class_id in range(11)],
        }
        for nth in range(0, 40, 2)
    ]
    with house.database.write() as session:
        job = session.query(Job).filter_by(project_id=project_id).one()
        job.state = JobState.RUNNING
        session.flush()
        for row in rows:
            message = f"Training: iteration {row['iteration'] * 10} of 600"
            jobs.report(session, job, progress=row["iteration"] / 60, message=message, eta_seconds=70.0, metrics=row)


def next_round(page: Page, house: House, scene: Scene) -> None:
    """Close the round at hand and start the next, as an admin's script does it."""
    for path, body in (
        (f"rounds/{scene.round_id}/close", {"discard_open": True}),
        (f"projects/{scene.slug}/rounds", {"budget": {"amount": 3, "unit": "regions"}}),
    ):
        headers = scene.admin.headers | {"Idempotency-Key": scene.round_id}
        response = page.request.post(f"{house.url}/api/v1/{path}", headers=headers, data=body)
        assert response.ok, response.text()


def test_the_door(page_of_nobody: Page) -> None:
    expect(page_of_nobody.get_by_label("E-mail")).to_be_focused()
    look(page_of_nobody, "sign-in", sizes=(LARGE, SMALL), fits=True)
    page_of_nobody.get_by_label("E-mail").fill("nobody@localhost")
    page_of_nobody.get_by_role("textbox", name="Password").fill("nothing")
    page_of_nobody.keyboard.press("Enter")
    expect(page_of_nobody.get_by_role("alert")).to_be_visible()
    look(page_of_nobody, "sign-in-refused", fits=True)


@pytest.fixture
def page_of_nobody(context: BrowserContext, house: House) -> Page:
    page = context.new_page()
    page.goto(house.url)
    return page


def test_projects(enter: Enter, town: Scene) -> None:
    page = enter(town.admin, "/")
    expect(page.get_by_role("link", name="Label 43").first).to_be_visible()
    look(page, "projects", sizes=(LARGE, SMALL))
    page.get_by_role("button", name="New project").click()
    expect(page.get_by_label("Name of class 10", exact=True)).to_have_value("bicyclist")
    expect(page.get_by_test_id("alike")).to_contain_text("sky and tree look alike to people with tritanopia.")
    look(page, "projects-new")


def test_nobody_s_projects(enter: Enter, town: Scene) -> None:
    page = enter(town.outsider, "/")
    expect(page.get_by_text("Ask an admin to add you")).to_be_visible()
    look(page, "projects-none", fits=True)
    page.goto(page.url + "projects/nowhere")
    expect(page.get_by_role("heading", name="There is no such project")).to_be_visible()
    look(page, "project-missing", fits=True)


def test_a_project_being_labelled(enter: Enter, town: Scene) -> None:
    page = enter(town.admin, f"/projects/{town.slug}")
    expect(page.get_by_text("17 of 60 regions answered, 43 open.")).to_be_visible()
    curve = page.get_by_role("region", name="Learning curve")
    expect(curve.locator(".recharts-line-dots > *")).to_have_count(3)
    expect(page.get_by_role("region", name="IoU by class").get_by_role("row")).to_have_count(12)
    look(page, "project", sizes=(LARGE, SMALL))
    page.get_by_role("button", name="Close round").click()
    expect(page.get_by_role("dialog")).to_contain_text("43 regions have no answer")
    look(page, "project-close")


def test_a_project_for_annotators(enter: Enter, context: BrowserContext, town: Scene) -> None:
    noise: list[str] = []
    context.on("console", lambda message: noise.append(message.text))
    page = enter(town.annotator, f"/projects/{town.slug}")
    expect(page.get_by_role("link", name="Label 43 regions")).to_be_visible()
    look(page, "project-annotator")
    assert not noise  # nothing is asked for that an annotator may not have


def test_in_german(enter: Enter, town: Scene) -> None:
    page = enter(town.annotator, "/")
    page.get_by_role("button", name="anna").click()
    look(page, "menu")
    page.get_by_role("menuitemradio", name="Deutsch").click()
    page.keyboard.press("Escape")  # the menu stays, for one may want to try
    expect(page.get_by_role("heading", name="Projekte")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    look(page, "projects-german", sizes=(LARGE, SMALL))
    page.goto(f"{page.url}projects/{town.slug}")
    expect(page.get_by_role("link", name="43 Regionen annotieren")).to_be_visible()
    expect(page.get_by_role("region", name="Lernkurve")).to_contain_text("mIoU nach Arbeitszeit")
    look(page, "project-german", sizes=(LARGE, SMALL))


def test_the_language_of_the_browser(browser: Browser, house: House, town: Scene) -> None:
    with browser.new_context(locale="de-AT") as austrian:
        austrian.add_cookies([{"name": "stal_session", "value": house.session_of(town.annotator), "url": house.url}])
        page = austrian.new_page()
        page.goto(house.url)
        expect(page.get_by_role("heading", name="Projekte")).to_be_visible()
        expect(page.get_by_role("cell", name=re.compile("^2, Annotation$"))).to_be_visible()


def test_a_project_at_work_and_failed(enter: Enter, house: House, scene: Scene) -> None:
    page = enter(scene.admin, f"/projects/{scene.slug}")
    page.get_by_role("button", name="Close round").click()
    page.get_by_role("dialog").get_by_role("button", name="Close round").click()
    page.get_by_role("button", name="Start the next round").click()
    expect(page.get_by_test_id("forecast")).to_be_visible()
    look(page, "project-start")
    page.get_by_role("dialog").get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_text("Waiting for a worker")).to_be_visible()
    look(page, "project-waiting")
    training(house, scene.project_id)
    expect(page.get_by_role("group", name="Progress").locator(".recharts-surface")).to_have_count(3)
    expect(page.get_by_test_id("eta")).to_have_text("63 % · about 1 min left")
    look(page, "project-training", sizes=(LARGE, SMALL))
    with house.database.write() as session:
        job = session.query(Job).filter_by(project_id=scene.project_id).one()
        jobs.fail(session, job, code="job_crashed", error="The process working on it died 3 times in the same segment.")
    expect(page.get_by_role("alert")).to_contain_text("died 3 times")
    expect(page.get_by_role("button", name="Retry")).to_be_visible()
    look(page, "project-failed")


def test_an_empty_project(enter: Enter, house: House, town: Scene) -> None:
    empty_project(house.database, town.admin, slug="empty", members=[town.annotator])
    page = enter(town.admin, "/projects/empty")
    expect(page.get_by_role("link", name="import")).to_be_visible()
    expect(page.get_by_role("button", name="Start the first round")).to_have_count(0)
    look(page, "project-empty")
    page.goto(f"{house.url}/projects/empty/label")
    expect(page.get_by_role("heading", name="No round has started yet")).to_be_visible()
    expect(page.get_by_role("button")).to_have_count(1)  # one's own name: there is nothing to start
    look(page, "label-no-round", fits=True)


def test_a_region(enter: Enter, town: Scene) -> None:
    page = enter(town.annotator, f"/projects/{town.slug}/label")
    shown(page)
    for _ in range(4):
        press(page, "ArrowRight")
    shown(page)
    look(page, "label", sizes=(LARGE, SMALL), fits=True)
    for width, height in (LARGE, SMALL):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(80)
        region_is_whole_and_sharp(page)
    keys = page.get_by_role("group", name="Classes").locator("kbd").all_inner_texts()
    assert keys == sorted(keys, key="1234567890QWERTYUIOP".index)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    look(page, "label-help", sizes=(LARGE, SMALL))


def region_is_whole_and_sharp(page: Page) -> None:
    """The region has about 360 px where there is room, lies in its pane, and each of its pixels is one even square."""
    canvas = page.get_by_test_id("close-up")
    left, top, scale = (float(canvas.get_attribute(f"data-{name}") or "nan") for name in ("left", "top", "scale"))
    pane = canvas.bounding_box()
    assert pane is not None
    side = 17 * scale
    room = min(360, pane["width"], pane["height"])
    assert abs(side - room) <= 17 + 8  # a whole number of CSS pixels each, and room for the outline
    assert left >= 0
    assert top >= 0
    assert left + side <= pane["width"]
    assert top + side <= pane["height"]
    read = "(canvas, [x, y, w, h]) => [...canvas.getContext('2d').getImageData(x, y, w, h).data]"
    square = np.array(canvas.evaluate(read, [left + 3 * scale, top + 5 * scale, scale, scale])).reshape(-1, 4)
    assert (square == square[0]).all()
    outline = np.array(canvas.evaluate(read, [left, top - 2, side, 1])).reshape(-1, 4)
    assert (outline == 255).all()


def test_a_region_being_split(enter: Enter, house: House, town: Scene) -> None:
    page = enter(town.annotator, f"/projects/{town.slug}/label")
    while house.query(shown(page)).suggestion["label_map"] is None:
        press(page, "ArrowRight")
    page.keyboard.press("b")
    canvas = page.get_by_test_id("close-up")
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.get_by_test_id("notice")).to_contain_text("brush of 3 px")
    look(page, "label-split", sizes=(LARGE, SMALL), fits=True)


def test_a_region_without_a_network(enter: Enter, town: Scene) -> None:
    page = enter(town.annotator, f"/projects/{town.slug}/label")
    shown_with_those_ahead(page)
    page.context.set_offline(True)
    for _ in range(3):
        press(page, "2")
    expect(page.get_by_test_id("outbox")).to_have_text("3 answers waiting for the network")
    look(page, "label-offline", sizes=(LARGE, SMALL), fits=True)
    page.context.set_offline(False)
    expect(page.get_by_test_id("outbox")).to_have_text("")


def test_all_is_answered(enter: Enter, house: House) -> None:
    scene = labelling_scene(house.database, house.blobs, slug="answered", num_queries=2, source=1, target=1)
    page = enter(scene.admin, f"/projects/{scene.slug}/label")
    press(page, "Enter")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Round 0 is answered. Thank you")).to_be_visible()
    expect(page.get_by_role("button", name="Start the next round")).to_be_visible()
    look(page, "label-done", sizes=(LARGE, SMALL), fits=True)
    next_round(page, house, scene)
    expect(page.get_by_role("heading", name="Round 1 is training")).to_be_visible()
    expect(page.get_by_text("Waiting for a worker")).to_be_visible()
    training(house, scene.project_id)
    expect(page.get_by_test_id("eta")).to_have_text("63 % · about 1 min left")
    look(page, "label-training", fits=True)


def test_a_service_that_is_away(enter: Enter, town: Scene) -> None:
    page = enter(town.annotator, "/")
    expect(page.get_by_role("heading", name="Projects")).to_be_visible()
    page.context.route("**/api/v1/projects/town**", lambda route: route.abort())
    page.locator("a[href='/projects/town']").click()
    expect(page.get_by_role("heading", name="The project did not come")).to_be_visible(timeout=15_000)
    look(page, "project-away", fits=True)
    page.context.unroute_all()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_test_id("chain")).to_be_visible()
