"""One module a kind of job. Each works one segment a call: on from the job's cursor, then it yields or succeeds."""

from collections.abc import Callable
from importlib import import_module

from backend.domain.job_state import JobKind
from worker.context import Context


def handler(kind: JobKind) -> Callable[[Context], None]:
    """The function that works on jobs of this kind; its module is named after it."""
    work: Callable[[Context], None] = import_module(f"worker.jobs.{kind.value}").work
    return work
