"""For operators: is it alive, can it work, how much of everything."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from backend import queue
from backend.api.deps import PartsDep
from backend.api.schemas.jobs import Health
from backend.domain.errors import TransientError

router = APIRouter(tags=["health"])
log = structlog.get_logger()
PART_SECONDS = 4.0  # s that a part has to answer; less than those who ask have patience for


@dataclass(slots=True)
class PartChecks:
    """Asks parts whether they answer: each in a thread of its own, and one that hangs is not asked a second time.

    So neither a crowd that has all threads of the API nor a database that hangs can keep anybody from being told.
    """

    _asked: dict[str, Future[str]] = field(default_factory=dict)

    async def ask(self, name: str, check: Callable[[], None]) -> str:
        """What is wrong with a part; `ok` if nothing is."""
        asked = self._asked.get(name)
        if asked is None or asked.done():
            asked = self._asked[name] = Future()
            # A daemon, unlike an executor's threads: a part that hangs must not hold up the end of the process.
            threading.Thread(target=_check, args=(name, check, asked), name=f"check-{name}", daemon=True).start()
        try:
            return await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(asked)), PART_SECONDS)
        except TimeoutError:
            return f"No answer within {PART_SECONDS:.0f} s."


def _check(name: str, check: Callable[[], None], answer: Future[str]) -> None:
    try:
        check()
        answer.set_result("ok")
    except TransientError as error:
        answer.set_result(error.message)
    except Exception as error:
        log.exception("check_crashed", part=name)
        answer.set_result(f"The check failed with {type(error).__name__}; the log says more.")


async def _checks(request: Request) -> PartChecks:
    found: PartChecks = request.app.state.part_checks
    return found


@router.get("/livez")
async def livez() -> Health:
    """The process answers. Needs no thread, so it answers while all of them wait for a database."""
    return Health(status="ok")


@router.get("/readyz", responses={503: {"model": Health, "description": "a part is away"}})
async def readyz(parts: PartsDep, checks: Annotated[PartChecks, Depends(_checks)]) -> JSONResponse:
    """Database, blobs and queue answer, each within 4 s."""
    asked = {"database": parts.database.check, "storage": parts.blobs.check, "queue": queue.check}
    said = await asyncio.gather(*(checks.ask(name, check) for name, check in asked.items()))
    state = dict(zip(asked, said, strict=True))
    ready = all(value == "ok" for value in said)
    return JSONResponse(Health(status="ok" if ready else "degraded", parts=state).model_dump(), 200 if ready else 503)


@router.get("/metrics", include_in_schema=False)
def metrics() -> Response:
    """Prometheus."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
