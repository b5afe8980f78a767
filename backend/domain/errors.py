"""Every error that the product raises on purpose.

* ServiceError                 code, message, context; never raised itself
  x RequestError               the caller can mend it
    + Unauthenticated          no session or token, or one that has ended
    + Forbidden                the role or membership does not allow it
    + NotFound
    + Conflict
      - StaleRevision          what was changed has moved on; the current state comes with it
      - IllegalTransition      the round or job is not in a state that allows this
      - RoundOpen              a round of the project is still open
      - IdempotencyMismatch    the same key came with another request
    + InvalidInput
      - InvalidSchema          class ids, names or keys of a label schema disagree
      - MalformedLabelMap      size or encoding does not fit
      - UnknownClass           a class id that the schema does not have
      - UnsupportedImage       not an image, truncated, or too large
      - InvalidBudget          the unit does not fit, or the pool is smaller
      - MissingData            the project lacks what a round needs
    + TooManyRequests
  x TransientError             try again later
    + DatabaseUnavailable
    + StorageUnavailable
    + StorageFull
    + QueueUnavailable
  x JobError                   ends the job; recorded on its row, shown to the project owner
    + DeviceOutOfMemory
    + TrainingDiverged         non-finite loss
    + CheckpointMismatch       label schema or network differ
    + JobCrashed               the process died again and again
    + JobCancelled             not a failure
    + JobSuperseded            another worker has the job now; this one must stop silently

An error carries ids and numbers as `context`; codes are stable, messages may change.
"""

from typing import Any, ClassVar


class ServiceError(Exception):
    """Root of all expected errors."""

    code: ClassVar[str] = "service_error"

    def __init__(self, message: str, **context: Any) -> None:
        super().__init__(message)
        self.message = message
        self.context = context


class RequestError(ServiceError):
    """The caller can mend it."""


class Unauthenticated(RequestError):
    code = "unauthenticated"


class Forbidden(RequestError):
    code = "forbidden"


class NotFound(RequestError):
    code = "not_found"


class Conflict(RequestError):
    code = "conflict"


class StaleRevision(Conflict):
    code = "stale_revision"


class IllegalTransition(Conflict):
    code = "illegal_transition"


class RoundOpen(Conflict):
    code = "round_open"


class IdempotencyMismatch(Conflict):
    code = "idempotency_mismatch"


class InvalidInput(RequestError):
    code = "invalid_input"


class InvalidSchema(InvalidInput):
    code = "invalid_schema"


class MalformedLabelMap(InvalidInput):
    code = "malformed_label_map"


class UnknownClass(InvalidInput):
    code = "unknown_class"


class UnsupportedImage(InvalidInput):
    code = "unsupported_image"


class InvalidBudget(InvalidInput):
    code = "invalid_budget"


class MissingData(InvalidInput):
    code = "missing_data"


class TooManyRequests(RequestError):
    code = "too_many_requests"


class TransientError(ServiceError):
    """Try again later."""


class DatabaseUnavailable(TransientError):
    code = "database_unavailable"


class StorageUnavailable(TransientError):
    code = "storage_unavailable"


class StorageFull(TransientError):
    code = "storage_full"


class QueueUnavailable(TransientError):
    code = "queue_unavailable"


class JobError(ServiceError):
    """Ends the job; recorded on its row."""


class DeviceOutOfMemory(JobError):
    code = "device_out_of_memory"


class TrainingDiverged(JobError):
    code = "training_diverged"


class CheckpointMismatch(JobError):
    code = "checkpoint_mismatch"


class JobCrashed(JobError):
    code = "job_crashed"


class JobCancelled(JobError):
    code = "job_cancelled"


class JobSuperseded(JobError):
    code = "job_superseded"
