"""Queries of regions asked, and their leases."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import defer

from backend.db.base import now
from backend.db.session import Session
from backend.db.tables import Answer, Image, Member, Packet, Project, Query, Round
from backend.domain.round_state import RoundState
from backend.domain.vocabulary import AnswerKind, QueryState


def for_answer(session: Session, query_id: str, *, member: str | None) -> tuple[Query, Round, Project] | None:
    """A query, kept from others until the transaction ends, with its round and project, in one statement.

    Args:
        session: where to look.
        query_id: which.
        member: only where this user belongs to the project; None for all.
    """
    statement = (
        select(Query, Round, Project)
        .join(Round, Round.id == Query.round_id)
        .join(Project, Project.id == Round.project_id)
        .where(Query.id == query_id)
        .options(defer(Query.suggestion), defer(Round.confusion))
        .with_for_update(of=Query)
    )
    if member is not None:
        statement = statement.join(Member, (Member.project_id == Project.id) & (Member.user_id == member))
    row = session.execute(statement).one_or_none()
    return None if row is None else (row[0], row[1], row[2])


@dataclass(frozen=True, slots=True, kw_only=True)
class Confident:
    """Queries whose suggestion people see, and whose best class is this one with at least this probability."""

    class_id: int
    min_probability: float


def next_free(
    session: Session, *, round_id: str, user_id: str, size: int, confident: Confident | None = None
) -> list[Query]:
    """The next open queries in rank order, kept from everybody else until the transaction ends.

    On PostgreSQL the rows are locked and locked ones skipped; on SQLite the write transaction keeps others out.
    Queries of which the same person was unsure are left to others.
    """
    statement = select(Query).where(
        Query.round_id == round_id, Query.state == QueryState.OPEN, _free(), ~_unsure_of(user_id)
    )
    if confident is not None:
        statement = statement.where(
            Query.best_class == confident.class_id, _confident(min_probability=confident.min_probability)
        )
    return list(session.scalars(statement.order_by(Query.rank).limit(size).with_for_update(skip_locked=True)))


def free_by_class(session: Session, *, round_id: str, user_id: str, min_probability: float) -> dict[int, int]:
    """How many confident queries a person could lease, by their best class; classes without any are left out."""
    # A list to look in, not a look for each query: so the index has all that is needed.
    unsure = select(Answer.query_id).where(Answer.user_id == user_id, Answer.kind == AnswerKind.UNSURE)
    rows = session.execute(
        select(Query.best_class, func.count())
        .where(Query.round_id == round_id, Query.state == QueryState.OPEN, _free(), Query.id.not_in(unsure))
        .where(_confident(min_probability=min_probability))
        .group_by(Query.best_class)
    )
    return {class_id: count for class_id, count in rows if class_id is not None}


def of_packet(session: Session, packet: Packet) -> list[str]:
    """Ids of what a packet still holds, open, in a round that takes answers, in rank order."""
    return list(
        session.scalars(
            select(Query.id)
            .join(Round, Round.id == Query.round_id)
            .where(Query.id.in_(packet.query_ids), Query.packet_id == packet.id)
            .where(Query.state == QueryState.OPEN, Round.state == RoundState.LABELLING)
            .order_by(Query.rank)
        )
    )


def extend(session: Session, packet: Packet, *, until: datetime) -> None:
    """Keep a packet: also the queries whose lease has run out, where nobody else has them yet."""
    # The queries before the packet: an undo takes its locks in that order too.
    session.execute(
        update(Query)
        .where(Query.id.in_(packet.query_ids), Query.state == QueryState.OPEN)
        .where(or_(Query.packet_id == packet.id, _free()))
        .where(~_unsure_of(packet.user_id))
        .values(packet_id=packet.id, lease_expires_at=until)
    )
    packet.expires_at = until


def release(session: Session, packet: Packet) -> None:
    session.execute(
        update(Query)
        .where(Query.id.in_(packet.query_ids), Query.packet_id == packet.id)
        .values(packet_id=None, lease_expires_at=None)
    )


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
                Query.round_id == round_id,
                Query.packet_id.is_not(None),  # says to the database that the small index will do
                Query.state == QueryState.OPEN,
                Query.lease_expires_at > now(),
            )
        )
        or 0
    )


def resolved_of(session: Session, image_id: str, *, before: Round) -> list[Query]:
    """Regions of an image that were answered in earlier rounds; they are not asked again."""
    return list(
        session.scalars(
            select(Query)
            .join(Round, Round.id == Query.round_id)
            .where(Query.image_id == image_id, Query.state == QueryState.RESOLVED)
            .where(Round.round_index < before.round_index)
            .options(defer(Query.suggestion))
        )
    )


def images_of(session: Session, queries: Sequence[Query]) -> dict[str, Image]:
    ids = {query.image_id for query in queries}
    return {image.id: image for image in session.scalars(select(Image).where(Image.id.in_(ids)))}


def packet_by_token(session: Session, *, lease_token_sha256: str, user_id: str, lock: bool = False) -> Packet | None:
    statement = select(Packet).where(Packet.lease_token_sha256 == lease_token_sha256, Packet.user_id == user_id)
    return session.scalar(statement.with_for_update() if lock else statement)


def _unsure_of(user_id: str) -> ColumnElement[bool]:
    return (
        select(Answer.id)
        .where(Answer.query_id == Query.id, Answer.user_id == user_id, Answer.kind == AnswerKind.UNSURE)
        .exists()
    )


def _confident(*, min_probability: float) -> ColumnElement[bool]:
    return and_(~Query.suggestion_hidden, Query.best_class.is_not(None), Query.best_probability >= min_probability)


def _free() -> ColumnElement[bool]:
    return or_(Query.lease_expires_at.is_(None), Query.lease_expires_at <= now())
