"""What a job is given: its row, its parts, a clock, and the only ways to write."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from backend.config import Settings
from backend.db import projects, rounds
from backend.db.session import Database, Session
from backend.db.tables import Job, Project, Round
from backend.domain.errors import JobSuperseded
from backend.services import jobs
from backend.storage import BlobStore
from worker.messages import Progress, Sender


@dataclass(slots=True, kw_only=True)
class Context:
    """One segment of one job. `job` is detached: what the row was when the segment began."""

    settings: Settings
    database: Database
    blobs: BlobStore
    job: Job
    pipe: Sender
    hurry: threading.Event
    drop: threading.Event
    began_at: float = field(default_factory=time.monotonic)
    _last_said: float = 0.0

    def run(self) -> None:
        """Do the segment of the job's kind."""
        from worker.jobs import handler

        handler(self.job.kind)(self)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction that is refused once the job is not ours any more.

        Raises:
            JobSuperseded: cancelled, or taken over.
        """
        with self.database.write() as session:
            jobs.hold(session, self.job)
            yield session

    def should_yield(self) -> bool:
        """The segment has lasted long enough, or the worker is being stopped."""
        return self.hurry.is_set() or time.monotonic() - self.began_at > self.settings.segment_seconds

    def report(self, fraction: float, message: str, *, remaining: float | None = None, **metrics: Any) -> None:
        """Say how far the job is; called often, sent twice a second.

        Args:
            fraction: 0 to 1 of the whole job.
            message: for people.
            remaining: seconds to go, where known.
            metrics: live figures.

        Raises:
            JobSuperseded: the foreman has taken the job away, or is gone.
        """
        if self.drop.is_set():
            raise JobSuperseded("This job was taken away.", job_id=self.job.id)
        moment = time.monotonic()
        if moment - self._last_said >= 0.5:
            self._last_said = moment
            try:
                self.pipe.send(Progress(fraction=fraction, message=message, eta_seconds=remaining, metrics=metrics))
            except OSError as error:
                raise JobSuperseded("The foreman of this job is gone.", job_id=self.job.id) from error

    def save_cursor(self, session: Session, cursor: dict[str, Any]) -> None:
        """In the transaction that saves a part of the segment's work: whoever takes over goes on from there."""
        jobs.save_cursor(session, self.job, cursor=cursor)

    def yield_segment(self, session: Session, cursor: dict[str, Any]) -> None:
        """In the transaction that saves the segment's work: go on from `cursor` next time."""
        jobs.yield_segment(session, self.job, cursor=cursor)

    def succeed(self, session: Session, result: dict[str, Any] | None = None) -> None:
        """In the transaction that saves the last work: the job is done, and its round goes on."""
        jobs.succeed(session, self.job, result=result)

    def round_and_project(self, session: Session) -> tuple[Round, Project]:
        """The round that the job works for.

        Raises:
            JobSuperseded: it was deleted meanwhile.
        """
        round_ = rounds.get(session, self.job.round_id or "")
        project = projects.get(session, self.job.project_id)
        if round_ is None or project is None:
            raise JobSuperseded("The round of this job is gone.", job_id=self.job.id)
        return round_, project
