"""Queries of regions asked, and their leases."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select, update

from backend.db.base import now
from backend.db.session import Session
from backend.db.tables import Answer, Image, Packet, Query, Round
from backend.domain.vocabulary import QueryState


def get(session: Session, query_id: str, *, lock: bool = False) -> Query | None:
    statement = select(Query).where(Query.id == query_id)
    return session.scalar(statement.with_for_update() if lock else statement)


def claim(session: Session, *, packet: Packet, round_id: str, user_id: str, size: int) -> list[Query]:
    """Lease the next open queries in rank order to `packet`: atomically, so that nobody else has any of them.

    On PostgreSQL the rows are locked and locked ones skipped; on SQLite the write transaction keeps others out.
    Queries that the same person has answered already (as unsure) are left to others.
    """
    said = select(Answer.id).where(Answer.query_id == Query.id, Answer.user_id == user_id)
    rows = list(
        session.scalars(
            select(Query)
            .where(Query.round_id == round_id, Query.state == QueryState.OPEN, _free(), ~said.exists())
            .order_by(Query.rank)
            .limit(size)
            .with_for_update(skip_locked=True)
        )
    )
    for row in rows:
        row.packet_id, row.lease_expires_at = packet.id, packet.expires_at
    return rows


def of_packet(session: Session, packet_id: str) -> list[Query]:
    """What a packet still holds, open, in rank order."""
    return list(
        session.scalars(
            select(Query).where(Query.packet_id == packet_id, Query.state == QueryState.OPEN).order_by(Query.rank)
        )
    )


def extend(session: Session, packet: Packet, *, until: datetime) -> None:
    """Keep a packet: also the queries whose lease has run out, where nobody else has them yet."""
    packet.expires_at = until
    session.execute(
        update(Query)
        .where(Query.id.in_(packet.query_ids), Query.state == QueryState.OPEN)
        .where(or_(Query.packet_id == packet.id, _free()))
        .where(~select(Answer.id).where(Answer.query_id == Query.id, Answer.user_id == packet.user_id).exists())
        .values(packet_id=packet.id, lease_expires_at=until)
    )


def release(session: Session, packet_id: str) -> None:
    session.execute(update(Query).where(Query.packet_id == packet_id).values(packet_id=None, lease_expires_at=None))


def page(session: Session, round_id: str, *, after: int, limit: int) -> list[Query]:
    return list(
        session.scalars(
            select(Query).where(Query.round_id == round_id, Query.rank > after).order_by(Query.rank).limit(limit)
        )
    )


def count_leased(session: Session, round_id: str) -> int:
    return (
        session.scalar(
            select(func.count()).where(
                Query.round_id == round_id, Query.state == QueryState.OPEN, Query.lease_expires_at > now()
            )
        )
        or 0
    )


def resolved_boxes(session: Session, image_id: str) -> list[Query]:
    """Regions of an image that were answered in any round; they are not asked again."""
    return list(session.scalars(select(Query).where(Query.image_id == image_id, Query.state == QueryState.RESOLVED)))


def images_of(session: Session, queries: Sequence[Query]) -> dict[str, Image]:
    ids = {query.image_id for query in queries}
    return {image.id: image for image in session.scalars(select(Image).where(Image.id.in_(ids)))}


def packet_by_token(session: Session, *, lease_token_sha256: str, user_id: str) -> Packet | None:
    return session.scalar(
        select(Packet).where(Packet.lease_token_sha256 == lease_token_sha256, Packet.user_id == user_id)
    )


def round_of(session: Session, query: Query) -> Round:
    return session.scalars(select(Round).where(Round.id == query.round_id)).one()


def _free() -> ColumnElement[bool]:
    return or_(Query.lease_expires_at.is_(None), Query.lease_expires_at <= now())
