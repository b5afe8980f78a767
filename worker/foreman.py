"""The foreman: claims jobs, hands them to a child process, keeps their heartbeat, and replaces the child if it dies.

A thread of its own monitors the child: hears it, asks it whether it still answers, and starts another when it is gone.
So none of this waits for the database. The child stays warm from one segment to the next, because importing torch and
loading data takes seconds.
"""

import queue
import threading
import time
from collections.abc import Callable

import structlog

from backend.config import Settings
from backend.db import jobs as job_rows
from backend.db.session import Database
from backend.db.tables import Job
from backend.domain.errors import JobSuperseded, TransientError
from backend.domain.job_state import JobState
from backend.heartbeat import BEAT_SECONDS
from backend.services import jobs
from worker.child import Child, Gone
from worker.messages import Ended, Progress, Work

log = structlog.get_logger()

MOST_BACKOFF_SECONDS = 60.0  # s between starts of a process that does not get as far as its first answer
CHILD_SECONDS = 60.0  # s that a bell waits for a process that can work; then a sweep rings again, maybe elsewhere


class Foreman:
    """One child process and the job that it is working on."""

    def __init__(self, settings: Settings, database: Database, *, name: str) -> None:
        self.settings = settings
        self.database = database
        self.name = name
        self._child: Child | None = None
        self._failures = 0  # starts in a row that have led to no answer
        self._last_end = ""
        self._monitor: threading.Thread | None = None
        self._hearer: Callable[[str], None] = lambda _: None
        self._stopping = threading.Event()
        self._changed = threading.Condition()

    def warm_up(self, tell: Callable[[str], None] | None = None) -> None:
        """Start the child before there is work: importing torch takes it seconds.

        Args:
            tell: called every few seconds with why no work can be done, or with nothing where it can.
        """
        with self._changed:
            if self._monitor is None:
                self._hearer = tell or self._hearer
                self._monitor = threading.Thread(target=self._run_child, name="monitor", daemon=True)
                self._monitor.start()

    @property
    def trouble(self) -> str:
        """Why no work can be done now; empty where it can."""
        child = self._child
        if self._failures and (child is None or not child.can_work):
            return f"The process at work does not start ({self._last_end}); it is tried again and again."
        return "There is no process at work." if child is None else child.trouble

    def run_segment(self, job_id: str) -> None:
        """Claim the job and see it through one segment. Nothing happens where it is not waiting any more."""
        child = self._find_child()
        if child is None:
            log.warning("job_not_claimed", job_id=job_id, reason=self.trouble)
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
                self._supervise(job, child)
            except JobSuperseded:
                log.info("job_dropped")
            except BaseException as error:
                # What the child may still say of this job must not be heard as words about the next one.
                child.end("its job was left")
                if not isinstance(error, TransientError):
                    raise
                log.warning("job_left_to_the_sweep", code=error.code)

    def hurry(self) -> None:
        """Ask the child to save and yield, and take no more jobs; called from another thread."""
        with self._changed:
            self._stopping.set()
            self._changed.notify_all()
        child = self._child
        if child is not None:
            child.hurry()

    def close(self) -> None:
        """End the child."""
        with self._changed:
            self._stopping.set()
            self._changed.notify_all()
        child = self._child
        if child is not None:
            child.end("the worker ends")
        if self._monitor is not None:
            self._monitor.join(timeout=BEAT_SECONDS)

    def _run_child(self) -> None:
        """Have a child that can work, as long as the worker is not being stopped."""
        while not self._stopping.is_set():
            try:
                child = Child(self.settings)
            except OSError as error:  # no memory, or too many processes
                log.exception("process_not_started")
                self._note_end(str(error), failed=True)
            else:
                with self._changed:
                    self._child = child
                    self._changed.notify_all()
                child.attend(self.tell)
                self._note_end(child.last_words, failed=child.failed)
            self._back_off()

    def _note_end(self, reason: str, *, failed: bool) -> None:
        with self._changed:
            self._child, self._last_end = None, reason
            # One that could work is replaced at once: that it dies again and again is counted on its job's row.
            self._failures = self._failures + 1 if failed else 0
            self._changed.notify_all()
        log.info("process_gone", reason=reason, failures=self._failures)

    def _back_off(self) -> None:
        until = time.monotonic() + (min(2.0**self._failures, MOST_BACKOFF_SECONDS) if self._failures else 0)
        while not self._stopping.is_set() and (left := until - time.monotonic()) > 0:
            self.tell()
            self._stopping.wait(min(left, BEAT_SECONDS))

    def tell(self) -> None:
        """Say now how it is."""
        try:
            self._hearer(self.trouble)
        except OSError as error:
            log.warning("heartbeat_not_written", reason=str(error))
        with self._changed:
            self._changed.notify_all()  # whoever waits for a child that can work looks again

    def _find_child(self) -> Child | None:
        """The child, once it can be given work; None where it does not come, or the worker is being stopped.

        A first one may still be importing: light jobs need not wait for torch. If one has failed, no job is risked
        with the next before it has answered.
        """
        self.warm_up()

        def find() -> Child | None:
            child = self._child
            return child if child and not child.is_gone and (child.can_work or not self._failures) else None

        with self._changed:
            self._changed.wait_for(lambda: self._stopping.is_set() or find(), timeout=CHILD_SECONDS)
            return None if self._stopping.is_set() else find()

    def _supervise(self, job: Job, child: Child) -> None:
        child.give(Work(job.id, job.attempt))
        if self._stopping.is_set():  # the word may have come before the work, for which it counts
            child.hurry()
        latest = Progress(fraction=job.progress, message=job.message)
        beat_at = time.monotonic()
        while True:
            try:
                said = child.said.get(timeout=max(0.0, beat_at + self.settings.heartbeat_seconds - time.monotonic()))
            except queue.Empty:
                beat_at = time.monotonic()
                try:
                    self._heartbeat(job, latest)
                except JobSuperseded:
                    self._take_away(child, job)
                    raise
                continue
            if isinstance(said, Ended):
                return
            if isinstance(said, Gone):
                self._bury(job, said)
                return
            latest = said

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

    def _take_away(self, child: Child, job: Job) -> None:
        """Stop the child: kindly, so that it stays warm, then by force."""
        child.drop()
        deadline = time.monotonic() + self._grace(job)
        while True:
            try:
                said = child.said.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                child.end("it did not let go of its job")
                return
            if isinstance(said, Ended | Gone):
                return

    def _grace(self, job: Job) -> float:
        """Seconds for the child to end its segment: more where it has just ended it, and only has to say so."""
        try:
            with self.database.read() as session:
                current = job_rows.get(session, job.id)
        except TransientError:
            current = None
        ended = current is not None and current.attempt == job.attempt and current.state is not JobState.CANCELLED
        return self.settings.hung_seconds if ended else self.settings.cancel_grace_seconds

    def _bury(self, job: Job, gone: Gone) -> None:
        log.error("process_died", exit_code=gone.exit_code, reason=gone.reason)
        with self.database.write() as session:
            jobs.crashed(session, job, reason=gone.reason)
