"""A foreman and its process in the order of events that a race can bring about; with imports, which need no torch."""

import threading
from datetime import timedelta
from multiprocessing import Pipe

import pytest

from backend.db import jobs as job_rows
from backend.db.base import now
from backend.db.tables import Job
from backend.domain.job_state import JobState
from backend.domain.vocabulary import Domain, Split
from backend.services import imports, jobs
from tests.factories import PACK, empty_project
from worker import process
from worker.foreman import Foreman
from worker.messages import Work


@pytest.fixture
def foreman(settings, database):
    made = Foreman(settings.model_copy(update={"heartbeat_seconds": 0.05}), database, name="test")
    yield made
    made.close()


@pytest.fixture
def import_job(database, admin):
    """Queues another import at each call."""
    empty_project(database, admin)

    def queue(split: Split = Split.VAL) -> str:
        with database.write() as session:
            return imports.start(
                session, admin.actor, "demo", path=str(PACK), domain=Domain.TARGET, splits=[split], limit=3
            ).id

    return queue


def job_of(database, job_id: str) -> Job:
    with database.read() as session:
        return session.get_one(Job, job_id)


def test_what_is_said_of_one_job_is_not_heard_of_the_next(database, foreman, import_job, monkeypatch):
    first, second = import_job(), import_job(Split.TRAIN)

    def broken(*_):
        raise RuntimeError("a defect")

    with monkeypatch.context() as patch:
        patch.setattr(foreman, "_heartbeat", broken)
        with pytest.raises(RuntimeError):
            foreman.run_segment(first)
    foreman.run_segment(second)
    assert job_of(database, second).state is JobState.SUCCEEDED  # it was seen through to its own end
    assert job_of(database, first).state is JobState.RUNNING  # an orphan, for the sweep


def test_a_worker_that_stops_takes_no_more_jobs(database, foreman, import_job):
    job_id = import_job()
    foreman.hurry()
    foreman.run_segment(job_id)
    assert (job_of(database, job_id).state, job_of(database, job_id).attempt) == (JobState.QUEUED, 0)


def test_a_process_that_died_while_it_had_nothing_to_do_is_replaced(database, foreman, import_job):
    foreman.run_segment(import_job())
    foreman._child._process.kill()
    job_id = import_job(Split.TRAIN)
    foreman.run_segment(job_id)
    if job_of(database, job_id).state is JobState.QUEUED:  # its death was not known yet, and counts as a crash
        assert job_of(database, job_id).crashes == 1
        foreman.run_segment(job_id)
    assert job_of(database, job_id).state is JobState.SUCCEEDED


def test_a_process_without_a_foreman_does_not_fail_its_job(database, settings, blobs, admin, import_job):
    job_id = import_job()
    with database.write() as session:
        job = job_rows.claim(session, job_id, worker="test")
    ours, theirs = Pipe()
    ours.close()
    process.work(
        Work(job.id, job.attempt),
        settings,
        database,
        blobs,
        pipe=theirs,
        hurry=threading.Event(),
        drop=threading.Event(),
    )
    theirs.close()
    left = job_of(database, job_id)
    assert (left.state, left.error) == (JobState.RUNNING, None)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("hours", [-1, 1])
def test_a_worker_whose_clock_is_wrong_keeps_its_job(database, import_job, monkeypatch, hours):
    with monkeypatch.context() as patch:
        patch.setattr(job_rows, "now", lambda: now() + timedelta(hours=hours))
        with database.write() as session:
            job = job_rows.claim(session, import_job(), worker="elsewhere")
        with database.write() as session:
            jobs.hold(session, job)
    with database.write() as session:
        assert jobs.sweep(session, orphan_seconds=20) == 0
    with database.write() as session:
        jobs.sweep(session, orphan_seconds=0)
    assert job_of(database, job.id).state is JobState.QUEUED
