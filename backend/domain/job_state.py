"""The life of a job: queued -> running -> (queued again, a segment later)* -> succeeded, failed or cancelled."""

from enum import StrEnum
from typing import Final

from backend.domain.round_state import RoundState


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class JobKind(StrEnum):
    TRAIN_ROUND = "train_round"
    EVALUATE_ROUND = "evaluate_round"
    SCORE_POOL = "score_pool"
    SELECT_REGIONS = "select_regions"
    IMPORT_DATASET = "import_dataset"


class Queue(StrEnum):
    """Queues are named after what a job waits for."""

    GPU = "gpu"
    CPU = "cpu"


ACTIVE: Final = (JobState.QUEUED, JobState.RUNNING)

QUEUE_OF: Final = {
    JobKind.TRAIN_ROUND: Queue.GPU,
    JobKind.EVALUATE_ROUND: Queue.GPU,
    JobKind.SCORE_POOL: Queue.GPU,
    JobKind.SELECT_REGIONS: Queue.GPU,
    JobKind.IMPORT_DATASET: Queue.CPU,
}

JOB_OF_STATE: Final = {
    RoundState.TRAINING: JobKind.TRAIN_ROUND,
    RoundState.EVALUATING: JobKind.EVALUATE_ROUND,
    RoundState.SCORING: JobKind.SCORE_POOL,
    RoundState.SELECTING: JobKind.SELECT_REGIONS,
}

MAX_CRASHES: Final = 5  # deaths without any work saved between before the job is given up
