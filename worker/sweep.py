"""A timer in every worker: find orphaned jobs and lost bells, forget old events. Any number may run at once."""

import threading

import structlog

from backend.config import Settings
from backend.db import events
from backend.db.session import Database
from backend.domain.errors import TransientError
from backend.services import jobs

log = structlog.get_logger()


def sweep_forever(settings: Settings, database: Database, stopping: threading.Event) -> None:
    """Sweep until `stopping`; a database that is away is tried again."""
    while True:
        try:
            with database.write() as session:
                touched = jobs.sweep(session, orphan_seconds=settings.orphan_seconds)
                events.delete_old(session, hours=settings.event_retention_hours)
            if touched:
                log.info("jobs_swept", num_jobs=touched)
        except TransientError as error:
            log.warning("sweep_failed", code=error.code)
        except Exception:
            log.exception("sweep_crashed")  # a worker that does not sweep any more would look healthy
        if stopping.wait(settings.orphan_seconds / 2):
            return
