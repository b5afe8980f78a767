"""Who is asking, and what they may see. People belong to projects by membership; admins see all."""

from dataclasses import dataclass

from backend.db import projects, rounds
from backend.db.session import Session
from backend.db.tables import Project, Round
from backend.domain.errors import Forbidden, NotFound
from backend.domain.vocabulary import UserRole


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A person or script that has proved who it is."""

    user_id: str
    email: str
    name: str
    role: UserRole

    @property
    def is_admin(self) -> bool:
        return self.role is UserRole.ADMIN


def require_admin(actor: Actor) -> None:
    """Raise `Forbidden` for everybody else."""
    if not actor.is_admin:
        raise Forbidden("Only an admin may do this. Ask one, or sign in as one.")


def project_by_slug(session: Session, actor: Actor, slug: str) -> Project:
    """The project, for its members and for admins.

    Raises:
        NotFound: there is none, or the actor is not its member; nobody else learns that it exists.
    """
    project = projects.by_slug(session, slug)
    if project is None or not _sees(session, actor, project.id):
        raise NotFound(f"There is no project {slug!r} that you can see.", slug=slug)
    return project


def project_by_id(session: Session, actor: Actor, project_id: str) -> Project:
    """As `project_by_slug`."""
    project = projects.get(session, project_id)
    if project is None or not _sees(session, actor, project_id):
        raise NotFound("There is no such project that you can see.")
    return project


def round_by_id(session: Session, actor: Actor, round_id: str) -> Round:
    """The round of a project that the actor can see."""
    round_ = rounds.get(session, round_id)
    if round_ is None or not _sees(session, actor, round_.project_id):
        raise NotFound("There is no such round that you can see.", round_id=round_id)
    return round_


def _sees(session: Session, actor: Actor, project_id: str) -> bool:
    return actor.is_admin or projects.is_member(session, project_id=project_id, user_id=actor.user_id)
