"""Jobs outlive the processes that work on them: claimed once, fenced, yielded, swept, cancelled."""

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import select, update

from backend import queue
from backend.db import jobs as job_rows
from backend.db.base import now
from backend.db.session import Session
from backend.db.tables import Event, Job, Round
from backend.domain.errors import Conflict, IllegalTransition, JobSuperseded
from backend.domain.job_state import JOB_OF_STATE, MAX_CRASHES, JobKind, JobState, Queue
from backend.domain.round_config import AcquisitionConfig, Budget, RoundConfig
from backend.domain.round_state import WORKING, RoundState
from backend.services import jobs, rounds
from backend.services.rounds import Request
from tests.factories import empty_project, project_with_images


@pytest.fixture
def project(database, admin):
    return empty_project(database, admin)


@pytest.fixture
def job(database, project) -> Job:
    """An import that waits."""
    with database.write() as session:
        return jobs.create(session, kind=JobKind.IMPORT_DATASET, project_id=project.id, payload={"path": "/x"})


def claim(database, job_id, worker="w") -> Job | None:
    with database.write() as session:
        return job_rows.claim(session, job_id, worker=worker)


def read(database, job: Job) -> Job:
    with database.read() as session:
        return session.get_one(Job, job.id)


def silence(database, job: Job) -> None:
    """Nothing was heard of the job for an hour."""
    with database.write() as session:
        session.execute(update(Job).where(Job.id == job.id).values(heartbeat_at=now() - timedelta(hours=1)))


def sweep(database) -> int:
    with database.write() as session:
        return jobs.sweep(session, orphan_seconds=20)


def test_a_job_is_claimed_once(database, job):
    claimed = claim(database, job.id, "first")
    assert (claimed.state, claimed.attempt, claimed.worker) == (JobState.RUNNING, 1, "first")
    assert claimed.started_at is not None
    assert claim(database, job.id, "second") is None
    assert read(database, job).worker == "first"
    assert claim(database, "no such job") is None


def test_what_a_stale_attempt_writes_is_refused_whole(database, job):
    stale = claim(database, job.id)
    silence(database, job)
    assert sweep(database) == 1
    fresh = claim(database, job.id, "other")
    assert fresh.attempt == 2
    for write in (
        lambda session: jobs.report(session, stale, progress=0.5, message="x", eta_seconds=None, metrics={}),
        lambda session: jobs.yield_segment(session, stale, cursor={"stale": True}),
        lambda session: jobs.succeed(session, stale),
        lambda session: jobs.fail(session, stale, code="x", error="x"),
        lambda session: jobs.crashed(session, stale, reason="x"),
    ):
        with pytest.raises(JobSuperseded), database.write() as session:
            write(session)
    seen = read(database, job)
    assert (seen.state, seen.attempt, seen.cursor, seen.progress) == (JobState.RUNNING, 2, {}, 0.0)


def test_work_of_the_same_transaction_is_kept_when_the_job_succeeds(database, project, job):
    claimed = claim(database, job.id)
    with database.write() as session:
        found = session.get(type(project), project.id)
        found.name = "changed before the job's end"
        jobs.succeed(session, claimed)
    with database.read() as session:
        assert session.get(type(project), project.id).name == "changed before the job's end"


def test_a_segment_that_yields_is_queued_with_its_cursor_and_a_clean_record(database, job):
    claimed = claim(database, job.id)
    with database.write() as session:
        jobs.crashed(session, claimed, reason="exit code -9")
    claimed = claim(database, job.id)
    assert claimed.crashes == 1
    with database.write() as session:
        jobs.yield_segment(session, claimed, cursor={"stored": 25})
    seen = read(database, job)
    assert (seen.state, seen.cursor, seen.crashes, seen.attempt) == (JobState.QUEUED, {"stored": 25}, 0, 2)


def test_work_that_was_saved_in_a_long_segment_clears_the_crashes(database, job):
    """A training shared by ranks is one segment of days: only deaths without progress between may add up."""

    def save_and_die(stored: int) -> Job:
        claimed = claim(database, job.id)
        with database.write() as session:
            jobs.save_cursor(session, claimed, cursor={"stored": stored})
        with database.write() as session:
            jobs.crashed(session, claimed, reason="exit code -9")
        return read(database, job)

    for stored in range(MAX_CRASHES + 2):
        seen = save_and_die(stored)
    assert (seen.state, seen.cursor, seen.crashes) == (JobState.QUEUED, {"stored": stored}, 1)
    assert save_and_die(stored).crashes == 2  # it came no further


def test_a_process_that_dies_over_and_over_fails_its_job_in_words(database, job):
    for _ in range(MAX_CRASHES):
        claimed = claim(database, job.id)
        with database.write() as session:
            jobs.crashed(session, claimed, reason="exit code -9")
    seen = read(database, job)
    assert (seen.state, seen.error_code) == (JobState.FAILED, "job_crashed")
    assert "exit code -9" in seen.error
    assert seen.finished_at is not None


def test_a_sweep_takes_over_orphans_and_leaves_the_living_alone(database, project, job):
    with database.write() as session:
        living = jobs.create(session, kind=JobKind.IMPORT_DATASET, project_id=project.id)
    claim(database, job.id)
    claim(database, living.id)
    silence(database, job)
    assert sweep(database) == 1
    assert (read(database, job).state, read(database, job).crashes) == (JobState.QUEUED, 1)
    assert read(database, living).state is JobState.RUNNING
    assert sweep(database) == 0


def test_a_worker_that_vanishes_over_and_over_fails_the_job(database, job):
    for _ in range(MAX_CRASHES):
        claim(database, job.id)
        silence(database, job)
        assert sweep(database) == 1
    assert (read(database, job).state, read(database, job).error_code) == (JobState.FAILED, "job_crashed")


@pytest.fixture
def heard(settings):
    """What the broker's queue of CPU jobs has got since the last call: ids of jobs. The broker is in this process."""
    queue.configure(settings.model_copy(update={"broker_url": "memory://"}))

    def listen() -> list[str]:
        with queue.celery_app.connection_for_read() as connection:
            waiting = connection.SimpleQueue("cpu")
            messages = [waiting.get_nowait() for _ in range(waiting.qsize())]
            for message in messages:
                message.ack()
            waiting.close()
        return [message.payload[0][0] for message in messages]

    listen()
    yield listen
    queue.configure(settings)


def test_a_sweep_rings_again_for_a_bell_that_was_lost(database, job, heard):
    assert sweep(database) == 0  # it has waited for a moment only
    silence(database, job)
    assert sweep(database) == 1
    assert heard() == [job.id]
    assert sweep(database) == 0
    assert read(database, job).state is JobState.QUEUED


def test_a_bell_is_rung_after_the_commit_and_never_after_a_rollback(database, project, heard):
    with database.write() as session:
        created = jobs.create(session, kind=JobKind.IMPORT_DATASET, project_id=project.id)
        assert heard() == []
    assert heard() == [created.id]
    with Session(database.engine) as session:
        jobs.create(session, kind=JobKind.IMPORT_DATASET, project_id=project.id)
        session.rollback()
        session.commit()
    assert heard() == []


def test_a_job_is_cancelled_at_once_also_while_it_is_worked_on(database, admin, job):
    claimed = claim(database, job.id)
    with database.write() as session:
        assert jobs.cancel(session, admin.actor, job.id).state is JobState.CANCELLED
    with pytest.raises(JobSuperseded), database.write() as session:
        jobs.report(session, claimed, progress=0.5, message="x", eta_seconds=None, metrics={})
    with pytest.raises(IllegalTransition), database.write() as session:
        jobs.cancel(session, admin.actor, job.id)


@pytest.fixture
def round_(database, blobs, admin) -> Round:
    """A round that begins to train."""
    config = RoundConfig(acquisition=AcquisitionConfig(budget=Budget(amount=10)))
    project_with_images(database, blobs, admin, source=1, target=1, val=0, config=config)
    return start(database, admin)


def start(database, admin, **request) -> Round:
    with database.write() as session:
        return rounds.start(session, admin.actor, "demo", Request(**request), idempotency_key=None)


def state(database, round_) -> RoundState:
    with database.read() as session:
        return session.get_one(Round, round_.id).state


def newest(database, round_) -> Job:
    with database.read() as session:
        return job_rows.newest_of_round(session, round_.id)


def succeed(database, round_) -> None:
    claimed = claim(database, newest(database, round_).id)
    with database.write() as session:
        jobs.succeed(session, claimed)


def test_a_round_is_worked_by_one_job_after_another(database, round_):
    seen = []
    while state(database, round_) in WORKING:
        seen.append((state(database, round_), newest(database, round_).kind, newest(database, round_).queue))
        succeed(database, round_)
    assert seen == [(state_, JOB_OF_STATE[state_], Queue.GPU) for state_ in WORKING]
    assert state(database, round_) is RoundState.LABELLING
    with database.read() as session:
        told = session.scalars(select(Event).where(Event.kind == "round").order_by(Event.id)).all()
    assert [event.payload["state"] for event in told] == [*(s.value for s in WORKING), "labelling"]


@pytest.mark.parametrize("unit", ["regions", "clicks", "pixels"])
def test_a_final_round_ends_with_its_evaluation(database, admin, round_, unit):
    with database.write() as session:
        rounds.cancel(session, admin.actor, round_.id)
    final = start(database, admin, budget=Budget(amount=0, unit=unit))
    succeed(database, final)
    assert state(database, final) is RoundState.EVALUATING
    succeed(database, final)
    with database.read() as session:
        closed = session.get_one(Round, final.id)
        assert (closed.state, closed.finished_at is not None) == (RoundState.CLOSED, True)


def test_the_job_of_a_round_is_cancelled_with_its_round_only(database, admin, round_):
    with pytest.raises(Conflict, match="cancel the round"), database.write() as session:
        jobs.cancel(session, admin.actor, newest(database, round_).id)


def test_a_cancelled_round_stays_cancelled_whatever_its_worker_says(database, admin, round_):
    claimed = claim(database, newest(database, round_).id)
    with database.write() as session:
        rounds.cancel(session, admin.actor, round_.id)
    for end in (jobs.succeed, partial(jobs.fail, code="x", error="x"), partial(jobs.yield_segment, cursor={})):
        with pytest.raises(JobSuperseded), database.write() as session:
            end(session, claimed)
    assert state(database, round_) is RoundState.CANCELLED


def test_a_job_left_over_from_a_round_that_ended_does_not_revive_it(database, round_):
    """However it came about: the round was cancelled, and one of its jobs is at work."""
    claimed = claim(database, newest(database, round_).id)
    with database.write() as session:
        session.execute(update(Round).where(Round.id == round_.id).values(state=RoundState.CANCELLED))
    with pytest.raises(JobSuperseded), database.write() as session:
        jobs.succeed(session, claimed)
    with database.write() as session:
        jobs.fail(session, claimed, code="x", error="x")
    assert state(database, round_) is RoundState.CANCELLED
    assert newest(database, round_).state is JobState.FAILED
