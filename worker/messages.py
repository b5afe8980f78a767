"""What the foreman and the process at work say to each other over their pipe."""

import threading
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
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


@dataclass(frozen=True, slots=True)
class Ping:
    """Foreman: do you answer?"""


@dataclass(frozen=True, slots=True)
class Pong:
    """Process at work: all jobs can be worked on. Said once that is so, and to every `Ping` from then on."""


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


class Sender:
    """The end of the pipe by which the process at work speaks: its jobs and its answers come from several threads."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._sending = threading.Lock()

    def send(self, said: Progress | Ended | Pong) -> None:
        """Say it.

        Raises:
            OSError: the foreman is gone.
        """
        with self._sending:
            self._pipe.send(said)
