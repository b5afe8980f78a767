"""Works jobs in the test's own process: the same handlers and rows as a worker's child, without Celery around them."""

import threading
from collections.abc import Callable
from multiprocessing import Pipe

from sqlalchemy import select

from backend.config import Settings
from backend.db import jobs as job_rows
from backend.db.session import Database
from backend.db.tables import Job
from backend.domain.job_state import JobState
from backend.storage import BlobStore
from worker import process
from worker.messages import Work


def work_all(
    settings: Settings, database: Database, blobs: BlobStore, *, stop: Callable[[Job], bool] | None = None
) -> int:
    """Work segments until no job is queued, or `stop` says so of the job that is next. Returns how many."""
    segments = 0
    while (job := _next(database)) is not None and not (stop and stop(job)):
        work_segment(settings, database, blobs, job.id)
        segments += 1
        assert segments < 500, "this never ends"
    return segments


def work_segment(settings: Settings, database: Database, blobs: BlobStore, job_id: str) -> None:
    """Claim a job and work one segment of it, as the child of a foreman does."""
    with database.write() as session:
        job = job_rows.claim(session, job_id, worker="test")
    assert job is not None
    ours, theirs = Pipe()
    listening = threading.Thread(target=_drain, args=(ours,), daemon=True)
    listening.start()
    process.work(
        Work(job.id, job.attempt),
        settings,
        database,
        blobs,
        pipe=theirs,
        hurry=threading.Event(),
        drop=threading.Event(),
    )
    theirs.close()
    listening.join()
    ours.close()


def _drain(pipe) -> None:
    try:
        while True:
            pipe.recv()
    except EOFError:
        return


def _next(database: Database) -> Job | None:
    with database.read() as session:
        return session.scalar(select(Job).where(Job.state == JobState.QUEUED).order_by(Job.id).limit(1))
