"""How a foreman notices that its process hangs, gets no further or does not start; real processes, which do no work."""

import signal
import threading
import time

import psutil
import pytest

from backend.domain.job_state import JobState
from backend.services import imports
from tests.factories import PACK, empty_project, settings_for
from tests.integration.installations import wait_for
from tests.integration.worker import light_children
from tests.integration.worker.real_worker import is_alive
from worker.child import Child, Gone
from worker.foreman import Foreman
from worker.messages import Work

HUNG, STALLED = 3.0, 2.0  # s


class Unlucky(Child):
    def __init__(self, settings):
        super().__init__(settings, light_children.dies_until_mended)


@pytest.fixture
def started(tmp_path):
    """Starts a child that is attended until the end of the test."""
    children = []

    def start(target, **changes) -> tuple[Child, psutil.Process]:
        limits = {"hung_seconds": HUNG, "stalled_seconds": 60.0} | changes
        child = Child(settings_for(tmp_path, **limits), target)
        children.append(child)
        threading.Thread(target=child.attend, args=(lambda: None,), daemon=True).start()
        wait_for(lambda: child.can_work)
        return child, psutil.Process(child._process.pid)

    yield start
    for child in children:
        child.end("the test is over")


def test_a_process_that_is_frozen_is_killed_after_a_while_and_one_that_answers_is_not(started):
    frozen, victim = started(light_children.answers)
    other, living = started(light_children.answers)
    began = time.monotonic()
    victim.send_signal(signal.SIGSTOP)
    wait_for(lambda: frozen.trouble)
    assert "has not answered" in frozen.trouble
    assert frozen.said.get(timeout=30) == Gone(-signal.SIGKILL, "no answer for 3 s")
    assert time.monotonic() - began >= HUNG - 0.6  # a question, asked every 0.5 s, may have been on its way
    assert not is_alive(victim)
    assert is_alive(living)
    assert other.trouble == ""
    assert other.said.empty()


def test_a_job_that_gets_no_further_ends_its_process_with_all_that_it_has_started(started, tmp_path):
    child, victim = started(light_children.keeps_a_frozen_rank, stalled_seconds=STALLED)
    rank = psutil.Process(int((tmp_path / "rank").read_text()))
    wait_for(lambda: rank.status() == psutil.STATUS_STOPPED)
    time.sleep(1.5 * STALLED)
    assert child.said.empty()  # without a job there is nothing to get on with
    child.give(Work("a job", 1))
    assert child.said.get(timeout=30) == Gone(-signal.SIGKILL, "no progress for 2 s")
    assert not is_alive(victim)
    wait_for(lambda: not is_alive(rank), seconds=5)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_process_that_does_not_start_is_tried_ever_more_rarely_and_gets_no_job(
    settings, database, admin, tmp_path, monkeypatch
):
    monkeypatch.setattr("worker.foreman.Child", Unlucky)
    monkeypatch.setattr("worker.foreman.CHILD_SECONDS", 0.5)
    empty_project(database, admin)
    with database.write() as session:
        job = imports.start(session, admin.actor, "demo", path=str(PACK))
    foreman = Foreman(settings.model_copy(update={"data_dir": tmp_path}), database, name="test")
    troubles: list[str] = []
    try:
        foreman.warm_up(troubles.append)
        wait_for(lambda: "The process at work does not start (exit code 3)" in foreman.trouble)
        began = time.monotonic()
        foreman.run_segment(job.id)
        with database.read() as session:
            left = session.get_one(type(job), job.id)
        assert (left.state, left.attempt, left.crashes) == (JobState.QUEUED, 0, 0)
        time.sleep(max(0.0, began + 4 - time.monotonic()))
        # After 2 s, and 4 s later: not one a second, let alone as many as the machine can start.
        assert 1 <= len((tmp_path / "starts").read_text()) <= 2
        (tmp_path / "mended").touch()
        wait_for(lambda: foreman.trouble == "")
        foreman.tell()
        assert troubles[-1] == ""
        assert any("does not start" in one for one in troubles)
    finally:
        foreman.close()
