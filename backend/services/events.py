"""Bells for browsers. They say that something changed, in the transaction that changed it."""

from typing import Any

from backend.db.session import Session
from backend.db.tables import Event, Job, Round


def emit(session: Session, *, project_id: str, kind: str, payload: dict[str, Any]) -> None:
    session.add(Event(project_id=project_id, kind=kind, payload=payload))


def round_changed(session: Session, round_: Round) -> None:
    emit(
        session,
        project_id=round_.project_id,
        kind="round",
        payload={"round_id": round_.id, "round_index": round_.round_index, "state": round_.state.value},
    )


def job_changed(session: Session, job: Job) -> None:
    emit(
        session,
        project_id=job.project_id,
        kind="job",
        payload={
            "job_id": job.id,
            "round_id": job.round_id,
            "kind": job.kind.value,
            "state": job.state.value,
            "progress": job.progress,
            "message": job.message,
            "eta_seconds": job.eta_seconds,
            "metrics": job.metrics,
        },
    )
