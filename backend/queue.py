"""The bell: after a commit, tell the workers which jobs wait. A lost message is rung again by a worker's sweep."""

import structlog
from celery import Celery
from kombu.exceptions import OperationalError
from sqlalchemy import event
from sqlalchemy.orm import Session

from backend.config import Settings
from backend.domain.errors import QueueUnavailable
from backend.domain.messages import RUN_SEGMENT, Bell

log = structlog.get_logger()
_OUTBOX = "outbox"

celery_app = Celery("stal")
celery_app.conf.update(
    task_ignore_result=True,
    task_serializer="json",
    accept_content=["json"],
    broker_connection_retry_on_startup=True,
    worker_hijack_root_logger=False,
    worker_prefetch_multiplier=1,
    worker_send_task_events=False,
    broker_transport_options={
        "socket_timeout": 5,
        "socket_connect_timeout": 2,
        "max_retries": 1,
        "interval_start": 0.2,  # s before that one retry
    },
    # A message is acknowledged when it is taken: the job's row knows what was lost with a worker, and a sweep rings
    # again. So no visibility timeout can ever deliver a job twice.
    task_acks_late=False,
    task_default_queue="cpu",
    task_create_missing_queues=True,
)


def configure(settings: Settings) -> None:
    """Say which broker to ring at; without one, jobs wait for a sweep."""
    celery_app.conf.broker_url = settings.broker_url or None


def enqueue(session: Session, bell: Bell) -> None:
    """Ring `bell` once `session` has committed; a rollback forgets it."""
    session.info.setdefault(_OUTBOX, []).append(bell)


def ring(bell: Bell) -> None:
    """Send the message now.

    Raises:
        QueueUnavailable: the broker does not answer, or there is none.
    """
    if not celery_app.conf.broker_url:  # Celery would try a RabbitMQ on this machine for seconds
        raise QueueUnavailable(
            "No job queue is configured (STAL_BROKER_URL). The job is kept; a worker's sweep finds it."
        )
    try:
        # A connection for each: bells are rare, and a kept one is dead after the broker was started again.
        with celery_app.connection_for_write(connect_timeout=2) as connection:
            celery_app.send_task(
                RUN_SEGMENT, args=[bell.job_id], queue=bell.queue.value, retry=False, connection=connection
            )
    except (OperationalError, OSError) as error:
        raise QueueUnavailable("The job queue does not answer. The job is kept and starts when it returns.") from error


def check() -> None:
    """Raise `QueueUnavailable` where the broker does not answer, or there is none."""
    if not celery_app.conf.broker_url:
        raise QueueUnavailable("No job queue is configured (STAL_BROKER_URL).")
    try:
        with celery_app.connection_for_write(connect_timeout=2) as connection:
            connection.ensure_connection(max_retries=1, timeout=2)
    except (OperationalError, OSError) as error:
        if any(word in str(error) for word in ("WRONGPASS", "NOAUTH", "invalid username-password", "Authentication")):
            raise QueueUnavailable(
                "The job queue refuses the password in STAL_BROKER_URL.", refused="password"
            ) from error
        raise QueueUnavailable("The job queue does not answer.") from error


@event.listens_for(Session, "after_commit")
def _send_outbox(session: Session) -> None:
    for bell in session.info.pop(_OUTBOX, []):
        try:
            ring(bell)
        # Committed is committed: whatever goes wrong here, the caller must not be told that it failed.
        except QueueUnavailable:
            log.warning("bell_lost", job_id=bell.job_id, queue=bell.queue)
        except Exception:
            log.exception("bell_lost", job_id=bell.job_id, queue=bell.queue)


@event.listens_for(Session, "after_rollback")
def _forget_outbox(session: Session) -> None:
    session.info.pop(_OUTBOX, None)
