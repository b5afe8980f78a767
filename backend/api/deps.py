"""What routes are given: sessions that commit before the answer leaves, who is asking, settings and blobs."""

import functools
import inspect
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Cookie, Depends, Header, Request
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from backend.config import Settings
from backend.db.session import Database, Session
from backend.domain.errors import Forbidden, Unauthenticated
from backend.services import access, auth
from backend.services.access import Actor
from backend.storage import BlobStore

COOKIE = "stal_session"
_bearer = HTTPBearer(auto_error=False, description="A token from `stal token` or POST /tokens.")


@dataclass(frozen=True, slots=True)
class Parts:
    """What one API process holds; made in `create_app`, kept in `app.state.parts`."""

    settings: Settings
    database: Database
    blobs: BlobStore


# These three do no work and wait for nothing, since `Route` ends transactions: async, they need no thread.
async def parts(request: Request) -> Parts:
    found: Parts = request.app.state.parts
    return found


PartsDep = Annotated[Parts, Depends(parts)]


async def unit_of_work(request: Request, parts: PartsDep) -> AsyncIterator[Session]:
    with parts.database.write() as session:
        request.state.unit_of_work = session  # for `errors`, which tells whether it was saved
        yield session


async def reading(parts: PartsDep) -> AsyncIterator[Session]:
    with parts.database.read() as session:
        yield session


class Route(APIRoute):
    """Commits, or rolls back, the transactions of a route in the thread that has worked on them.

    Turning the result into JSON takes a thread again, of which there are 40. If a transaction lasted until then, 40
    others that wait for its locks, or for its connection, would have them all, and nobody could go on.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint if _is_async(endpoint) else _ending_transactions(endpoint), **options)


def _is_async(endpoint: Callable[..., Any]) -> bool:
    return inspect.iscoroutinefunction(endpoint) or inspect.isasyncgenfunction(endpoint)


def _ending_transactions(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(endpoint)
    def run(**given: Any) -> Any:
        sessions = [value for value in given.values() if isinstance(value, Session)]
        try:
            result = endpoint(**given)
            for session in sessions:
                session.commit()
        except BaseException:
            for session in sessions:
                session.rollback()
            raise
        return result

    return run


# scope="function": nothing is left open once the answer is sent.
SessionDep = Annotated[Session, Depends(unit_of_work, scope="function")]
ReadDep = Annotated[Session, Depends(reading, scope="function")]


def any_actor(
    request: Request,
    parts: PartsDep,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)] = None,
    stal_session: Annotated[str | None, Cookie(include_in_schema=False)] = None,
) -> Actor:
    """Whoever is signed in."""
    if bearer is not None:
        return _authenticated(parts, bearer.credentials, kind="token")
    if stal_session is None:
        raise Unauthenticated("Sign in first, or send `Authorization: Bearer …` (`stal token` prints one).")
    _refuse_cross_site(request)
    return _authenticated(parts, stal_session, kind="session")


def admin_actor(actor: Annotated[Actor, Depends(any_actor)]) -> Actor:
    """An admin."""
    access.require_admin(actor)
    return actor


ActorDep = Annotated[Actor, Depends(any_actor)]
AdminDep = Annotated[Actor, Depends(admin_actor)]
LeaseToken = Annotated[str, Header(alias="Lease-Token", max_length=200)]


def _authenticated(parts: Parts, secret: str, *, kind: str) -> Actor:
    with parts.database.read() as session:
        found = auth.authenticate(session, secret, kinds=(kind,))
    if found.note_due:
        with parts.database.write() as session:
            auth.note_use(session, found.credential_id)
    return found.actor


def _refuse_cross_site(request: Request) -> None:
    """A cookie must not be made to act by another site's page."""
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    foreign_origin = origin is not None and urlsplit(origin).netloc != request.headers.get("host")
    if site not in (None, "same-origin", "none") or (site is None and foreign_origin):
        raise Forbidden("This request comes from another site's page.")
