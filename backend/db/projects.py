"""Queries of projects and their members."""

from sqlalchemy import delete, func, select, update

from backend.db.session import Session
from backend.db.tables import Image, Member, Project, Round, User
from backend.domain.vocabulary import Domain, Split


def by_slug(session: Session, slug: str, *, lock: bool = False) -> Project | None:
    statement = select(Project).where(Project.slug == slug)
    # key_share: rows that refer to the project, such as the event of an answer, need not wait.
    return session.scalar(statement.with_for_update(key_share=True) if lock else statement)


def get(session: Session, project_id: str) -> Project | None:
    return session.get(Project, project_id)


def visible(session: Session, *, user_id: str | None) -> list[Project]:
    """Projects by name; those of one member, or all where `user_id` is None."""
    statement = select(Project).order_by(Project.name, Project.id)
    if user_id is not None:
        statement = statement.join(Member, Member.project_id == Project.id).where(Member.user_id == user_id)
    return list(session.scalars(statement))


def is_member(session: Session, *, project_id: str, user_id: str) -> bool:
    return session.get(Member, (project_id, user_id)) is not None


def members(session: Session, project_id: str) -> list[tuple[Member, User]]:
    rows = session.execute(
        select(Member, User)
        .join(User, User.id == Member.user_id)
        .where(Member.project_id == project_id)
        .order_by(User.name, User.id)
    )
    return [(row[0], row[1]) for row in rows]


def remove_member(session: Session, *, project_id: str, user_id: str) -> None:
    session.execute(delete(Member).where(Member.project_id == project_id, Member.user_id == user_id))


def bump_revision(session: Session, project: Project, *, expected: int) -> bool:
    """Move the revision on by compare-and-set."""
    moved = session.scalar(
        update(Project)
        .where(Project.id == project.id, Project.revision == expected)
        .values(revision=expected + 1)
        .returning(Project.id)
    )
    return moved is not None


def image_counts(session: Session, project_id: str) -> dict[tuple[Domain, Split], int]:
    rows = session.execute(
        select(Image.domain, Image.split, func.count())
        .where(Image.project_id == project_id)
        .group_by(Image.domain, Image.split)
    )
    return {(row[0], row[1]): row[2] for row in rows}


def newest_round(session: Session, project_id: str) -> Round | None:
    return session.scalar(
        select(Round).where(Round.project_id == project_id).order_by(Round.round_index.desc()).limit(1)
    )
