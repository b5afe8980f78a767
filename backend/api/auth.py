"""Signing in and out; users and tokens."""

from datetime import timedelta

from fastapi import APIRouter, Response

from backend.api.deps import COOKIE, ActorDep, AdminDep, Parts, PartsDep, ReadDep, Route, SessionDep
from backend.api.errors import raises
from backend.api.schemas.auth import (
    FreshToken,
    Login,
    MeView,
    NewToken,
    NewUser,
    Preferences,
    SignInLink,
    SignInUrl,
    TokenView,
    UserChange,
    UserView,
)
from backend.api.schemas.base import Page
from backend.db import users
from backend.domain.errors import Conflict, InvalidInput, NotFound, TooManyRequests, Unauthenticated
from backend.services import auth
from backend.services.throttle import Throttle

router = APIRouter(tags=["auth"], route_class=Route)
_failures = Throttle(limit=10, seconds=300)


@router.post("/auth/login", responses=raises(Unauthenticated, TooManyRequests, InvalidInput))
def login(body: Login, reading: ReadDep, session: SessionDep, parts: PartsDep, response: Response) -> UserView:
    """Sign in with e-mail and password; sets the session cookie."""
    key = body.email.lower()
    _failures.check(key)
    try:
        # Hashing takes a while: not in a transaction that keeps others from writing.
        user = auth.check_password(reading, email=body.email, password=body.password.get_secret_value())
    except Unauthenticated:
        _failures.note(key)
        raise
    _set_cookie(response, parts, auth.issue(session, user.id, kind="session", life=_session_life(parts)).text)
    return UserView.model_validate(user)


@router.post("/auth/sign-in-link", responses=raises(Unauthenticated, InvalidInput))
def sign_in_link(body: SignInLink, session: SessionDep, parts: PartsDep, response: Response) -> UserView:
    """Sign in with the token of a one-time link."""
    user = auth.redeem_link(session, body.token.get_secret_value())
    _set_cookie(response, parts, auth.issue(session, user.id, kind="session", life=_session_life(parts)).text)
    return UserView.model_validate(user)


@router.post("/auth/logout", status_code=204, responses=raises(Unauthenticated))
def logout(actor: ActorDep, session: SessionDep, parts: PartsDep, response: Response) -> None:
    """End all browser sessions of the caller, and remove the cookie."""
    users.delete_sessions(session, actor.user_id)
    response.delete_cookie(COOKIE, secure=parts.settings.secure_cookies, httponly=True, samesite="lax")


@router.get("/auth/me", responses=raises(Unauthenticated))
def me(actor: ActorDep, session: ReadDep) -> MeView:
    """Who I am, and how I like it."""
    return MeView.model_validate(users.get(session, actor.user_id))


@router.put("/auth/me/preferences", responses=raises(Unauthenticated, InvalidInput))
def set_preferences(body: Preferences, actor: ActorDep, session: SessionDep) -> Preferences:
    """Replace my preferences."""
    auth.set_preferences(session, actor, body.model_dump())
    return body


@router.get("/users", responses=raises(Unauthenticated))
def list_users(_admin: AdminDep, session: ReadDep) -> Page[UserView]:
    """Everybody."""
    return Page(items=[UserView.model_validate(user) for user in users.all_users(session)])


@router.post("/users", status_code=201, responses=raises(Conflict, InvalidInput))
def create_user(body: NewUser, _admin: AdminDep, session: SessionDep) -> UserView:
    """Add a person."""
    password = None if body.password is None else body.password.get_secret_value()
    user = auth.create_user(session, email=body.email, name=body.name, role=body.role, password=password)
    return UserView.model_validate(user)


@router.patch("/users/{user_id}", responses=raises(NotFound, Conflict, InvalidInput))
def change_user(user_id: str, body: UserChange, _admin: AdminDep, session: SessionDep) -> UserView:
    """Change name, role or password, or switch off."""
    password = None if body.password is None else body.password.get_secret_value()
    user = auth.change_user(
        session, user_id, name=body.name, role=body.role, is_active=body.is_active, password=password
    )
    return UserView.model_validate(user)


@router.post("/users/{user_id}/sign-in-link", status_code=201, responses=raises(NotFound))
def create_sign_in_link(user_id: str, _admin: AdminDep, session: SessionDep, parts: PartsDep) -> SignInUrl:
    """A one-time link that signs this person in; hand it over yourself."""
    if users.get(session, user_id) is None:
        raise NotFound("There is no such user.", user_id=user_id)
    life = timedelta(minutes=parts.settings.sign_in_link_minutes)
    secret = auth.issue(session, user_id, kind="link", life=life)
    return SignInUrl(url=f"{parts.settings.public_url}/sign-in?token={secret.text}", expires_at=secret.expires_at)


@router.get("/tokens", responses=raises(Unauthenticated))
def list_tokens(actor: ActorDep, session: ReadDep) -> Page[TokenView]:
    """My bearer tokens."""
    return Page(items=[TokenView.model_validate(token) for token in users.tokens_of(session, actor.user_id)])


@router.post("/tokens", status_code=201, responses=raises(InvalidInput))
def create_token(body: NewToken, actor: ActorDep, session: SessionDep) -> FreshToken:
    """A bearer token for scripts, with my role. It is shown once."""
    life = None if body.expires_in_days is None else timedelta(days=body.expires_in_days)
    secret = auth.issue(session, actor.user_id, kind="token", life=life, name=body.name)
    stored = next(token for token in users.tokens_of(session, actor.user_id) if token.id == secret.id)
    return FreshToken(**TokenView.model_validate(stored).model_dump(), token=secret.text)


@router.delete("/tokens/{token_id}", status_code=204, responses=raises(NotFound))
def delete_token(token_id: str, actor: ActorDep, session: SessionDep) -> None:
    """End one of my tokens."""
    if not users.delete_token(session, token_id=token_id, user_id=actor.user_id):
        raise NotFound("You have no such token.", token_id=token_id)


def _session_life(parts: Parts) -> timedelta:
    return timedelta(hours=parts.settings.session_hours)


def _set_cookie(response: Response, parts: Parts, secret: str) -> None:
    response.set_cookie(
        COOKIE,
        secret,
        max_age=int(_session_life(parts).total_seconds()),
        httponly=True,
        samesite="lax",
        secure=parts.settings.secure_cookies,
    )
