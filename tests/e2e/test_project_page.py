"""The project's page: what an admin can do, what an annotator cannot, and what moves by itself."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from backend.db.tables import Job, Project, Round
from backend.domain.job_state import JobState
from backend.services import jobs
from tests.e2e.conftest import House, eventually, press, shown
from tests.factories import Person, Scene, empty_project

Enter = Callable[[Person, str], Page]


@pytest.fixture
def console(enter: Enter, scene: Scene) -> Page:
    """The project's page, seen by an admin."""
    page = enter(scene.admin, f"/projects/{scene.slug}")
    expect(page.get_by_test_id("chain")).to_be_visible()
    return page


def current_state(page: Page) -> Locator:
    return page.get_by_test_id("chain").locator("[aria-current=step]")


def test_an_annotator_sees_the_round_and_no_control_over_it(enter: Enter, scene: Scene) -> None:
    page = enter(scene.annotator, f"/projects/{scene.slug}")
    expect(current_state(page)).to_have_text("labelling")
    expect(page.get_by_role("link", name="Label 12 regions")).to_be_visible()
    expect(page.get_by_role("region", name="IoU by class")).to_contain_text("bicyclist")
    for name in ("Close round", "Cancel round", "Start the next round", "Import", "Add", "Retry"):
        expect(page.get_by_role("button", name=name, exact=True)).to_have_count(0)
    page.goto(page.url.split("/projects")[0])
    expect(page.get_by_role("link", name="Rendered streets").first).to_be_visible()
    expect(page.get_by_role("button", name="New project")).to_have_count(0)


def test_an_outsider_is_told_that_there_is_no_such_project(enter: Enter, scene: Scene) -> None:
    page = enter(scene.outsider, f"/projects/{scene.slug}")
    expect(page.get_by_role("heading", name="There is no such project")).to_be_visible()


def test_an_admin_closes_the_round_and_starts_the_next(console: Page, house: House, scene: Scene) -> None:
    console.get_by_role("button", name="Close round").click()
    dialog = console.get_by_role("dialog")
    expect(dialog).to_contain_text("12 regions have no answer")
    dialog.get_by_role("button", name="Leave it as it is").click()
    assert round_of(house, scene).state == "labelling"
    console.get_by_role("button", name="Close round").click()
    dialog.get_by_role("button", name="Close round").click()
    expect(current_state(console)).to_have_text("closed")
    assert round_of(house, scene).state == "closed"

    console.get_by_role("button", name="Start the next round").click()
    dialog.get_by_label("Budget").fill("40")
    expect(dialog.get_by_test_id("forecast")).to_contain_text("40 regions")
    expect(dialog.get_by_test_id("forecast")).to_contain_text("2 min")  # 40 answers of 3 s, assumed
    assert rounds_of(house, scene) == 1  # a forecast starts nothing
    dialog.get_by_label("Budget").fill("100000000")
    expect(dialog.get_by_role("alert")).to_be_visible()
    expect(dialog.get_by_role("button", name="Start", exact=True)).to_be_disabled()
    dialog.get_by_label("Budget").fill("3")
    expect(dialog.get_by_test_id("forecast")).to_contain_text("3 regions")
    dialog.get_by_role("button", name="Start", exact=True).click()
    expect(console.get_by_role("heading", name="Round 1")).to_be_visible()
    expect(current_state(console)).to_have_text("training")
    expect(console.get_by_test_id("chain").locator("li")).to_have_text(
        ["training", "evaluating", "scoring", "selecting", "labelling", "closed"]
    )
    assert rounds_of(house, scene) == 2
    budget = round_of(house, scene, 1).config["acquisition"]["budget"]
    assert budget == {"amount": 3, "unit": "regions", "scope": "pool"}

    console.get_by_role("button", name="Cancel round").click()
    dialog.get_by_role("button", name="Cancel round").click()
    expect(console.get_by_test_id("chain")).to_contain_text("cancelled")
    assert round_of(house, scene, 1).state == "cancelled"


def test_progress_and_states_come_by_themselves(console: Page, house: House, scene: Scene) -> None:
    console.get_by_role("button", name="Close round").click()
    console.get_by_role("dialog").get_by_role("button", name="Close round").click()
    console.get_by_role("button", name="Start the next round").click()
    console.get_by_role("button", name="Start", exact=True).click()
    expect(console.get_by_text("Waiting for a worker")).to_be_visible()
    round_id = round_of(house, scene, 1).id
    for progress, loss in ((0.25, 2.5), (0.5, 1.25)):
        with house.database.write() as session:
            job = session.query(Job).filter_by(round_id=round_id).one()
            job.state = JobState.RUNNING
            session.flush()
            jobs.report(
                session,
                job,
                progress=progress,
                message=f"Training at {progress}",
                eta_seconds=120.0,
                metrics={"iteration": int(progress * 100), "loss_source": loss},
            )
        expect(console.get_by_test_id("eta")).to_have_text(f"{progress:.0%}".replace("%", " % · about 2 min left"))
        expect(console.get_by_role("group", name="Progress")).to_contain_text(f"{loss:.3f}")
    with house.database.write() as session:
        job = session.query(Job).filter_by(round_id=round_id).one()
        jobs.fail(session, job, code="training_diverged", error="The loss became infinite. Lower the learning rate.")
    expect(console.get_by_role("alert")).to_contain_text("Lower the learning rate")
    console.get_by_role("button", name="Retry").click()
    expect(console.get_by_role("alert")).to_have_count(0)
    expect(current_state(console)).to_have_text("training")
    assert round_of(house, scene, 1).state == "training"


def test_the_bell_counts_answers_of_others(console: Page, house: House, scene: Scene, enter: Enter) -> None:
    page = enter(scene.annotator, f"/projects/{scene.slug}/label")
    shown(page)
    answered = press(page, "1")
    eventually(page, lambda: house.answer(answered, scene.annotator))
    expect(console.get_by_text("1 of 12 regions answered, 11 open.")).to_be_visible()


def test_a_project_is_made_with_its_classes(enter: Enter, house: House, scene: Scene) -> None:
    page = enter(scene.admin, "/")
    page.get_by_role("button", name="New project").click()
    page.get_by_label("Name", exact=False).first.fill("Harbour at Night")
    expect(page.get_by_label("Address")).to_have_value("harbour-at-night")
    page.get_by_label("Name of class 1", exact=True).fill("quay wall")
    page.get_by_label("Key of class 1; empty takes a free one").fill("b")
    page.get_by_role("button", name="Create project").click()
    expect(page.get_by_role("alert")).to_contain_text("cannot be a class key")
    page.get_by_label("Key of class 1; empty takes a free one").fill("k")
    page.get_by_role("button", name="Create project").click()
    expect(page.get_by_role("heading", name="No round yet")).to_be_visible()
    with house.database.read() as session:
        classes = session.query(Project).filter_by(slug="harbour-at-night").one().classes
    assert [one["name"] for one in classes[:3]] == ["sky", "quay wall", "pole"]
    assert [one["hotkey"] for one in classes[:3]] == ["1", "k", "2"]
    assert len(classes) == 11


def test_a_public_dataset_is_imported_as_it_comes(enter: Enter, house: House, scene: Scene) -> None:
    slug = f"{scene.slug}-empty"
    project = empty_project(house.database, scene.admin, slug=slug)
    page = enter(scene.admin, f"/projects/{slug}")
    page.get_by_role("combobox", name="Layout").click()
    page.get_by_role("option", name="GTAV").click()
    page.get_by_label("Folder, as the worker sees it").fill("/data/gtav")
    page.get_by_role("combobox", name="Domain").click()
    expect(page.get_by_role("option")).to_have_count(2)  # all of it is one domain's
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_text("Waiting for a worker")).to_be_visible()
    with house.database.read() as session:
        payload = session.query(Job).filter_by(project_id=project.id).one().payload
    assert (payload["path"], payload["domain"], payload["format"]) == ("/data/gtav", "source", "gtav")


def test_folders_are_imported_and_members_added(enter: Enter, house: House, scene: Scene) -> None:
    slug = f"{scene.slug}-empty"
    project = empty_project(house.database, scene.admin, slug=slug)
    page = enter(scene.admin, f"/projects/{slug}")
    page.get_by_label("Folder, as the worker sees it").fill("streets")
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_role("alert")).to_contain_text("must be absolute")
    page.get_by_label("Folder, as the worker sees it").fill("/data/streets")
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_text("Waiting for a worker")).to_be_visible()
    with house.database.read() as session:
        job = session.query(Job).filter_by(project_id=project.id).one()
    assert (job.kind, job.payload["path"], job.payload["domain"]) == ("import_dataset", "/data/streets", None)

    members = page.get_by_role("region", name="Members")
    members.get_by_label("Add by e-mail").fill("nobody@localhost")
    members.get_by_role("button", name="Add").click()
    expect(members.get_by_role("alert")).to_contain_text("no user nobody@localhost")
    members.get_by_label("Add by e-mail").fill(scene.outsider.email)
    members.get_by_role("button", name="Add").click()
    expect(members.get_by_role("cell", name=scene.outsider.email)).to_be_visible()
    members.get_by_role("button", name="Remove").click()
    expect(members.get_by_text("Nobody yet")).to_be_visible()


def round_of(house: House, scene: Scene, round_index: int = 0) -> Round:
    with house.database.read() as session:
        return session.query(Round).filter_by(project_id=scene.project_id, round_index=round_index).one()


def rounds_of(house: House, scene: Scene) -> int:
    with house.database.read() as session:
        return session.query(Round).filter_by(project_id=scene.project_id).count()
