"""Queries of jobs. Every change of state is a compare-and-set; the attempt number fences stale workers."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, DateTime, func, select, update

from backend.db.base import now
from backend.db.session import Session
from backend.db.tables import Job
from backend.domain.job_state import ACTIVE, JobKind, JobState


def get(session: Session, job_id: str) -> Job | None:
    return session.get(Job, job_id)


def of_project(session: Session, project_id: str, *, limit: int) -> list[Job]:
    return list(session.scalars(select(Job).where(Job.project_id == project_id).order_by(Job.id.desc()).limit(limit)))


def newest_of_round(session: Session, round_id: str) -> Job | None:
    return session.scalar(select(Job).where(Job.round_id == round_id).order_by(Job.id.desc()).limit(1))


def result_of_round(session: Session, round_id: str, kind: JobKind) -> dict[str, Any] | None:
    """What a round's newest job of a kind that has succeeded has left."""
    return session.scalar(
        select(Job.result)
        .where(Job.round_id == round_id, Job.kind == kind, Job.state == JobState.SUCCEEDED)
        .order_by(Job.id.desc())
        .limit(1)
    )


def claim(session: Session, job_id: str, *, worker: str) -> Job | None:
    """Take a queued job: running, with the next attempt number. None where it is not queued any more."""
    moment = _moment(session)
    claimed = session.scalar(
        update(Job)
        .where(Job.id == job_id, Job.state == JobState.QUEUED)
        .values(state=JobState.RUNNING, attempt=Job.attempt + 1, heartbeat_at=moment, worker=worker)
        .returning(Job.id)
    )
    if claimed is None:
        return None
    session.execute(update(Job).where(Job.id == job_id, Job.started_at.is_(None)).values(started_at=moment))
    return session.get(Job, job_id, populate_existing=True)


def change_running(session: Session, job_id: str, *, attempt: int, **values: Any) -> bool:
    """Change a job that this attempt still holds; False where it has been taken away or cancelled."""
    changed = session.scalar(
        update(Job)
        .where(Job.id == job_id, Job.attempt == attempt, Job.state == JobState.RUNNING)
        .values(heartbeat_at=_moment(session), **values)
        .returning(Job.id)
    )
    return changed is not None


def cancel_active(session: Session, job_id: str) -> bool:
    cancelled = session.scalar(
        update(Job)
        .where(Job.id == job_id, Job.state.in_(ACTIVE))
        .values(state=JobState.CANCELLED, finished_at=now(), message="Cancelled", eta_seconds=None)
        .returning(Job.id)
    )
    return cancelled is not None


def silent(session: Session, state: JobState, *, seconds: float) -> list[Job]:
    """Jobs in `state` of which nothing was heard for so long: orphans, or bells that were lost."""
    since = _moment(session) - timedelta(seconds=seconds)
    return list(session.scalars(select(Job).where(Job.state == state, Job.heartbeat_at < since).limit(100)))


def take_silent(session: Session, job: Job, **values: Any) -> bool:
    """Change a silent job by compare-and-set on what was seen of it, so that only one sweep does."""
    changed = session.scalar(
        update(Job)
        .where(Job.id == job.id, Job.state == job.state, Job.heartbeat_at == job.heartbeat_at)
        .values(heartbeat_at=_moment(session), **values)
        .returning(Job.id)
    )
    return changed is not None


def _moment(session: Session) -> datetime | ColumnElement[datetime]:
    """Now, by the one clock that all workers share; that of SQLite is this machine's."""
    if session.get_bind().dialect.name == "sqlite":
        return now()
    return func.clock_timestamp(type_=DateTime(timezone=True))
