"""Jobs, and the stream of events."""

import asyncio
from collections.abc import AsyncIterable
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query
from fastapi.concurrency import run_in_threadpool
from fastapi.sse import EventSourceResponse, ServerSentEvent

from backend.api.deps import ActorDep, AdminDep, Parts, PartsDep, ReadDep, Route, SessionDep
from backend.api.errors import raises
from backend.api.schemas.base import Page
from backend.api.schemas.jobs import EventView, JobView
from backend.db import events as event_rows
from backend.db import jobs as job_rows
from backend.domain.errors import Conflict, IllegalTransition, NotFound
from backend.services import access, jobs

router = APIRouter(tags=["jobs"], route_class=Route)
STREAM_SECONDS = 600  # s; then the browser connects again, so that an ended session does not listen for ever
OVERLAP = 64  # ids; looked at again, since a lower id may be committed after a higher one


def _subscription(
    actor: ActorDep, parts: PartsDep, project: Annotated[str, Query(description="slug")]
) -> tuple[str, int]:
    """The project's id and the newest event, or a refusal while there still is a status to send it with."""
    with parts.database.read() as session:
        return access.project_by_slug(session, actor, project).id, event_rows.newest_id(session)


SubscriptionDep = Annotated[tuple[str, int], Depends(_subscription)]


@router.get("/projects/{slug}/jobs", responses=raises(NotFound))
def list_jobs(
    slug: str, actor: ActorDep, session: ReadDep, limit: Annotated[int, Query(ge=1, le=200)] = 50
) -> Page[JobView]:
    """The newest jobs."""
    project = access.project_by_slug(session, actor, slug)
    return Page(items=[JobView.model_validate(job) for job in job_rows.of_project(session, project.id, limit=limit)])


@router.get("/jobs/{job_id}", responses=raises(NotFound))
def get_job(job_id: str, actor: ActorDep, session: ReadDep) -> JobView:
    """Progress of one job, with its ETA."""
    return JobView.model_validate(jobs.find(session, actor, job_id))


@router.post("/jobs/{job_id}/cancel", responses=raises(NotFound, IllegalTransition, Conflict))
def cancel_job(job_id: str, admin: AdminDep, session: SessionDep) -> JobView:
    """Stop a job. A round's job is stopped with its round."""
    return JobView.model_validate(jobs.cancel(session, admin, job_id))


@router.get(
    "/events",
    response_class=EventSourceResponse,
    responses={200: {"model": EventView, "description": "the data of each event"}, **raises(NotFound)},
)
async def stream_events(
    parts: PartsDep,
    subscribed: SubscriptionDep,
    last_event_id: Annotated[int | None, Header(alias="Last-Event-ID", ge=0, lt=2**62)] = None,
) -> AsyncIterable[ServerSentEvent]:
    """What changes in a project, as it happens. `Last-Event-ID` goes on where a connection broke."""
    project_id, newest = subscribed
    # An id from before the database was replaced by another is beyond ours; it must not make the stream silent.
    begin = newest if last_event_id is None else min(last_event_id, newest)
    last, sent = begin, set[int]()
    yield ServerSentEvent(comment="connected", retry=2000)
    for _ in range(int(STREAM_SECONDS / parts.settings.event_poll_seconds)):
        for event in await run_in_threadpool(_after, parts, project_id, max(begin, last - OVERLAP)):
            if event.id not in sent:
                sent.add(event.id)
                last = max(last, event.id)
                yield ServerSentEvent(data=event, event=event.kind, id=str(event.id))
        sent = {event_id for event_id in sent if event_id > last - OVERLAP}
        await asyncio.sleep(parts.settings.event_poll_seconds)


def _after(parts: Parts, project_id: str, event_id: int) -> list[EventView]:
    with parts.database.read() as session:
        found = event_rows.after(session, project_id=project_id, event_id=event_id, limit=500)
        return [EventView.model_validate(event) for event in found]
