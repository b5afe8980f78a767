"""What a round's checkpoints are worth, on the project's page."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from backend.domain.vocabulary import CheckpointRole, Split
from tests.e2e.conftest import House
from tests.e2e.eyes import LARGE, SMALL, look
from tests.evaluations import evaluate_checkpoints
from tests.factories import Person, Scene

Enter = Callable[[Person, str], Page]
# Pixels, confidence and accuracy by bin: 0.8 sure and 0.7 right on the whole, surer than right in every bin.
BINS = [(0, None, None)] * 9 + [(100, 0.65, 0.6), (100, 0.7, 0.65), (100, 0.75, 0.7), (100, 0.8, 0.75)]
BINS += [(300, 0.85, 0.75), (300, 0.85, 0.7)]


def test_checkpoints_side_by_side_and_whether_the_teacher_is_as_sure_as_it_is_right(
    enter: Enter, house: House, scene: Scene
) -> None:
    mious = dict(zip(CheckpointRole, (0.512, 0.498, 0.523), strict=True))
    evaluate_checkpoints(house.database, scene, Split.VAL, mious, num_images=45, reliability=BINS)
    page = enter(scene.annotator, f"/projects/{scene.slug}")
    table = page.get_by_role("region", name="Checkpoints")
    rows = table.get_by_role("row")
    expect(rows.nth(1)).to_have_text("Teacher51.2\u202f%25.0\u202f%75.0\u202f%6.3\u202f%")
    expect(rows.nth(2)).to_contain_text("Student49.8\u202f%")
    expect(rows.nth(3)).to_contain_text("Best teacher*52.3\u202f%")
    expect(table).to_contain_text("* Chosen on these very images, so its figures flatter it.")
    expect(table).to_contain_text("On 45 labelled target images of the val split.")

    diagram = page.get_by_role("region", name="Reliability")
    expect(diagram).to_contain_text("surer than it is right: 80.0\u202f% sure, 70.5\u202f% right")
    bars = diagram.locator("rect")
    expect(bars).to_have_count(15)
    expect(bars.nth(9)).to_have_attribute("height", "90")  # 0.6 of 150
    expect(bars.nth(0)).to_have_attribute("height", "0")
    diagram.scroll_into_view_if_needed()
    look(page, "project-checkpoints", sizes=(LARGE, SMALL))


def test_a_round_of_before_there_were_checkpoints_has_no_such_panel(enter: Enter, scene: Scene) -> None:
    page = enter(scene.annotator, f"/projects/{scene.slug}")
    expect(page.get_by_role("region", name="IoU by class")).to_contain_text("bicyclist")
    expect(page.get_by_role("region", name="Checkpoints")).to_have_count(0)
