"""What travels on the queue: the id of a job row, nothing else. The row is the truth, the message a bell."""

from dataclasses import dataclass

from backend.domain.job_state import JobKind, Queue

RUN_SEGMENT = "stal.run_segment"  # the one Celery task


@dataclass(frozen=True, slots=True)
class Bell:
    """Wake a worker that may run this job."""

    job_id: str
    kind: JobKind
    queue: Queue
