"""Rounds: starting, watching, ending; what they asked and what they achieved."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Response

from backend.api.deps import ActorDep, AdminDep, ReadDep, Route, SessionDep
from backend.api.errors import raises
from backend.api.projects import config_of
from backend.api.schemas.base import Page
from backend.api.schemas.jobs import JobView
from backend.api.schemas.packets import box_view, pixels_url, region_mask, why_view
from backend.api.schemas.projects import RoundConfigBody
from backend.api.schemas.rounds import (
    CloseRound,
    CurvePoint,
    LearningCurve,
    MetricsView,
    NewRound,
    QueryView,
    RoundForecast,
    RoundView,
    TrainingLog,
)
from backend.db import images, jobs, queries
from backend.db import rounds as round_rows
from backend.db.session import Session
from backend.db.tables import Image, Round
from backend.db.tables import Query as QueryRow
from backend.domain.errors import (
    Conflict,
    IdempotencyMismatch,
    IllegalTransition,
    InvalidBudget,
    MissingData,
    NotFound,
    RoundOpen,
)
from backend.domain.regions import close_up_box
from backend.domain.round_config import Budget
from backend.services import access, metrics, rounds

router = APIRouter(tags=["rounds"], route_class=Route)
IdempotencyKey = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200)]


@router.post(
    "/projects/{slug}/rounds",
    status_code=202,
    responses={
        200: {"model": RoundForecast, "description": "dry_run: what it would cost; nothing was started"},
        **raises(NotFound, RoundOpen, IdempotencyMismatch, InvalidBudget, MissingData),
    },
)
def start_round(
    slug: str,
    body: NewRound,
    admin: AdminDep,
    session: SessionDep,
    response: Response,
    dry_run: bool = False,
    idempotency_key: IdempotencyKey = None,
) -> RoundView | RoundForecast:
    """Start the next round; it trains at once. With `dry_run`, say what it would cost."""
    request = rounds.Request(
        budget=None if body.budget is None else Budget(**body.budget.model_dump()),
        config=None if body.config is None else config_of(body.config),
        seed=body.seed,
    )
    if dry_run:
        response.status_code = 200
        return RoundForecast.model_validate(rounds.forecast(session, admin, slug, request))
    return _view(session, rounds.start(session, admin, slug, request, idempotency_key=idempotency_key))


@router.get("/projects/{slug}/rounds", responses=raises(NotFound))
def list_rounds(slug: str, actor: ActorDep, session: ReadDep) -> Page[RoundView]:
    """All rounds, newest first."""
    project = access.project_by_slug(session, actor, slug)
    return Page(items=[_view(session, found) for found in round_rows.of_project(session, project.id)])


@router.get("/rounds/{round_id}", responses=raises(NotFound))
def get_round(round_id: str, actor: ActorDep, session: ReadDep) -> RoundView:
    """One round, with the job at work on it."""
    return _view(session, access.round_by_id(session, actor, round_id))


@router.post("/rounds/{round_id}/close", responses=raises(NotFound, Conflict, IllegalTransition))
def close_round(round_id: str, body: CloseRound, admin: AdminDep, session: SessionDep) -> RoundView:
    """End labelling."""
    return _view(session, rounds.close(session, admin, round_id, discard_open=body.discard_open))


@router.post("/rounds/{round_id}/cancel", responses=raises(NotFound, IllegalTransition))
def cancel_round(round_id: str, admin: AdminDep, session: SessionDep) -> RoundView:
    """Give the round up; its answers stay."""
    return _view(session, rounds.cancel(session, admin, round_id))


@router.post("/rounds/{round_id}/retry", responses=raises(NotFound, IllegalTransition))
def retry_round(round_id: str, admin: AdminDep, session: SessionDep) -> RoundView:
    """Go on with a failed round where it stopped."""
    return _view(session, rounds.retry(session, admin, round_id))


@router.get("/rounds/{round_id}/queries", responses=raises(NotFound))
def list_queries(
    round_id: str,
    admin: AdminDep,
    session: ReadDep,
    cursor: Annotated[int, Query(ge=-1, lt=2**31)] = -1,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Page[QueryView]:
    """The regions asked, in acquisition order."""
    access.round_by_id(session, admin, round_id)
    found = queries.page(session, round_id, after=cursor, limit=limit)
    on_images = images.by_ids(session, [query.image_id for query in found])
    return Page(
        items=[_query(query, on_images[query.image_id]) for query in found],
        next_cursor=str(found[-1].rank) if len(found) == limit else None,
    )


@router.get("/rounds/{round_id}/metrics", responses=raises(NotFound))
def get_metrics(round_id: str, actor: ActorDep, session: ReadDep) -> MetricsView:
    """What its networks are worth: IoU by class, boundary IoU, calibration, for teacher, student and best teacher."""
    return MetricsView.model_validate(metrics.of_round(session, actor, round_id))


@router.get("/rounds/{round_id}/training-log", responses=raises(NotFound))
def get_training_log(round_id: str, actor: ActorDep, session: ReadDep) -> TrainingLog:
    """Losses along the way."""
    return TrainingLog(rows=access.round_by_id(session, actor, round_id).training_log)


@router.get("/projects/{slug}/learning-curve", responses=raises(NotFound))
def get_learning_curve(slug: str, actor: ActorDep, session: ReadDep) -> LearningCurve:
    """MIoU of each round, against the human work that it learned from."""
    return LearningCurve(
        points=[CurvePoint.model_validate(point) for point in metrics.learning_curve(session, actor, slug)]
    )


def _view(session: Session, round_: Round) -> RoundView:
    job = jobs.newest_of_round(session, round_.id)
    return RoundView(
        id=round_.id,
        project_id=round_.project_id,
        round_index=round_.round_index,
        state=round_.state,
        failed_in=round_.failed_in,
        config=RoundConfigBody.model_validate(round_.config),
        seed=round_.seed,
        num_queries=round_.num_queries,
        num_resolved=round_.num_resolved,
        miou=round_.miou,
        error_code=round_.error_code,
        error=round_.error,
        started_by=round_.started_by,
        created_at=round_.created_at,
        finished_at=round_.finished_at,
        manifest_sha256=round_.manifest_key,
        checkpoint_in=round_.checkpoint_in,
        checkpoint_out=round_.checkpoint_out,
        commit=round_.commit,
        job=None if job is None else JobView.model_validate(job),
    )


def _query(query: QueryRow, image: Image) -> QueryView:
    box = close_up_box(box_view(query).value(), image_width=image.width, image_height=image.height)
    return QueryView(
        id=query.id,
        image_id=query.image_id,
        rank=query.rank,
        unit=query.unit,
        box=box_view(query),
        region=region_mask(query),
        state=query.state,
        why=why_view(query),
        resolution=query.resolution,
        close_up_url=pixels_url(image.id, box),
        revision=query.revision,
    )
