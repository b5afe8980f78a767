"""Signing in: passwords (argon2), one-time links, browser sessions, bearer tokens. Secrets are kept as hashes only."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pwdlib import PasswordHash

from backend.db import users
from backend.db.base import now
from backend.db.session import Session
from backend.db.tables import Credential, User
from backend.domain.errors import Conflict, InvalidInput, NotFound, Unauthenticated
from backend.domain.vocabulary import UserRole
from backend.services.access import Actor

MIN_PASSWORD = 10  # characters
TOUCH_SECONDS = 60  # s; a secret's last use is written at most so often

_hasher = PasswordHash.recommended()
# Verified against where there is no such user, so that the time of an answer does not tell who exists.
_nobody = _hasher.hash(secrets.token_hex())


@dataclass(frozen=True, slots=True)
class Secret:
    """A fresh secret; shown once."""

    id: str
    text: str
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Authenticated:
    """Somebody proved; `note_due` says that the time of this use should be written."""

    actor: Actor
    credential_id: str
    note_due: bool


def digest(secret: str) -> str:
    """SHA-256 of a secret with 256 random bits of its own, which needs no salt and no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def actor_of(user: User) -> Actor:
    return Actor(user_id=user.id, email=user.email, name=user.name, role=user.role)


def create_user(session: Session, *, email: str, name: str, role: UserRole, password: str | None = None) -> User:
    """Add a person.

    Raises:
        Conflict: the address is taken.
        InvalidInput: the password is too short.
    """
    email = email.lower()
    if users.by_email(session, email) is not None:
        raise Conflict(f"There is already a user {email}.", email=email)
    user = User(email=email, name=name, role=role, password_hash=_hash(password))
    session.add(user)
    session.flush()
    return user


def change_user(
    session: Session,
    user_id: str,
    *,
    name: str | None = None,
    role: UserRole | None = None,
    is_active: bool | None = None,
    password: str | None = None,
) -> User:
    """Change what is given. Switching off, or a new password or role, ends the person's browser sessions."""
    admins = users.lock_active_admins(session)  # two who switch each other off must not both succeed
    user = users.get(session, user_id)
    if user is None:
        raise NotFound("There is no such user.", user_id=user_id)
    user.name = name if name is not None else user.name
    user.role = role if role is not None else user.role
    user.is_active = is_active if is_active is not None else user.is_active
    if password is not None:
        user.password_hash = _hash(password)
    session.flush()
    if admins == [user.id] and not (user.role is UserRole.ADMIN and user.is_active):
        raise Conflict("The last active admin cannot be switched off or lose the role.")
    if role is not None or is_active is False or password is not None:
        users.delete_sessions(session, user.id)
    return user


def set_preferences(session: Session, actor: Actor, preferences: dict[str, Any]) -> None:
    """Replace the preferences of whoever asks; what is in them is the browser app's business."""
    users.set_preferences(session, actor.user_id, preferences)


def check_password(session: Session, *, email: str, password: str) -> User:
    """The user.

    Raises:
        Unauthenticated: no such user, switched off, or another password; which of them is not told.
    """
    user = users.by_email(session, email.lower())
    stored = user.password_hash if user is not None and user.password_hash is not None else _nobody
    matches = _hasher.verify(password, stored)
    if user is None or not user.is_active or user.password_hash is None or not matches:
        raise Unauthenticated("That e-mail and password do not belong together.")
    return user


def issue(session: Session, user_id: str, *, kind: str, life: timedelta | None, name: str = "") -> Secret:
    """A fresh secret of kind `session`, `token` or `link`."""
    text = secrets.token_urlsafe(32)
    credential = Credential(
        user_id=user_id,
        kind=kind,
        secret_sha256=digest(text),
        name=name,
        expires_at=None if life is None else now() + life,
    )
    session.add(credential)
    session.flush()
    return Secret(credential.id, text, credential.expires_at)


def authenticate(session: Session, secret: str, *, kinds: tuple[str, ...]) -> Authenticated:
    """Who holds this session cookie or bearer token.

    Raises:
        Unauthenticated: nobody, or not any more.
    """
    found = users.live_credential(session, digest(secret), kinds)
    if found is None:
        raise Unauthenticated("You are not signed in, or the session has ended. Sign in again; nothing is lost.")
    credential, user = found
    used = credential.last_used_at
    due = used is None or (now() - used).total_seconds() > TOUCH_SECONDS
    return Authenticated(actor_of(user), credential.id, due)


def note_use(session: Session, credential_id: str) -> None:
    """Write when a secret was last used."""
    users.touch(session, credential_id, now())


def redeem_link(session: Session, secret: str) -> User:
    """The user of a one-time link, which is used up.

    Raises:
        Unauthenticated: used before, too old, or unknown.
    """
    user_id = users.take_credential(session, digest(secret), "link")
    user = None if user_id is None else users.get(session, user_id)
    if user is None or not user.is_active:
        raise Unauthenticated(
            "This sign-in link was used already or is too old. Ask for a new one (`stal token --link`)."
        )
    return user


def ensure_admin(session: Session, *, email: str, password: str | None) -> User:
    """The first admin, made on the first start."""
    user = users.by_email(session, email.lower())
    if user is not None:
        return user
    return create_user(session, email=email, name="Admin", role=UserRole.ADMIN, password=password)


def _hash(password: str | None) -> str | None:
    if password is None:
        return None
    if len(password) < MIN_PASSWORD:
        raise InvalidInput(f"A password has at least {MIN_PASSWORD} characters.")
    return _hasher.hash(password)
