"""One module a kind of job. Each works one segment a call: on from the job's cursor, then it yields or succeeds."""

import threading
from collections.abc import Callable
from importlib import import_module

from backend.domain.job_state import QUEUE_OF, JobKind, Queue
from worker.context import Context

Handler = Callable[[Context], None]

_loaded: dict[JobKind, Handler] = {}
_loading = threading.Lock()  # two threads that import torch at once may each see half of it


def handler(kind: JobKind) -> Handler:
    """The function that works on jobs of this kind; its module is named after it."""
    if kind not in _loaded:
        with _loading:
            _loaded[kind] = import_module(f"worker.jobs.{kind.value}").work
    return _loaded[kind]


def load_all() -> None:
    """Import what all jobs need, the light ones first: a job that comes meanwhile waits the less."""
    for kind in sorted(JobKind, key=lambda kind: QUEUE_OF[kind] is not Queue.CPU):
        handler(kind)
