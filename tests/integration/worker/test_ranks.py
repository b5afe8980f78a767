"""A training shared by two processes: it learns what one process learns, and however it ends, they end with it."""

import multiprocessing
import os
import signal
import threading
import time
from dataclasses import replace
from multiprocessing import Pipe

import psutil
import pytest
import safetensors.torch
import torch
from sqlalchemy import select
from sqlalchemy.orm import undefer

from backend.db import jobs as job_rows
from backend.db.session import open_database
from backend.db.tables import Checkpoint, Job, Round
from backend.domain.errors import MissingData, NotFound
from backend.domain.job_state import JobKind, JobState
from backend.domain.round_config import AcquisitionConfig, Budget, RoundConfig
from backend.domain.round_state import RoundState
from backend.domain.training_config import Optimiser, TrainingConfig
from backend.domain.vocabulary import CheckpointRole
from backend.services import rounds as round_services
from backend.services.rounds import Request
from backend.storage import open_store
from models.self_training import Trainer
from tests.factories import project_with_images
from tests.integration.installations import wait_for
from tests.integration.worker.in_process import work_segment
from tests.integration.worker.real_worker import is_alive
from worker import process, rank
from worker.artifacts import new_network
from worker.messages import Work

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

ITERATIONS, SEED = 12, 5
CONFIG = RoundConfig(
    acquisition=AcquisitionConfig(budget=Budget(amount=10), radius=8),
    training=TrainingConfig(
        network="tiny_fpn",
        iterations=ITERATIONS,
        batch_size=4,
        crop=64,
        # Batch statistics are those of a rank's own crops, and Adam makes much of the rounding of a gradient near 0.
        frozen_norm=True,
        optimiser=Optimiser.SGD,
        learning_rate=0.05,
        encoder_factor=1.0,
        validations=2,
    ),
)


class Site:
    """Rounds, and the ranks that this process starts for them. A snapshot is saved at every step."""

    def __init__(self, settings, database, blobs, admin):
        self.settings = settings.model_copy(update={"device": "cpu", "segment_seconds": 0.0})
        self.database, self.blobs, self.admin = database, blobs, admin

    def start(self, slug: str, **changes) -> str:
        config = replace(CONFIG, training=replace(CONFIG.training, **changes))
        project_with_images(self.database, self.blobs, self.admin, slug=slug, source=3, target=3, val=1, config=config)
        with self.database.write() as session:
            request = Request(seed=SEED)
            return round_services.start(session, self.admin.actor, slug, request, idempotency_key=None).id

    def with_ranks(self, ranks: int):
        return self.settings.model_copy(update={"ranks": ranks})

    def train(self, round_id: str, *, ranks: int) -> int:
        """Work the job that trains to its end; returns the segments."""
        segments = 0
        while (job := self.job(round_id)).state is JobState.QUEUED:
            work_segment(self.with_ranks(ranks), self.database, self.blobs, job.id)
            segments += 1
        return segments

    def interrupt(self, round_id: str, *, ranks: int, drop: bool = False) -> None:
        """Work until something is saved, and then be asked to stop, or be told that the job is another's."""
        hurry, dropped = threading.Event(), threading.Event()
        with self.database.write() as session:
            job = job_rows.claim(session, self.job(round_id).id, worker="test")
        ours, theirs = Pipe()
        event = dropped if drop else hurry

        def watch() -> None:
            wait_for(lambda: self.job(round_id).cursor.get("iteration", 0) > 0)
            event.set()

        watching = threading.Thread(target=watch, daemon=True)
        watching.start()
        process.work(
            Work(job.id, job.attempt),
            self.with_ranks(ranks),
            self.database,
            self.blobs,
            pipe=theirs,
            hurry=hurry,
            drop=dropped,
        )
        watching.join()
        ours.close()
        theirs.close()

    def job(self, round_id: str) -> Job:
        with self.database.read() as session:
            return session.scalars(select(Job).where(Job.round_id == round_id, Job.kind == JobKind.TRAIN_ROUND)).one()

    def round(self, round_id: str) -> Round:
        with self.database.read() as session:
            return session.get_one(Round, round_id, options=[undefer("*")])

    def weights(self, round_id: str, role: CheckpointRole = CheckpointRole.TEACHER) -> dict[str, torch.Tensor]:
        with self.database.read() as session:
            of_round = select(Checkpoint).where(Checkpoint.round_id == round_id, Checkpoint.role == role)
            return safetensors.torch.load(self.blobs.get(session.scalars(of_round).one().blob_key))

    def is_stored(self, key: str) -> bool:
        try:
            self.blobs.get(key)
        except NotFound:
            return False
        return True


@pytest.fixture
def site(settings, database, blobs, admin) -> Site:
    return Site(settings, database, blobs, admin)


def assert_alike(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> None:
    """Apart by no more than a hundredth of how far they have come from where they began."""
    begun = new_network("tiny_fpn", num_classes=11, seed=SEED).state_dict()
    learned = [name for name, tensor in one.items() if (tensor.float() - begun[name].float()).norm() > 1e-4]
    assert len(learned) > 10
    for name, tensor in one.items():
        moved = (tensor.float() - begun[name].float()).norm()
        assert (tensor.float() - other[name].float()).norm() <= 0.01 * moved + 1e-6, name


def ranks_of(parent: psutil.Process) -> list[psutil.Process]:
    return [child for child in parent.children() if "spawn_main" in " ".join(child.cmdline())]


def test_two_ranks_train_a_round_as_one_process_does(site):
    one, two = site.start("one"), site.start("two")
    assert site.train(one, ranks=1) == ITERATIONS
    assert site.train(two, ranks=2) == 1
    for role in CheckpointRole:
        assert_alike(site.weights(one, role), site.weights(two, role))
    ours, theirs = site.round(one).training_log, site.round(two).training_log
    assert [row["iteration"] for row in theirs if "val_miou" in row] == [ITERATIONS // 2, ITERATIONS]
    assert theirs[-1]["iteration"] == ITERATIONS
    assert theirs[-1]["source_loss"] == pytest.approx(ours[-1]["source_loss"], rel=0.01)
    assert theirs[-1]["val_miou"] == pytest.approx(ours[-1]["val_miou"], abs=0.01)
    job = site.job(two)
    assert (job.state, job.crashes) == (JobState.SUCCEEDED, 0)
    assert not site.is_stored(job.cursor["snapshot"])
    assert not ranks_of(psutil.Process())


def test_a_training_goes_on_with_any_number_of_ranks(site):
    whole, less, more = site.start("whole"), site.start("less"), site.start("more")
    site.train(whole, ranks=1)

    site.interrupt(less, ranks=2)
    left = site.job(less)
    assert (left.state, left.cursor["batch_size"]) == (JobState.QUEUED, 4)
    assert 0 < left.cursor["iteration"] < ITERATIONS
    assert site.is_stored(left.cursor["snapshot"])
    assert site.train(less, ranks=1) == ITERATIONS - left.cursor["iteration"]
    assert_alike(site.weights(whole), site.weights(less))

    for _ in range(3):
        work_segment(site.with_ranks(1), site.database, site.blobs, site.job(more).id)
    assert site.job(more).cursor["iteration"] == 3
    assert site.train(more, ranks=2) == 1
    assert_alike(site.weights(whole), site.weights(more))
    for round_id in (less, more):
        iterations = [row["iteration"] for row in site.round(round_id).training_log]
        assert iterations == sorted(set(iterations))


def test_a_job_that_is_taken_away_ends_its_ranks_and_writes_nothing_more(site):
    round_id = site.start("dropped", iterations=100_000)
    site.interrupt(round_id, ranks=2, drop=True)
    assert not ranks_of(psutil.Process())
    left = site.job(round_id)
    assert (left.state, left.attempt) == (JobState.RUNNING, 1)  # it is for others to say what becomes of it
    assert site.is_stored(left.cursor["snapshot"])


def in_rank_1(iteration: int, fault) -> None:
    """Have `fault` come over the second rank, in the step after `iteration`; in the process that calls this."""
    step = Trainer.step

    def faulty(self, batch, *, seed):
        if self.ranks.index == 1 and self.iteration == iteration:
            fault()
        return step(self, batch, seed=seed)

    Trainer.step = faulty


def main_without_data(*args) -> None:
    def fault():
        raise MissingData("There is nothing to learn from.")

    in_rank_1(2, fault)
    rank.main(*args)


def main_with_a_bug(*args) -> None:
    in_rank_1(2, lambda: 1 // 0)
    rank.main(*args)


def main_without_memory(*args) -> None:
    def fault():
        raise torch.OutOfMemoryError("no room")

    in_rank_1(2, fault)
    rank.main(*args)


def main_that_dies(*args) -> None:
    in_rank_1(2, lambda: os.kill(os.getpid(), signal.SIGKILL))
    rank.main(*args)


def test_what_a_rank_raises_is_what_the_job_fails_with(site, monkeypatch):
    monkeypatch.setattr("worker.launch.rank.main", main_without_data)
    round_id = site.start("missing")
    site.train(round_id, ranks=2)
    failed = site.round(round_id)
    assert (failed.state, failed.error_code) == (RoundState.FAILED, "missing_data")
    assert failed.error == "There is nothing to learn from."
    assert not ranks_of(psutil.Process())


@pytest.mark.parametrize("main", [main_that_dies, main_with_a_bug])
def test_the_death_of_a_rank_is_a_crash_and_the_next_attempt_goes_on(site, monkeypatch, main):
    monkeypatch.setattr("worker.launch.rank.main", main)
    round_id = site.start("died")
    began = time.monotonic()
    work_segment(site.with_ranks(2), site.database, site.blobs, site.job(round_id).id)
    assert time.monotonic() - began < 25  # the launcher's patience with ranks that do not listen is 30 s
    left = site.job(round_id)
    assert (left.state, left.crashes, left.message) == (JobState.QUEUED, 1, "Going on after a crash")
    assert 0 < left.cursor["iteration"] <= 2
    assert not ranks_of(psutil.Process())
    assert site.train(round_id, ranks=1) == ITERATIONS - left.cursor["iteration"]


def test_a_batch_too_large_for_a_gpu_is_halved_for_all(site, monkeypatch):
    monkeypatch.setattr("worker.launch.rank.main", main_without_memory)
    round_id = site.start("large")
    work_segment(site.with_ranks(2), site.database, site.blobs, site.job(round_id).id)
    left = site.job(round_id)
    assert (left.state, left.crashes, left.cursor["batch_size"]) == (JobState.QUEUED, 0, 2)
    said = site.round(round_id).training_log[-1]
    assert said["batch_size"] == 2
    assert "not enough memory for its share of 4 crops of 64 x 64" in said["note"]
    assert site.train(round_id, ranks=2) == ITERATIONS - left.cursor["iteration"]  # two ranks cannot share a batch of 2
    assert site.job(round_id).state is JobState.SUCCEEDED


def test_a_batch_that_ranks_cannot_share_is_for_fewer_of_them(site):
    round_id = site.start("odd", batch_size=2)
    assert site.train(round_id, ranks=2) == ITERATIONS
    notes = [row["note"] for row in site.round(round_id).training_log if "note" in row]
    assert len(notes) == 1
    assert "2 processes cannot share a batch of 2" in notes[0]
    assert "multiple of 4" in notes[0]


def work_forever(settings, job_id: str) -> None:
    work_segment(settings, open_database(settings.database), open_store(settings.storage, {}), job_id)


def test_ranks_end_with_the_process_that_has_started_them(site):
    round_id = site.start("orphans", iterations=100_000)
    parent = multiprocessing.get_context("spawn").Process(
        target=work_forever, args=(site.with_ranks(2), site.job(round_id).id)
    )
    parent.start()
    try:
        wait_for(lambda: site.job(round_id).cursor.get("iteration", 0) > 0)
        ranks = ranks_of(psutil.Process(parent.pid))
        assert len(ranks) == 2
    finally:
        parent.kill()
        parent.join()
    wait_for(lambda: not any(map(is_alive, ranks)), seconds=5)
