"""Projects and their members."""

from collections.abc import Sequence

from fastapi import APIRouter

from backend.api.deps import ActorDep, AdminDep, ReadDep, Route, SessionDep
from backend.api.errors import raises
from backend.api.schemas.base import Page
from backend.api.schemas.projects import (
    ImageCounts,
    LabelClassBody,
    LabelClassView,
    MemberView,
    NewMember,
    NewProject,
    ProjectChange,
    ProjectRound,
    ProjectView,
    RoundConfigBody,
)
from backend.db.tables import Member, User
from backend.domain.errors import Conflict, InvalidSchema, NotFound, RoundOpen, StaleRevision
from backend.domain.round_config import RoundConfig
from backend.services import access, configs, projects
from backend.services.projects import ClassRow, ProjectOverview

router = APIRouter(tags=["projects"], route_class=Route)


@router.get("/projects")
def list_projects(actor: ActorDep, session: ReadDep) -> Page[ProjectView]:
    """The projects I can see, by name."""
    return Page(items=[_view(found) for found in projects.visible(session, actor)])


@router.post("/projects", status_code=201, responses=raises(Conflict, InvalidSchema))
def create_project(body: NewProject, admin: AdminDep, session: SessionDep) -> ProjectView:
    """A new, empty project."""
    project = projects.create(
        session,
        admin,
        slug=body.slug,
        name=body.name,
        classes=_class_rows(body.classes),
        config=config_of(body.config),
        guidelines=_guidelines(body.classes),
    )
    return _view(projects.overview(session, project))


@router.get("/projects/{slug}", responses=raises(NotFound))
def get_project(slug: str, actor: ActorDep, session: ReadDep) -> ProjectView:
    """One project with its label schema, its defaults and its newest round."""
    return _view(projects.overview(session, access.project_by_slug(session, actor, slug)))


@router.patch("/projects/{slug}", responses=raises(NotFound, StaleRevision, InvalidSchema))
def change_project(slug: str, body: ProjectChange, admin: AdminDep, session: SessionDep) -> ProjectView:
    """Change the name, the classes' names, colours, keys and guidelines, or the defaults of coming rounds."""
    project = projects.change(
        session,
        admin,
        slug,
        revision=body.revision,
        name=body.name,
        classes=None if body.classes is None else _class_rows(body.classes),
        config=None if body.config is None else config_of(body.config),
        guidelines=_guidelines(body.classes or ()),
    )
    return _view(projects.overview(session, project))


@router.delete("/projects/{slug}", status_code=204, responses=raises(NotFound, RoundOpen))
def delete_project(slug: str, admin: AdminDep, session: SessionDep) -> None:
    """Remove a project with everything in it."""
    projects.delete(session, admin, slug)


@router.get("/projects/{slug}/members", responses=raises(NotFound))
def list_members(slug: str, admin: AdminDep, session: ReadDep) -> Page[MemberView]:
    """Who may label here, beside the admins."""
    return Page(items=[_member(*row) for row in projects.members(session, admin, slug)])


@router.post("/projects/{slug}/members", status_code=201, responses=raises(NotFound))
def add_member(slug: str, body: NewMember, admin: AdminDep, session: SessionDep) -> MemberView:
    """Let a person label here."""
    return _member(*projects.add_member(session, admin, slug, email=body.email))


@router.delete("/projects/{slug}/members/{user_id}", status_code=204, responses=raises(NotFound))
def remove_member(slug: str, user_id: str, admin: AdminDep, session: SessionDep) -> None:
    """End a person's access; the answers stay."""
    projects.remove_member(session, admin, slug, user_id=user_id)


def config_of(body: RoundConfigBody) -> RoundConfig:
    return configs.from_json(body.model_dump())


def _class_rows(classes: Sequence[LabelClassBody]) -> list[ClassRow]:
    return [(one.class_id, one.name, one.color, one.hotkey) for one in classes]


def _guidelines(classes: Sequence[LabelClassBody]) -> dict[int, str]:
    return {one.class_id: one.guideline for one in classes if one.guideline is not None}


def _view(found: ProjectOverview) -> ProjectView:
    project = found.project
    return ProjectView(
        id=project.id,
        slug=project.slug,
        name=project.name,
        revision=project.revision,
        schema_version=project.schema_version,
        classes=[LabelClassView(**({"guideline": ""} | label_class)) for label_class in project.classes],
        config=RoundConfigBody.model_validate(project.config),
        images=ImageCounts.model_validate(found.images),
        current_round=None if found.current_round is None else ProjectRound.model_validate(found.current_round),
        created_at=project.created_at,
    )


def _member(member: Member, user: User) -> MemberView:
    return MemberView(user_id=user.id, email=user.email, name=user.name, added_at=member.added_at)
