"""The Celery worker, which `python -m worker` starts.

This process holds no GPU and never imports torch. It hands each job to a child process that does, keeps its heartbeat,
and sweeps for jobs that others have lost.
"""

import os
import socket
import threading
from typing import Any

import structlog
from celery import signals

from backend import logging, queue
from backend.config import read_settings
from backend.db.session import open_database
from backend.domain.messages import RUN_SEGMENT
from backend.heartbeat import Heartbeat, path_of
from worker.foreman import Foreman
from worker.sweep import sweep_forever

app = queue.celery_app
log = structlog.get_logger()

# The child computes with OpenMP. Threads that spin while they wait for each other make it several times slower as soon
# as anything else wants a core (measured: a step of 0.8 s against 2 to 6 s), and the API is on the same machine.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

settings = read_settings()
logging.configure()
queue.configure(settings)
foreman = Foreman(settings, open_database(settings.database), name=f"{socket.gethostname()}-{os.getpid()}")
_connected, _stopping = threading.Event(), threading.Event()


@app.task(name=RUN_SEGMENT)
def run_segment(job_id: str) -> None:
    """Work on a job for one segment, if it is still waiting."""
    foreman.run_segment(job_id)


@signals.worker_init.connect
def _begin(**_: Any) -> None:
    """The child imports while Celery connects."""
    path = path_of()
    try:
        heartbeat = Heartbeat(path)
    except OSError:  # it works nevertheless, and its health check is red
        log.exception("heartbeat_not_written", path=path)
        foreman.warm_up()
        return
    log.info("heartbeat", path=heartbeat.path)

    def tell(trouble: str) -> None:
        heartbeat.beat(trouble or ("" if _connected.is_set() else "The worker is connecting to its broker."))

    foreman.warm_up(tell)


@signals.worker_ready.connect
def _ready(**_: Any) -> None:
    _connected.set()
    log.info("worker_ready", worker=foreman.name)
    foreman.tell()
    threading.Thread(target=sweep_forever, args=(settings, foreman.database, _stopping), daemon=True).start()


@signals.worker_shutting_down.connect
def _shutting_down(**_: Any) -> None:
    _stopping.set()
    foreman.hurry()


@signals.worker_shutdown.connect
def _shutdown(**_: Any) -> None:
    foreman.close()
