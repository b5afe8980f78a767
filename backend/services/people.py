"""What people have done, and what suggestions do to their answers."""

from dataclasses import dataclass, fields
from datetime import datetime

from backend.db import people, users
from backend.db.people import Counts
from backend.db.session import Session
from backend.db.tables import User
from backend.domain.errors import NotFound
from backend.domain.proportions import Counted, Difference, difference_of
from backend.services import access
from backend.services.access import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """Of one person in a project, or of all of them together (`user` is None)."""

    user: User | None
    counts: Counts

    @property
    def answers_per_minute(self) -> float | None:
        """Of active time; None where there was none."""
        seconds = self.counts.active_seconds
        return 60 * self.counts.answers / seconds if seconds > 0 else None

    @property
    def accepted_share(self) -> float | None:
        """Of the answers that could have been an acceptance: they name a class, and a suggestion was seen."""
        return Counted(hits=self.counts.accepted_shown, total=self.counts.shown).share


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Everybody of a project.

    Attributes:
        items: its members and whoever else has answered, by name.
        total: of all of them.
        automation_bias: how much larger the share of answers that agree with the suggestion is where it was seen.
    """

    items: list[Statistics]
    total: Statistics
    automation_bias: Difference


def of_project(session: Session, actor: Actor, slug: str) -> People:
    """What everybody has done; admins only."""
    access.require_admin(actor)
    project = access.project_by_slug(session, actor, slug)
    found = people.counts(session, project.id)
    who = people.users_of(session, project.id, also=list(found))
    total = _sum(list(found.values()))
    return People(
        items=[Statistics(user=user, counts=found.get(user.id, Counts())) for user in who],
        total=Statistics(user=None, counts=total),
        automation_bias=difference_of(
            Counted(hits=total.shown_agreeing, total=total.shown),
            Counted(hits=total.hidden_agreeing, total=total.hidden),
        ),
    )


def of_oneself(session: Session, actor: Actor, slug: str) -> Statistics:
    """What the actor has done in a project."""
    project = access.project_by_slug(session, actor, slug)
    user = users.get(session, actor.user_id)
    if user is None:
        raise NotFound("You have been removed.", user_id=actor.user_id)
    found = people.counts(session, project.id, user_id=user.id)
    return Statistics(user=user, counts=found.get(user.id, Counts()))


def _sum(counts: list[Counts]) -> Counts:
    """Counts and seconds added up, and the last of the times."""
    times: list[datetime] = [one.last_answer_at for one in counts if one.last_answer_at is not None]
    names = [field.name for field in fields(Counts) if field.name != "last_answer_at"]
    return Counts(
        **{name: sum(getattr(one, name) for one in counts) for name in names},
        last_answer_at=max(times, default=None),
    )
