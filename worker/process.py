"""The process at work: takes one segment after another from its foreman. It holds the GPU; it may be killed."""

import os
import queue
import signal
import threading
import time
from multiprocessing.connection import Connection

import structlog

from backend import logging
from backend import queue as bell
from backend.config import Settings
from backend.db import jobs as job_rows
from backend.db.session import Database, open_database
from backend.db.tables import Job
from backend.domain.errors import JobError, JobSuperseded, ServiceError, TransientError
from backend.services import jobs
from backend.storage import BlobStore, open_store
from worker.context import Context
from worker.messages import Drop, Ended, Hurry, Work

log = structlog.get_logger()
RETRY_SECONDS = 5.0  # s between attempts to put a job back while the database is away


def main(pipe: Connection, settings: Settings) -> None:
    """Work until the foreman goes away."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the foreman's to hear
    logging.configure()
    bell.configure(settings)
    inbox: queue.Queue[Work] = queue.Queue()
    hurry, drop = threading.Event(), threading.Event()
    threading.Thread(target=_listen, args=(pipe, inbox, hurry, drop), daemon=True).start()
    database, blobs = open_database(settings.database), open_store(settings.storage, settings.storage_options)
    while True:
        given = inbox.get()
        hurry.clear()
        drop.clear()
        work(given, settings, database, blobs, pipe=pipe, hurry=hurry, drop=drop)
        pipe.send(Ended())


def _listen(pipe: Connection, inbox: queue.Queue[Work], hurry: threading.Event, drop: threading.Event) -> None:
    while True:
        try:
            said = pipe.recv()
        except (EOFError, OSError):
            # The foreman is gone. Whatever is half done was never committed, and another worker takes over.
            os._exit(1)
        if isinstance(said, Work):
            inbox.put(said)
        elif isinstance(said, Hurry):
            hurry.set()
        elif isinstance(said, Drop):
            drop.set()


def work(
    given: Work,
    settings: Settings,
    database: Database,
    blobs: BlobStore,
    *,
    pipe: Connection,
    hurry: threading.Event,
    drop: threading.Event,
) -> None:
    """Work one segment. Whatever happens in it ends on the job's row, unless the row is not ours any more."""
    with database.read() as session:
        job = job_rows.get(session, given.job_id)
    if job is None or job.attempt != given.attempt:
        return
    context = Context(settings=settings, database=database, blobs=blobs, job=job, pipe=pipe, hurry=hurry, drop=drop)
    with structlog.contextvars.bound_contextvars(job_id=job.id, kind=job.kind.value, attempt=job.attempt):
        try:
            context.run()
        except JobSuperseded:
            log.info("segment_dropped")
        except TransientError as error:
            log.warning("segment_interrupted", code=error.code, detail=error.message)
            _put_back(database, job, drop)
        except ServiceError as error:
            log.warning("job_failed", code=error.code, detail=error.message)
            _fail(database, job, code=error.code, error=error.message)
        except Exception as error:
            log.exception("job_crashed")
            _fail(database, job, code=JobError.code, error=f"{type(error).__name__}: {error}")


def _put_back(database: Database, job: Job, drop: threading.Event) -> None:
    """Queue the job again as it was before the segment, as soon as the database takes it."""
    while not drop.wait(RETRY_SECONDS):
        try:
            with database.write() as session:
                jobs.yield_segment(session, job, cursor=job.cursor)
        except JobSuperseded:
            return
        except TransientError:
            continue
        return


def _fail(database: Database, job: Job, *, code: str, error: str) -> None:
    try:
        with database.write() as session:
            jobs.fail(session, job, code=code, error=error)
    except (JobSuperseded, TransientError):
        log.warning("failure_not_recorded")
        time.sleep(0)
