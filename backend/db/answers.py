"""Queries of answers."""

from dataclasses import dataclass

from sqlalchemy import func, select

from backend.db.session import Session
from backend.db.tables import Answer, Query, Round
from backend.domain.round_config import Unit
from backend.domain.vocabulary import AnswerKind, KeptAs


def of_person(session: Session, *, query_id: str, user_id: str) -> Answer | None:
    return session.scalar(select(Answer).where(Answer.query_id == query_id, Answer.user_id == user_id))


def of_query(session: Session, query_id: str) -> list[Answer]:
    return list(session.scalars(select(Answer).where(Answer.query_id == query_id).order_by(Answer.created_at)))


def teaching(session: Session, project_id: str) -> list[tuple[Answer, Query]]:
    """Every answer of the project that counts, with its region, in an order that does not depend on the database."""
    rows = session.execute(
        select(Answer, Query)
        .join(Query, Query.id == Answer.query_id)
        .join(Round, Round.id == Query.round_id)
        .where(Round.project_id == project_id, Answer.kept_as == KeptAs.ANSWER)
        .order_by(Round.round_index, Query.rank)
    )
    return [(row[0], row[1]) for row in rows]


@dataclass(frozen=True, slots=True)
class AnswerTime:
    num_answers: int
    seconds: float


def measured_time(session: Session, project_id: str, *, unit: Unit | None = None) -> AnswerTime:
    """What people have taken for their answers in this project so far: all of them, or those to one unit."""
    statement = (
        select(func.count(), func.coalesce(func.sum(Answer.seconds), 0.0))
        .join(Query, Query.id == Answer.query_id)
        .join(Round, Round.id == Query.round_id)
        .where(Round.project_id == project_id)
    )
    if unit is not None:
        statement = statement.where(Query.unit == unit)
    row = session.execute(statement).one()
    return AnswerTime(row[0], float(row[1]))


def count_of_person(session: Session, *, round_id: str, user_id: str) -> int:
    return (
        session.scalar(
            select(func.count())
            .select_from(Answer)
            .join(Query, Query.id == Answer.query_id)
            .where(Query.round_id == round_id, Answer.user_id == user_id)
        )
        or 0
    )


def unsure(session: Session, query_id: str) -> int:
    return (
        session.scalar(select(func.count()).where(Answer.query_id == query_id, Answer.kind == AnswerKind.UNSURE)) or 0
    )
