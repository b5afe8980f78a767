"""The process at work: takes one segment after another from its foreman. It holds the GPU; it may be killed."""

import os
import queue
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import TypeVar

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
from worker.jobs import load_all
from worker.messages import Drop, Ended, Hurry, Ping, Pong, Progress, Sender, Work

log = structlog.get_logger()
T = TypeVar("T")
RETRY_SECONDS = 5.0  # s between attempts while the database or the blob store is away


def main(pipe: Connection, settings: Settings) -> None:
    """Work until the foreman goes away."""
    for number in (signal.SIGINT, signal.SIGTERM):  # sent to the whole group, they are the foreman's to hear
        signal.signal(number, signal.SIG_IGN)
    logging.configure()
    bell.configure(settings)
    sender, loaded = Sender(pipe), threading.Event()
    inbox: queue.Queue[Work] = queue.Queue()
    hurry, drop = threading.Event(), threading.Event()
    threading.Thread(target=_listen, args=(pipe, sender, loaded, inbox, hurry, drop), daemon=True).start()
    threading.Thread(target=_load, args=(sender, loaded), daemon=True).start()
    database, blobs = open_database(settings.database), open_store(settings.storage, settings.storage_options)
    while True:
        work(inbox.get(), settings, database, blobs, pipe=sender, hurry=hurry, drop=drop)
        with suppress(OSError):  # the foreman is gone; the listener ends us
            sender.send(Ended())


def _load(sender: Sender, loaded: threading.Event) -> None:
    """Import what jobs need; a process that cannot must not look as if it could."""
    try:
        load_all()
    except BaseException:
        log.exception("jobs_not_loaded")
        os._exit(1)
    loaded.set()
    with suppress(OSError):
        sender.send(Pong())


def _listen(
    pipe: Connection,
    sender: Sender,
    loaded: threading.Event,
    inbox: queue.Queue[Work],
    hurry: threading.Event,
    drop: threading.Event,
) -> None:
    while True:
        try:
            said = pipe.recv()
        except (EOFError, OSError):
            # The foreman is gone. Whatever is half done was never committed, and another worker takes over.
            os._exit(1)
        if isinstance(said, Work):
            # Cleared here, where messages come in order: a word about this job cannot be mistaken for the last one's.
            hurry.clear()
            drop.clear()
            inbox.put(said)
        elif isinstance(said, Hurry):
            hurry.set()
        elif isinstance(said, Drop):
            drop.set()
        elif isinstance(said, Ping) and loaded.is_set():
            with suppress(OSError):
                sender.send(Pong())


def work(
    given: Work,
    settings: Settings,
    database: Database,
    blobs: BlobStore,
    *,
    pipe: Sender,
    hurry: threading.Event,
    drop: threading.Event,
) -> None:
    """Work one segment. Whatever happens in it ends on the job's row, unless the row is not ours any more."""
    job = _insist(lambda: _read(database, given), drop)
    if job is None:
        return
    context = Context(settings=settings, database=database, blobs=blobs, job=job, pipe=pipe, hurry=hurry, drop=drop)
    with structlog.contextvars.bound_contextvars(job_id=job.id, kind=job.kind.value, attempt=job.attempt):
        try:
            context.run()
        except JobSuperseded:
            log.info("segment_dropped")
        except TransientError as error:
            log.warning("segment_interrupted", code=error.code, detail=error.message)
            with suppress(OSError):
                pipe.send(Progress(fraction=job.progress, message=error.message))
            drop.wait(RETRY_SECONDS)
            _insist(lambda: _put_back(database, job), drop)
        except ServiceError as error:
            log.warning("job_failed", code=error.code, detail=error.message)
            code, said = error.code, error.message
            _insist(lambda: _fail(database, job, code=code, error=said), drop)
        except Exception as error:
            log.exception("job_crashed")
            said = f"{type(error).__name__}: {error}"
            _insist(lambda: _fail(database, job, code=JobError.code, error=said), drop)


def _insist(action: Callable[[], T], drop: threading.Event) -> T | None:
    """Do it as soon as the database lets us; None once the job is not ours any more."""
    while not drop.is_set():
        try:
            return action()
        except JobSuperseded:
            return None
        except TransientError as error:
            log.warning("waiting_for_database", code=error.code)
            drop.wait(RETRY_SECONDS)
    return None


def _read(database: Database, given: Work) -> Job | None:
    with database.read() as session:
        job = job_rows.get(session, given.job_id)
    return job if job is not None and job.attempt == given.attempt else None


def _put_back(database: Database, job: Job) -> None:
    """Queue the job again as its last transaction has left it."""
    with database.write() as session:
        current = job_rows.get(session, job.id)
        jobs.yield_segment(session, job, cursor=job.cursor if current is None else current.cursor)


def _fail(database: Database, job: Job, *, code: str, error: str) -> None:
    with database.write() as session:
        jobs.fail(session, job, code=code, error=error)
