"""What people have done in a project, counted by the database."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import InstrumentedAttribute

from backend.db.session import Session
from backend.db.tables import Answer, Member, Query, Round, User
from backend.domain.vocabulary import AnswerKind, KeptAs


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Of one person's answers in a project.

    Attributes:
        answers: all of them, opinions too.
        active_seconds: their sum.
        label_maps: answers of this kind; `void`, `unsure` and `bad_query` are of the other kinds.
        opinions: answers that did not decide their query.
        accepted_suggestions: answers by which a suggestion was taken as it was.
        accepted_shown: those of them that are among `shown`.
        shown: answers that name a class, to a query whose suggestion was seen and names one, too.
        shown_agreeing: those of them that name the same class.
        hidden: as `shown`, of a suggestion that was not seen.
        hidden_agreeing: those of them that name the same class.
        last_answer_at: the last time that something was said; None without answers.
    """

    answers: int = 0
    active_seconds: float = 0.0
    label_maps: int = 0
    void: int = 0
    unsure: int = 0
    bad_query: int = 0
    opinions: int = 0
    accepted_suggestions: int = 0
    accepted_shown: int = 0
    shown: int = 0
    shown_agreeing: int = 0
    hidden: int = 0
    hidden_agreeing: int = 0
    last_answer_at: datetime | None = None


def counts(session: Session, project_id: str, *, user_id: str | None = None) -> dict[str, Counts]:
    """By user id: of everybody who has answered, or of one."""
    named = and_(Answer.kind == AnswerKind.LABEL_MAP, Answer.dominant_class.is_not(None), Query.best_class.is_not(None))
    same = Answer.dominant_class == Query.best_class
    shown, hidden = and_(named, ~Query.suggestion_hidden), and_(named, Query.suggestion_hidden)
    statement = (
        select(
            Answer.user_id,
            func.count().label("answers"),
            func.sum(Answer.seconds).label("active_seconds"),
            *(_number(Answer.kind == kind).label(name) for name, kind in _KINDS.items()),
            _number(Answer.kept_as == KeptAs.OPINION).label("opinions"),
            _number(Answer.accepted_suggestion).label("accepted_suggestions"),
            _number(and_(shown, Answer.accepted_suggestion)).label("accepted_shown"),
            _number(shown).label("shown"),
            _number(and_(shown, same)).label("shown_agreeing"),
            _number(hidden).label("hidden"),
            _number(and_(hidden, same)).label("hidden_agreeing"),
            func.max(Answer.updated_at).label("last_answer_at"),
        )
        .join(Query, Query.id == Answer.query_id)
        .join(Round, Round.id == Query.round_id)
        .where(Round.project_id == project_id)
        .group_by(Answer.user_id)
    )
    if user_id is not None:
        statement = statement.where(Answer.user_id == user_id)
    rows = [dict(row._mapping) for row in session.execute(statement)]  # noqa: SLF001 (SQLAlchemy's public name)
    return {row.pop("user_id"): Counts(**row) for row in rows}


def users_of(session: Session, project_id: str, *, also: list[str]) -> list[User]:
    """The members of a project and others by id, by name."""
    members = select(Member.user_id).where(Member.project_id == project_id)
    statement = select(User).where(User.id.in_(members) | User.id.in_(also)).order_by(User.name, User.id)
    return list(session.scalars(statement))


_KINDS = {
    "label_maps": AnswerKind.LABEL_MAP,
    "void": AnswerKind.VOID,
    "unsure": AnswerKind.UNSURE,
    "bad_query": AnswerKind.BAD_QUERY,
}


def _number(condition: ColumnElement[bool] | InstrumentedAttribute[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))
