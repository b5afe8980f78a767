"""Queries of the event log."""

from datetime import timedelta

from sqlalchemy import delete, func, select

from backend.db.base import now
from backend.db.session import Session
from backend.db.tables import Event


def newest_id(session: Session) -> int:
    return session.scalar(select(func.max(Event.id))) or 0


def after(session: Session, *, project_id: str, event_id: int, limit: int) -> list[Event]:
    return list(
        session.scalars(
            select(Event).where(Event.project_id == project_id, Event.id > event_id).order_by(Event.id).limit(limit)
        )
    )


def delete_old(session: Session, *, hours: int) -> None:
    session.execute(delete(Event).where(Event.created_at < now() - timedelta(hours=hours)))
