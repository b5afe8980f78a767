"""A training's figures on the project's page: while it runs, afterwards, and of versions that knew fewer."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from backend.db.tables import Job, Round
from backend.domain.job_state import JobKind, JobState
from backend.domain.round_state import RoundState
from backend.services import jobs
from tests.e2e.conftest import House
from tests.e2e.eyes import LARGE, SMALL, look
from tests.factories import Person, Scene

Enter = Callable[[Person, str], Page]
KAPPA = [round(0.05 + 0.09 * class_id, 2) for class_id in range(11)]  # 0.05 to 0.95


def row(iteration: int, **changes: Any) -> dict[str, Any]:
    losses = {"loss": 2.5, "source_loss": 1.25, "answered_loss": 0.5, "pseudo_loss": 0.625, "contrast_loss": 0.125}
    shares = {"kept_share": 0.8125, "sieved_share": 0.0}
    return {"iteration": iteration, **losses, **shares, "class_confidence": KAPPA, **changes}


@pytest.fixture
def report(house: House, scene: Scene) -> Callable[..., None]:
    """Report a row of a training that is at work on the scene's round."""
    with house.database.write() as session:
        round_ = session.get_one(Round, scene.round_id)
        round_.state = RoundState.TRAINING
        job = jobs.create(session, kind=JobKind.TRAIN_ROUND, project_id=scene.project_id, round_id=scene.round_id)
        job.state = JobState.RUNNING
        job_id = job.id

    def say(metrics: dict[str, Any]) -> None:
        with house.database.write() as session:
            job = session.get_one(Job, job_id)
            jobs.report(session, job, progress=0.5, message="Training", eta_seconds=60.0, metrics=metrics)

    return say


def test_losses_are_one_plot_and_each_class_has_its_confidence(
    enter: Enter, scene: Scene, report: Callable[..., None]
) -> None:
    report(row(1))
    page = enter(scene.admin, f"/projects/{scene.slug}")
    progress = page.get_by_role("group", name="Progress")
    losses = progress.get_by_role("figure", name="Losses")
    expect(losses.locator("dt")).to_have_text(["loss", "source loss", "answered loss", "pseudo loss", "contrast loss"])
    expect(losses.locator("dd")).to_have_text(["2.500", "1.250", "0.500", "0.625", "0.125"])
    expect(losses.locator(".recharts-line")).to_have_count(0)  # one row is no line
    for iteration in (2, 3, 4):
        report(row(iteration, loss=2.0, kept_share=0.9))
    expect(losses.locator(".recharts-line")).to_have_count(5)
    expect(losses.locator("dd").first).to_have_text("2.000")
    expect(progress).to_contain_text("kept share90.0\u202f%")
    shares = progress.get_by_role("region", name="Confidence by class").get_by_role("listitem")
    expect(shares).to_have_count(11)
    expect(shares.first).to_have_text("sky5\u202f%")
    expect(shares.last).to_have_text("bicyclist95\u202f%")
    widths = shares.locator("i").evaluate_all("all => all.map((one) => parseFloat(one.style.backgroundSize))")
    assert widths == pytest.approx([100 * share for share in KAPPA])


def test_a_worker_that_knows_fewer_figures_shows_those(enter: Enter, scene: Scene, report: Callable[..., None]) -> None:
    report({"iteration": 1, "source_loss": 1.25})
    page = enter(scene.admin, f"/projects/{scene.slug}")
    progress = page.get_by_role("group", name="Progress")
    expect(progress.get_by_role("figure", name="Losses").locator("dt")).to_have_text(["source loss"])
    expect(progress.get_by_role("region", name="Confidence by class")).to_have_count(0)
    expect(progress).not_to_contain_text("share")


def test_a_round_that_was_trained_shows_how_when_asked(enter: Enter, house: House, scene: Scene) -> None:
    with house.database.write() as session:
        log = [row(nth, loss=2.5 * 0.99**nth, kept_share=0.8 + nth / 1500) for nth in range(300)]
        session.get_one(Round, scene.round_id).training_log = log
    page = enter(scene.annotator, f"/projects/{scene.slug}")
    page.get_by_role("button", name="Show the training").click()
    panel = page.get_by_role("region", name="The newest round")
    expect(panel.locator(".recharts-line")).to_have_count(5)
    expect(panel.get_by_role("region", name="Confidence by class")).to_contain_text("bicyclist")
    look(page, "project-trained", sizes=(LARGE, SMALL))
    page.get_by_role("button", name="Hide the training").click()
    expect(panel.locator(".recharts-line")).to_have_count(0)
