"""Queries of people and their secrets."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update

from backend.db.base import now
from backend.db.session import Session
from backend.db.tables import Credential, User
from backend.domain.vocabulary import UserRole


def get(session: Session, user_id: str) -> User | None:
    return session.get(User, user_id)


def by_email(session: Session, email: str) -> User | None:
    return session.scalar(select(User).where(User.email == email))


def all_users(session: Session) -> list[User]:
    return list(session.scalars(select(User).order_by(User.created_at, User.id)))


def set_preferences(session: Session, user_id: str, preferences: dict[str, Any]) -> None:
    session.execute(update(User).where(User.id == user_id).values(preferences=preferences))


def lock_active_admins(session: Session) -> list[str]:
    """Their ids; none of them can be changed by another until the transaction ends."""
    admins = select(User.id).where(User.role == UserRole.ADMIN, User.is_active).order_by(User.id)
    return list(session.scalars(admins.with_for_update(key_share=True)))


def live_credential(session: Session, secret_sha256: str, kinds: tuple[str, ...]) -> tuple[Credential, User] | None:
    """The credential of this secret with its user, unless it has ended or the user was switched off."""
    row = session.execute(
        select(Credential, User)
        .join(User, User.id == Credential.user_id)
        .where(
            Credential.secret_sha256 == secret_sha256,
            Credential.kind.in_(kinds),
            User.is_active,
            (Credential.expires_at.is_(None)) | (Credential.expires_at > now()),
        )
    ).one_or_none()
    return None if row is None else (row[0], row[1])


def take_credential(session: Session, secret_sha256: str, kind: str) -> str | None:
    """Use up a one-time secret; the id of its user, once and never again."""
    return session.scalar(
        delete(Credential)
        .where(Credential.secret_sha256 == secret_sha256, Credential.kind == kind, Credential.expires_at > now())
        .returning(Credential.user_id)
    )


def touch(session: Session, credential_id: str, moment: datetime) -> None:
    session.execute(update(Credential).where(Credential.id == credential_id).values(last_used_at=moment))


def tokens_of(session: Session, user_id: str) -> list[Credential]:
    return list(
        session.scalars(
            select(Credential)
            .where(Credential.user_id == user_id, Credential.kind == "token")
            .order_by(Credential.created_at, Credential.id)
        )
    )


def delete_token(session: Session, *, token_id: str, user_id: str) -> bool:
    deleted = session.scalar(
        delete(Credential)
        .where(Credential.id == token_id, Credential.user_id == user_id, Credential.kind == "token")
        .returning(Credential.id)
    )
    return deleted is not None


def delete_sessions(session: Session, user_id: str) -> None:
    session.execute(delete(Credential).where(Credential.user_id == user_id, Credential.kind.in_(("session", "link"))))
