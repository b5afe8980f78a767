"""What routes are given: sessions that commit before the answer leaves, who is asking, settings and blobs."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Cookie, Depends, Header, Request
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


def parts(request: Request) -> Parts:
    found: Parts = request.app.state.parts
    return found


PartsDep = Annotated[Parts, Depends(parts)]


def unit_of_work(parts: PartsDep) -> Iterator[Session]:
    with parts.database.write() as session:
        yield session


def reading(parts: PartsDep) -> Iterator[Session]:
    with parts.database.read() as session:
        yield session


# scope="function": the commit comes before the answer is sent. FastAPI's default would commit behind a 200.
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
