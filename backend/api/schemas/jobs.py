from datetime import datetime
from typing import Any

from pydantic import Field

from backend.api.schemas.base import View
from backend.domain.job_state import JobKind, JobState


class JobView(View):
    id: str
    kind: JobKind
    state: JobState
    project_id: str
    round_id: str | None
    attempt: int
    progress: float = Field(description="0 to 1")
    message: str
    eta_seconds: float | None
    metrics: dict[str, Any] = Field(default_factory=dict, description="live figures of the work, such as losses")
    error_code: str | None
    error: str | None
    result: dict[str, Any] | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class EventView(View):
    """One server-sent event: something of the project changed. Read the resource again; the event is only the bell."""

    id: int
    kind: str = Field(description="round | job | query | project")
    project_id: str
    payload: dict[str, Any]
    created_at: datetime


class Health(View):
    status: str
    parts: dict[str, str] = Field(default_factory=dict)
