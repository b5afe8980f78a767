"""For operators: is it alive, can it work, how much of everything."""

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from backend import queue
from backend.api.deps import PartsDep
from backend.api.schemas.jobs import Health
from backend.domain.errors import TransientError

router = APIRouter(tags=["health"])


@router.get("/livez")
def livez() -> Health:
    """The process answers."""
    return Health(status="ok")


@router.get("/readyz", responses={503: {"model": Health, "description": "a part is away"}})
def readyz(parts: PartsDep) -> JSONResponse:
    """Database, blobs and queue answer."""
    checks = {"database": parts.database.check, "storage": parts.blobs.check, "queue": queue.check}
    state: dict[str, str] = {}
    for name, check in checks.items():
        try:
            check()
            state[name] = "ok"
        except TransientError as error:
            state[name] = error.message
    ready = all(value == "ok" for value in state.values())
    return JSONResponse(Health(status="ok" if ready else "degraded", parts=state).model_dump(), 200 if ready else 503)


@router.get("/metrics", include_in_schema=False)
def metrics() -> Response:
    """Prometheus."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
