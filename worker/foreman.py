"""The foreman: claims jobs, hands them to a child process, keeps their heartbeat, and replaces the child if it dies.

The child is spawned, not forked, so that it may use CUDA and have children of its own; it stays warm from one segment
to the next, because importing torch and loading data takes seconds. It ends by itself when the foreman is gone.
"""

import multiprocessing
import threading
import time
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess

import structlog

from backend.config import Settings
from backend.db import jobs as job_rows
from backend.db.session import Database
from backend.db.tables import Job
from backend.domain.errors import JobSuperseded, TransientError
from backend.services import jobs
from worker import process
from worker.messages import Drop, Ended, Hurry, Progress, Work

log = structlog.get_logger()


class Foreman:
    """One child process and the job that it is working on."""

    def __init__(self, settings: Settings, database: Database, *, name: str) -> None:
        self.settings = settings
        self.database = database
        self.name = name
        self._child: SpawnProcess | None = None
        self._pipe: Connection | None = None
        self._stopping = threading.Event()
        self._starting = threading.Lock()

    def warm_up(self) -> None:
        """Start the child before there is work: importing torch takes it seconds."""
        self._warm_child()

    def run_segment(self, job_id: str) -> None:
        """Claim the job and see it through one segment. Nothing happens where it is not waiting any more."""
        if self._stopping.is_set():
            return  # the job waits; a sweep rings for it again
        try:
            with self.database.write() as session:
                job = job_rows.claim(session, job_id, worker=self.name)
        except TransientError as error:
            log.warning("claim_failed", job_id=job_id, code=error.code)
            return
        if job is None:
            return
        with structlog.contextvars.bound_contextvars(job_id=job.id, kind=job.kind.value, attempt=job.attempt):
            try:
                self._supervise(job)
            except JobSuperseded:
                log.info("job_dropped")
            except BaseException as error:
                # What the child may still say of this job must not be heard as words about the next one.
                self.close()
                if not isinstance(error, TransientError):
                    raise
                log.warning("job_left_to_the_sweep", code=error.code)

    def hurry(self) -> None:
        """Ask the child to save and yield, and take no more jobs; called from another thread."""
        self._stopping.set()
        pipe = self._pipe
        if pipe is not None:
            with suppress(OSError):
                pipe.send(Hurry())

    def close(self) -> None:
        """End the child."""
        if self._child is not None:
            self._child.kill()
            self._child.join()
        self._child = self._pipe = None

    def _supervise(self, job: Job) -> None:
        pipe = self._warm_child()
        with suppress(OSError):  # a child that has just died is buried below
            pipe.send(Work(job.id, job.attempt))
            if self._stopping.is_set():  # the word may have come before the work, for which it counts
                pipe.send(Hurry())
        latest = Progress(fraction=job.progress, message=job.message)
        beat_at = time.monotonic()
        while True:
            wait = max(0.0, beat_at + self.settings.heartbeat_seconds - time.monotonic())
            try:
                if pipe.poll(wait):
                    said = pipe.recv()
                    if isinstance(said, Ended):
                        return
                    latest = said
                    continue
            except (EOFError, OSError):
                self._bury(job)
                return
            beat_at = time.monotonic()
            try:
                self._heartbeat(job, latest)
            except JobSuperseded:
                self._take_away(pipe)
                raise

    def _heartbeat(self, job: Job, latest: Progress) -> None:
        try:
            with self.database.write() as session:
                jobs.report(
                    session,
                    job,
                    progress=latest.fraction,
                    message=latest.message,
                    eta_seconds=latest.eta_seconds,
                    metrics=latest.metrics,
                )
        except TransientError as error:
            log.warning("heartbeat_failed", code=error.code)

    def _take_away(self, pipe: Connection) -> None:
        """Stop the child: kindly, so that it stays warm, then by force."""
        deadline = time.monotonic() + self.settings.cancel_grace_seconds
        try:
            pipe.send(Drop())
            while pipe.poll(max(0.0, deadline - time.monotonic())):
                if isinstance(pipe.recv(), Ended):
                    return
        except (EOFError, OSError):
            log.info("process_gone")
        log.warning("process_killed", pid=None if self._child is None else self._child.pid)
        self.close()

    def _bury(self, job: Job) -> None:
        code = None
        if self._child is not None:
            self._child.join(timeout=5)
            code = self._child.exitcode
        log.error("process_died", exit_code=code)
        self.close()
        with self.database.write() as session:
            jobs.crashed(session, job, reason=f"exit code {code}")

    def _warm_child(self) -> Connection:
        with self._starting:  # `warm_up` comes from another thread
            if self._child is None or not self._child.is_alive() or self._pipe is None:
                context = multiprocessing.get_context("spawn")
                self._pipe, theirs = context.Pipe()
                self._child = context.Process(target=process.main, args=(theirs, self.settings), daemon=False)
                self._child.start()
                theirs.close()
                log.info("process_started", pid=self._child.pid)
            return self._pipe
