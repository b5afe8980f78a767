"""Projects: a label schema, images, rounds, and the people who may see them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

from backend.db import projects, rounds, users
from backend.db.session import Session
from backend.db.tables import Member, Project, Round, User
from backend.domain.errors import Conflict, InvalidSchema, NotFound, RoundOpen, StaleRevision
from backend.domain.label_schema import LabelClass, build_schema
from backend.domain.round_config import RoundConfig
from backend.domain.vocabulary import Domain, Split
from backend.services import access, configs, events
from backend.services.access import Actor

ClassRow = tuple[int, str, str, str | None]  # class_id, name, color, hotkey
_NO_TEXTS: Mapping[int, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageCounts:
    source_train: int
    target_train: int
    target_val: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectOverview:
    """A project as lists and pages show it."""

    project: Project
    images: ImageCounts
    current_round: Round | None


def create(
    session: Session,
    actor: Actor,
    *,
    slug: str,
    name: str,
    classes: Sequence[ClassRow],
    config: RoundConfig,
    guidelines: Mapping[int, str] = _NO_TEXTS,
) -> Project:
    """A new, empty project. `guidelines` are by class id.

    Raises:
        InvalidSchema: see `build_schema`.
        Conflict: the slug is taken.
    """
    access.require_admin(actor)
    schema = build_schema(classes, guidelines)
    if projects.by_slug(session, slug) is not None:
        raise Conflict(f"There is already a project {slug!r}.", slug=slug)
    project = Project(slug=slug, name=name, classes=_to_json(schema), config=configs.to_json(config))
    session.add(project)
    session.flush()
    return project


def change(
    session: Session,
    actor: Actor,
    slug: str,
    *,
    revision: int,
    name: str | None = None,
    classes: Sequence[ClassRow] | None = None,
    config: RoundConfig | None = None,
    guidelines: Mapping[int, str] = _NO_TEXTS,
) -> Project:
    """Change what is given. Rounds keep the configuration that they were started with.

    `guidelines` are by class id and come with `classes`; a class that is left out keeps its text.

    Raises:
        StaleRevision: somebody else has changed the project since `revision` was read.
        InvalidSchema: classes were added or removed; stored labels and networks rely on their ids.
    """
    access.require_admin(actor)
    project = access.project_by_slug(session, actor, slug)
    if not projects.bump_revision(session, project, expected=revision):
        session.refresh(project)
        raise StaleRevision(
            f"The project has changed since you read it (revision {project.revision}, yours {revision}). "
            "Read it again and repeat your change.",
            current_revision=project.revision,
        )
    session.refresh(project)
    if name is not None:
        project.name = name
    if config is not None:
        project.config = configs.to_json(config)
    if classes is not None:
        texts = {one["class_id"]: one.get("guideline", "") for one in project.classes}  # older rows have none
        schema = build_schema(classes, texts | dict(guidelines))
        if len(schema) != len(project.classes):
            raise InvalidSchema(
                f"The project has {len(project.classes)} classes, and labels that use their ids; names, colours and "
                f"keys can change, their number cannot. Got {len(schema)}.",
            )
        project.classes = _to_json(schema)
        project.schema_version += 1
    events.emit(session, project_id=project.id, kind="project", payload={"revision": project.revision})
    return project


def delete(session: Session, actor: Actor, slug: str) -> None:
    """Remove a project with its images, rounds and answers.

    Raises:
        RoundOpen: cancel or close its round first.
    """
    access.require_admin(actor)
    project = projects.by_slug(session, slug, lock=True)  # so that no round starts meanwhile
    if project is None:
        raise NotFound(f"There is no project {slug!r}.", slug=slug)
    open_round = rounds.open_round(session, project.id)
    if open_round is not None:
        raise RoundOpen(
            f"Round {open_round.round_index} is {open_round.state.value}. Cancel or close it before deleting.",
            round_id=open_round.id,
        )
    session.delete(project)


def overview(session: Session, project: Project) -> ProjectOverview:
    counts = projects.image_counts(session, project.id)
    return ProjectOverview(
        project=project,
        images=ImageCounts(
            source_train=counts.get((Domain.SOURCE, Split.TRAIN), 0),
            target_train=counts.get((Domain.TARGET, Split.TRAIN), 0),
            target_val=counts.get((Domain.TARGET, Split.VAL), 0),
            total=sum(counts.values()),
        ),
        current_round=projects.newest_round(session, project.id),
    )


def visible(session: Session, actor: Actor) -> list[ProjectOverview]:
    """Every project that the actor can see, by name."""
    found = projects.visible(session, user_id=None if actor.is_admin else actor.user_id)
    return [overview(session, project) for project in found]


def members(session: Session, actor: Actor, slug: str) -> list[tuple[Member, User]]:
    access.require_admin(actor)
    return projects.members(session, access.project_by_slug(session, actor, slug).id)


def add_member(session: Session, actor: Actor, slug: str, *, email: str) -> tuple[Member, User]:
    """Let a person label in a project; adding twice changes nothing."""
    access.require_admin(actor)
    project = access.project_by_slug(session, actor, slug)
    user = users.by_email(session, email.lower())
    if user is None:
        raise NotFound(f"There is no user {email}. Create one first.", email=email)
    member = session.get(Member, (project.id, user.id))
    if member is None:
        member = Member(project_id=project.id, user_id=user.id)
        session.add(member)
        session.flush()
    return member, user


def remove_member(session: Session, actor: Actor, slug: str, *, user_id: str) -> None:
    access.require_admin(actor)
    project = access.project_by_slug(session, actor, slug)
    projects.remove_member(session, project_id=project.id, user_id=user_id)


def _to_json(schema: Sequence[LabelClass]) -> list[Any]:
    return [asdict(label_class) for label_class in schema]
