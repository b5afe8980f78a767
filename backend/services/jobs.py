"""Jobs: rows that outlive the processes that work on them.

A worker claims a queued job, works one segment, and either yields (queued again, its cursor saved) or ends it. What it
writes, it writes in a transaction that first proves with `hold` that its attempt still has the job. So a worker that
was thought dead, or whose job was cancelled, cannot write any more, and cancelling needs nobody's cooperation.
"""

from typing import Any

import structlog

from backend.db import jobs, rounds
from backend.db.base import now
from backend.db.session import Session
from backend.db.tables import Job, Round
from backend.domain.errors import Conflict, IllegalTransition, JobSuperseded, NotFound
from backend.domain.job_state import ACTIVE, JOB_OF_STATE, MAX_CRASHES, QUEUE_OF, JobKind, JobState
from backend.domain.messages import Bell
from backend.domain.round_state import WORKING, RoundState, next_state
from backend.queue import enqueue
from backend.services import access, events
from backend.services.access import Actor

log = structlog.get_logger()


def create(
    session: Session,
    *,
    kind: JobKind,
    project_id: str,
    round_id: str | None = None,
    payload: dict[str, Any] | None = None,
    cursor: dict[str, Any] | None = None,
) -> Job:
    """Queue a job, and ring once the caller has committed."""
    job = Job(
        kind=kind,
        queue=QUEUE_OF[kind],
        project_id=project_id,
        round_id=round_id,
        payload=payload or {},
        cursor=cursor or {},
        message="Waiting for a worker",
    )
    session.add(job)
    session.flush()
    _ring(session, job)
    events.job_changed(session, job)
    return job


def find(session: Session, actor: Actor, job_id: str) -> Job:
    job = jobs.get(session, job_id)
    if job is None:
        raise NotFound("There is no such job.", job_id=job_id)
    access.project_by_id(session, actor, job.project_id)
    return job


def hold(session: Session, job: Job, **values: Any) -> None:
    """Prove that this attempt still has the job, change it, and keep others out until the transaction ends.

    Raises:
        JobSuperseded: cancelled, or taken over by another worker.
    """
    if not jobs.change_running(session, job.id, attempt=job.attempt, **values):
        raise JobSuperseded("This job was cancelled or taken over.", job_id=job.id)
    session.expire_all()


def report(
    session: Session, job: Job, *, progress: float, message: str, eta_seconds: float | None, metrics: dict[str, Any]
) -> None:
    """Heartbeat with progress in [0, 1]."""
    hold(session, job, progress=progress, message=message, eta_seconds=eta_seconds, metrics=metrics)
    events.job_changed(session, _current(session, job))


def save_cursor(session: Session, job: Job, *, cursor: dict[str, Any]) -> None:
    """Save where to go on, within a segment. Work that came further clears the crashes, as a segment's end does."""
    hold(session, job, cursor=cursor, **({} if cursor == _current(session, job).cursor else {"crashes": 0}))


def yield_segment(session: Session, job: Job, *, cursor: dict[str, Any]) -> None:
    """End a segment: save where to go on, and ring for the next one. A segment that ended well clears the crashes."""
    hold(session, job, state=JobState.QUEUED, cursor=cursor, crashes=0)
    _ring(session, job)


def succeed(session: Session, job: Job, *, result: dict[str, Any] | None = None) -> None:
    """End the job; if a round waits for it, the round goes on in the same transaction."""
    hold(
        session,
        job,
        state=JobState.SUCCEEDED,
        progress=1.0,
        message="Done",
        eta_seconds=None,
        result=result,
        finished_at=now(),
    )
    current = _current(session, job)
    events.job_changed(session, current)
    if current.round_id is not None:
        _advance(session, current)


def fail(session: Session, job: Job, *, code: str, error: str) -> None:
    """End the job with words for the project's owner; its round can be retried."""
    hold(session, job, state=JobState.FAILED, error_code=code, error=error, eta_seconds=None, finished_at=now())
    _failed(session, _current(session, job))


def cancel(session: Session, actor: Actor, job_id: str) -> Job:
    """Stop a job now. What it has not committed is gone; what it learnt in earlier segments is kept."""
    job = find(session, actor, job_id)
    if job.round_id is not None:
        raise Conflict("This job belongs to a round; cancel the round.", round_id=job.round_id)
    if not jobs.cancel_active(session, job.id):
        raise IllegalTransition(f"The job is {job.state.value}; there is nothing to cancel.", state=job.state.value)
    session.refresh(job)
    events.job_changed(session, job)
    return job


def crashed(session: Session, job: Job, *, reason: str) -> None:
    """The process at work died: queue the job again, or give it up if that happens over and over."""
    crashes = _current(session, job).crashes + 1  # those since work was last saved, not since the job was claimed
    if crashes >= MAX_CRASHES:
        fail(
            session,
            job,
            code="job_crashed",
            error=f"The process working on it died {MAX_CRASHES} times at the same place ({reason}). "
            "Look at the worker's log and its memory, then retry.",
        )
        return
    hold(session, job, state=JobState.QUEUED, crashes=crashes, message="Going on after a crash")
    _ring(session, job)


def sweep(session: Session, *, orphan_seconds: float) -> int:
    """Queue orphans again and ring again for jobs that nobody came for. Returns how many were touched."""
    touched = 0
    for job in jobs.silent(session, JobState.RUNNING, seconds=orphan_seconds):
        log.warning("job_orphaned", job_id=job.id, kind=job.kind, attempt=job.attempt, worker=job.worker)
        gone = job.crashes + 1 >= MAX_CRASHES
        values: dict[str, Any] = {"state": JobState.QUEUED, "crashes": job.crashes + 1}
        if gone:
            values = {
                "state": JobState.FAILED,
                "error_code": "job_crashed",
                "error": f"Its worker vanished {MAX_CRASHES} times at the same place. Look at its memory.",
                "finished_at": now(),
            }
        if jobs.take_silent(session, job, **values):
            touched += 1
            session.refresh(job)
            if gone:
                _failed(session, job)
            else:
                _ring(session, job)
                events.job_changed(session, job)
    for job in jobs.silent(session, JobState.QUEUED, seconds=orphan_seconds):
        if jobs.take_silent(session, job):
            touched += 1
            _ring(session, job)
    return touched


def start_for_round(session: Session, round_: Round, *, cursor: dict[str, Any] | None = None) -> Job:
    """Queue the job that the round's state calls for."""
    return create(
        session, kind=JOB_OF_STATE[round_.state], project_id=round_.project_id, round_id=round_.id, cursor=cursor
    )


def cancel_for_round(session: Session, round_: Round) -> None:
    job = jobs.newest_of_round(session, round_.id)
    if job is not None and job.state in ACTIVE and jobs.cancel_active(session, job.id):
        session.refresh(job)
        events.job_changed(session, job)


def _advance(session: Session, job: Job) -> None:
    round_ = _round_of(session, job)
    state = round_.state
    if JOB_OF_STATE.get(state) is not job.kind:
        raise JobSuperseded("The round has moved on without this job.", job_id=job.id)
    final = round_.config["acquisition"]["budget"]["amount"] == 0
    to = next_state(state, final=final)
    if not rounds.move(session, round_, expected=state, to=to):
        raise JobSuperseded("The round has moved on without this job.", job_id=job.id)
    if to in WORKING:
        start_for_round(session, round_)
    elif to is RoundState.CLOSED:
        round_.finished_at = now()
    events.round_changed(session, round_)


def _failed(session: Session, job: Job) -> None:
    events.job_changed(session, job)
    if job.round_id is None:
        return
    round_ = _round_of(session, job)
    state = round_.state
    # A round that was cancelled, or has moved on, is not this job's any more.
    if JOB_OF_STATE.get(state) is job.kind and rounds.move(session, round_, expected=state, to=RoundState.FAILED):
        round_.failed_in, round_.error_code, round_.error = state, job.error_code, job.error
        events.round_changed(session, round_)


def _round_of(session: Session, job: Job) -> Round:
    round_ = rounds.get(session, job.round_id or "")
    if round_ is None:
        raise JobSuperseded("The round of this job is gone.", job_id=job.id)
    return round_


def _current(session: Session, job: Job) -> Job:
    current = jobs.get(session, job.id)
    if current is None:
        raise JobSuperseded("This job is gone.", job_id=job.id)
    return current


def _ring(session: Session, job: Job) -> None:
    enqueue(session, Bell(job.id, job.kind, job.queue))
