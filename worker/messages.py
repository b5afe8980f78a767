"""What the foreman and the process at work say to each other over their pipe."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Work:
    """Foreman: work on this attempt of a job for a segment."""

    job_id: str
    attempt: int


@dataclass(frozen=True, slots=True)
class Hurry:
    """Foreman: save and yield now; the worker is being stopped."""


@dataclass(frozen=True, slots=True)
class Drop:
    """Foreman: the job is not ours any more; stop without writing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Process at work: how far the job is, 0 to 1."""

    fraction: float
    message: str
    eta_seconds: float | None = None
    metrics: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ended:
    """Process at work: the segment is over, and the job's row says how."""
