"""Real workers on a real broker: started by the product's own command, looked at, frozen, and killed as a group.

A worker that is frozen (SIGSTOP) does nothing more, so what a test sees then is what a SIGKILL leaves behind.
"""

import json
import os
import signal
import socket
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import psutil
from celery import Celery
from sqlalchemy import select
from sqlalchemy.orm import undefer

from backend.config import Settings
from backend.db.session import Database, open_database
from backend.db.tables import Checkpoint, Job, Project, Round
from backend.domain.job_state import JobKind, JobState
from backend.domain.messages import RUN_SEGMENT
from backend.domain.round_config import AcquisitionConfig, Budget, RoundConfig
from backend.domain.training_config import TrainingConfig
from backend.domain.vocabulary import CheckpointRole, UserRole
from backend.services import rounds as round_services
from backend.services.rounds import Request
from backend.storage import BlobStore, open_store
from backend.supervisor.child import Child
from backend.supervisor.parts import Broker, broker_part, environment_of, free_port, worker_part
from tests.factories import Person, person, project_with_images, settings_for
from tests.integration.installations import wait_for

T = TypeVar("T")
ITERATIONS, SEED = 100, 5  # of trainings whose weights are compared


def tiny(iterations: int, *, budget: int = 10, radius: int = 8, max_per_image: int | None = None) -> RoundConfig:
    return RoundConfig(
        acquisition=AcquisitionConfig(budget=Budget(amount=budget), radius=radius, max_per_image=max_per_image),
        training=TrainingConfig(network="tiny_fpn", iterations=iterations, batch_size=2, crop=64),
    )


def is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def weights_of(database: Database, blobs: BlobStore, round_: Round) -> bytes:
    """The tensors of a round's teacher, without the header that says how they came about."""
    with database.read() as session:
        of_round = select(Checkpoint).where(Checkpoint.round_id == round_.id)
        checkpoint = session.scalars(of_round.where(Checkpoint.role == CheckpointRole.TEACHER)).one()
    data = blobs.get(checkpoint.blob_key)
    return data[8 + int.from_bytes(data[:8], "little") :]


@dataclass
class Worker:
    """A Celery worker: one process group with the process at work in it."""

    child: Child

    @property
    def pid(self) -> int:
        assert self.child.process is not None
        return self.child.process.pid

    @property
    def name(self) -> str:
        """As on the rows of its jobs."""
        return f"{socket.gethostname()}-{self.pid}"

    @property
    def alive(self) -> bool:
        return not self.child.dead

    def log(self) -> str:
        return self.child.log.read_text(errors="replace")

    def processes(self) -> list[psutil.Process]:
        parent = psutil.Process(self.pid)
        return [parent, *parent.children(recursive=True)]

    def at_work(self) -> psutil.Process | None:
        """The spawned process."""
        for one in self.processes():
            with suppress(psutil.NoSuchProcess):  # it may die, or be a zombie, while it is asked
                if is_alive(one) and "spawn_main" in " ".join(one.cmdline()):
                    return one
        return None

    def freeze(self) -> None:
        os.killpg(self.pid, signal.SIGSTOP)
        wait_for(lambda: all(not is_alive(one) or one.status() == psutil.STATUS_STOPPED for one in self.processes()))

    def events(self, name: str, job_id: str) -> list[dict[str, Any]]:
        """What its log says of a job."""
        lines = [json.loads(line) for line in self.log().splitlines() if line.startswith("{")]
        return [line for line in lines if line.get("event") == name and line.get("job_id") == job_id]

    def thaw(self) -> None:
        os.killpg(self.pid, signal.SIGCONT)

    def kill(self) -> None:
        """SIGKILL to parent, spawned process and whatever they have started; return when they are dead."""
        everybody = self.processes()
        assert all(os.getpgid(one.pid) == self.pid for one in everybody)
        self.child.kill()
        wait_for(lambda: not any(map(is_alive, everybody)), seconds=10)


@dataclass
class Site:
    """A database, a blob store and a broker, and the workers that a test has started on them."""

    settings: Settings
    database: Database
    blobs: BlobStore
    admin: Person
    broker: Child
    workers: list[Worker] = field(default_factory=list)

    def worker(self) -> Worker:
        """The one that lives, or a new one."""
        living = [worker for worker in self.workers if worker.alive]
        return living[0] if living else self.start_worker()

    def only_worker(self, **changes: object) -> Worker:
        """A new one with these settings, in place of whatever an earlier test has left."""
        for worker in self.workers:
            worker.child.kill()
        return self.start_worker(**changes)

    def start_worker(self, **changes: object) -> Worker:
        environment = os.environ | environment_of(self.settings.model_copy(update=changes))
        name = f"worker-{len(self.workers)}"
        child = worker_part(data_dir=self.settings.data_dir, environment=environment, name=name)
        worker = Worker(replace(child, check=lambda: "worker_ready" in child.log.read_text()))
        worker.child.start()
        self.workers.append(worker)
        worker.child.wait_ready()
        return worker

    def project(self, slug: str, *, config: RoundConfig, source: int = 3, target: int = 3, val: int = 1) -> Project:
        return project_with_images(
            self.database, self.blobs, self.admin, slug=slug, source=source, target=target, val=val, config=config
        )

    def start_round(self, slug: str, *, ring: bool = True) -> Round:
        with self.database.write() as session:
            round_ = round_services.start(session, self.admin.actor, slug, Request(seed=SEED), idempotency_key=None)
        if ring:
            self.ring(self.job(round_).id)
        return round_

    def ring(self, job_id: str) -> None:
        """As the API does; the tests' own process has no broker configured."""
        bell = Celery("bell", broker=self.settings.broker_url, set_as_current=False)
        bell.send_task(RUN_SEGMENT, args=[job_id], queue="gpu")
        bell.close()

    def round(self, round_: Round) -> Round:
        with self.database.read() as session:
            return session.get_one(Round, round_.id, options=[undefer("*")])

    def job(self, of: Round | str, kind: JobKind | None = None) -> Job | None:
        """The job with this id, or a round's newest of a kind."""
        with self.database.read() as session:
            if isinstance(of, str):
                return session.get(Job, of)
            wanted = [Job.round_id == of.id, *([] if kind is None else [Job.kind == kind])]
            return session.scalar(select(Job).where(*wanted).order_by(Job.id.desc()).limit(1))

    def in_training(self, round_: Round) -> Job | None:
        """The round's job while it trains: a segment has been saved, and more has been done since."""
        job, iterations = self.job(round_), round_.config["training"]["iterations"]
        assert job.state is not JobState.FAILED, job.error
        if job.kind is not JobKind.TRAIN_ROUND or job.state is not JobState.RUNNING:
            return None
        return job if 0 < job.cursor.get("iteration", 0) < round(job.progress * iterations) < iterations else None

    def freeze_when(self, look: Callable[[], T | None], *, seconds: float = 60) -> T:
        """Freeze the worker at a moment at which `look` finds what it looks for, and give that."""
        worker = self.worker()
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if look():
                worker.freeze()
                if found := look():
                    return found
                worker.thaw()
            time.sleep(0.002)
        raise AssertionError(f"never seen within {seconds} s\n{worker.log()[-3000:]}")

    def is_being_written(self) -> bool:
        """Somebody holds SQLite's write lock at this moment."""
        path = self.database.engine.url.database
        assert path is not None
        with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as connection:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return True
            connection.execute("ROLLBACK")
            return False

    def wait_for_state(self, round_: Round, *states: str, seconds: float = 60) -> Round:
        return wait_for(
            lambda: (found := self.round(round_)).state in states and found,
            seconds=seconds,
            because=lambda: f"{self.round(round_).state}\n" + "\n".join(w.log()[-3000:] for w in self.workers),
        )


@contextmanager
def open_site(folder: Path, database_url: str) -> Iterator[Site]:
    """A migrated database, with a Valkey of its own, and room for workers."""
    (folder / "logs").mkdir()
    broker = Broker(port=free_port())
    settings = settings_for(
        folder,
        database_url=database_url,
        broker_url=broker.url,
        worker_threads=1,
        device="cpu",
        segment_seconds=0.3,
        heartbeat_seconds=0.2,
        orphan_seconds=2.0,
        cancel_grace_seconds=1.0,
    )
    database = open_database(database_url)
    valkey = broker_part(broker, data_dir=folder, environment=dict(os.environ))
    site = Site(
        settings=settings,
        database=database,
        blobs=open_store(settings.storage, settings.storage_options),
        admin=person(database, "admin@localhost", role=UserRole.ADMIN),
        broker=valkey,
    )
    try:
        valkey.start()
        valkey.wait_ready()
        yield site
    finally:
        for worker in site.workers:
            worker.child.kill()
        valkey.kill()
        database.engine.dispose()
