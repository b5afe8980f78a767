"""Queries of answers."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import defer

from backend.db.session import Session
from backend.db.tables import Answer, Image, Query, Round
from backend.domain.round_config import Unit
from backend.domain.round_state import RoundState
from backend.domain.vocabulary import AnswerKind, KeptAs


def of_person(session: Session, *, query_id: str, user_id: str) -> Answer | None:
    return session.scalar(select(Answer).where(Answer.query_id == query_id, Answer.user_id == user_id))


def of_query(session: Session, query_id: str) -> list[Answer]:
    return list(session.scalars(select(Answer).where(Answer.query_id == query_id).order_by(Answer.created_at)))


def newest_of_person(
    session: Session, *, project_id: str, user_id: str, limit: int
) -> list[tuple[Answer, Query, Image, int, RoundState]]:
    """Answers of one person with region, image, and the round's index and state, the one said last first."""
    rows = session.execute(
        select(Answer, Query, Image, Round.round_index, Round.state)
        .join(Query, Query.id == Answer.query_id)
        .join(Image, Image.id == Query.image_id)
        .join(Round, Round.id == Query.round_id)
        .where(Answer.user_id == user_id, Round.project_id == project_id)
        .order_by(Answer.updated_at.desc(), Answer.id.desc())
        .limit(limit)
    )
    return [(row[0], row[1], row[2], row[3], row[4]) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """An answer of one class for a whole region, with what the teacher had thought (None where that was hidden)."""

    query: Query
    image: Image
    class_id: int
    suggested_class: int | None


def examples(session: Session, project_id: str, *, class_id: int, agreeing: bool, limit: int) -> list[Example]:
    """The newest regions that people gave this class; or, not `agreeing`, that only the teacher gave it.

    What the teacher thought and people do not see is not told, nor used. `limit` bounds what is looked through, too.
    """
    statement = (
        select(Answer.class_id, Query, Image)
        .join(Query, Query.id == Answer.query_id)
        .join(Image, Image.id == Query.image_id)
        .join(Round, Round.id == Query.round_id)
        .where(Round.project_id == project_id, Answer.kept_as == KeptAs.ANSWER)
        .order_by(Answer.updated_at.desc(), Answer.id.desc())
        .limit(limit)
        .options(defer(Query.suggestion))
    )
    if agreeing:
        statement = statement.where(Answer.class_id == class_id)
    else:
        statement = statement.where(
            Answer.class_id.is_not(None),
            Answer.class_id != class_id,
            Query.best_class == class_id,
            ~Query.suggestion_hidden,
        )
    return [
        Example(
            query=query,
            image=image,
            class_id=said,
            suggested_class=None if query.suggestion_hidden else query.best_class,
        )
        for said, query, image in session.execute(statement)
        if said is not None
    ]


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
