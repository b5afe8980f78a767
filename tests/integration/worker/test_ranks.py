"""A training shared by two processes: it learns what one process learns, and however it ends, they end with it."""

import multiprocessing
import threading
import time
from contextlib import contextmanager
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
from backend.domain.job_state import MAX_CRASHES, JobKind, JobState
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
from worker.rank import RankFailed, RankOutOfMemory, Row, Saved

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

ITERATIONS, SEED = 12, 5
PATIENCE = 300  # s; starting ranks takes long on a busy machine
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

    def work(self, round_id: str, *, ranks: int) -> None:
        work_segment(self.with_ranks(ranks), self.database, self.blobs, self.job(round_id).id)

    def train(self, round_id: str, *, ranks: int) -> int:
        """Work the job that trains to its end; returns the segments."""
        segments = 0
        while self.job(round_id).state is JobState.QUEUED:
            self.work(round_id, ranks=ranks)
            segments += 1
        return segments

    def interrupt(self, round_id: str, *, ranks: int) -> None:
        """Work until something is saved, and then be asked to stop."""
        with self.database.write() as session:
            job = job_rows.claim(session, self.job(round_id).id, worker="test")
        hurry, (ours, theirs) = threading.Event(), Pipe()

        def watch() -> None:
            wait_for(lambda: self.job(round_id).cursor.get("iteration", 0) > 0, seconds=PATIENCE)
            hurry.set()

        watching = threading.Thread(target=watch, daemon=True)
        watching.start()
        process.work(
            Work(job.id, job.attempt),
            self.with_ranks(ranks),
            self.database,
            self.blobs,
            pipe=theirs,
            hurry=hurry,
            drop=threading.Event(),
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


def in_rank_1(fault, *, first: int, last: int) -> None:
    """Have `fault` come over the second rank in these steps, in the process that calls this."""
    step = Trainer.step

    def faulty(self, batch, *, seed):
        if self.ranks.index == 1 and first <= self.iteration <= last:
            fault()
        return step(self, batch, seed=seed)

    Trainer.step = faulty


def main_that_slows_down(*args) -> None:
    """Else it may be over before anybody can interrupt it."""
    in_rank_1(lambda: time.sleep(0.5), first=2, last=ITERATIONS)
    rank.main(*args)


def main_without_data(*args) -> None:
    def fault():
        raise MissingData("There is nothing to learn from.")

    in_rank_1(fault, first=2, last=2)
    rank.main(*args)


def test_two_ranks_learn_what_one_process_learns_however_often_it_changes(site, monkeypatch):
    """Two ranks, asked to stop in the middle; a step of one process, from their snapshot; two ranks from its."""
    whole, changed = site.start("whole"), site.start("changed")
    assert site.train(whole, ranks=1) == ITERATIONS

    with monkeypatch.context() as patched:
        patched.setattr("worker.launch.rank.main", main_that_slows_down)
        site.interrupt(changed, ranks=2)
    left = site.job(changed)
    assert (left.state, left.cursor["batch_size"]) == (JobState.QUEUED, 4)
    assert 0 < left.cursor["iteration"] < ITERATIONS - 1
    assert site.is_stored(left.cursor["snapshot"])
    site.work(changed, ranks=1)
    assert site.job(changed).cursor["iteration"] == left.cursor["iteration"] + 1
    assert not site.is_stored(left.cursor["snapshot"])
    site.work(changed, ranks=2)

    ended = site.job(changed)
    assert (ended.state, ended.attempt, ended.cursor["iteration"]) == (JobState.SUCCEEDED, 3, ITERATIONS)
    assert not site.is_stored(ended.cursor["snapshot"])
    for role in CheckpointRole:
        assert_alike(site.weights(whole, role), site.weights(changed, role))
    ours, theirs = site.round(whole).training_log, site.round(changed).training_log
    assert [row["iteration"] for row in theirs] == sorted({row["iteration"] for row in theirs})
    assert [row["iteration"] for row in theirs if "val_miou" in row] == [ITERATIONS // 2, ITERATIONS]
    for figure in ("source_loss", "pseudo_loss", "val_miou"):
        assert theirs[-1][figure] == pytest.approx(ours[-1][figure], rel=0.02, abs=0.002)
    assert not ranks_of(psutil.Process())


def test_what_a_rank_raises_is_what_the_job_fails_with(site, monkeypatch):
    monkeypatch.setattr("worker.launch.rank.main", main_without_data)
    round_id = site.start("missing")
    site.work(round_id, ranks=2)
    failed = site.round(round_id)
    assert (failed.state, failed.error_code) == (RoundState.FAILED, "missing_data")
    assert failed.error == "There is nothing to learn from."
    assert not ranks_of(psutil.Process())


class Launches:
    """In place of real ones: each has taken a step and saved it, and another step, when something ends it."""

    def __init__(self, blobs, error: Exception):
        self.blobs, self.error = blobs, error
        self.asked = []

    @contextmanager
    def __call__(self, order, settings, *, ranks, batch_size):
        self.asked.append((order.snapshot, ranks, batch_size))
        yield self

    def hear(self, **_):
        yield Row({"iteration": 2})
        yield Saved(self.blobs.put(b"a snapshot"), 2)
        yield Row({"iteration": 3})
        raise self.error


def test_a_rank_that_dies_is_a_crash_and_what_was_saved_is_gone_on_from(site, monkeypatch):
    round_id = site.start("died")
    site.work(round_id, ranks=1)
    saved = site.job(round_id).cursor
    launches = Launches(site.blobs, RankFailed("exit code -9 of rank 1"))
    monkeypatch.setattr("worker.jobs.train_by_ranks.launched", launches)
    for crashes in range(1, MAX_CRASHES):
        site.work(round_id, ranks=2)
        left = site.job(round_id)
        assert (left.state, left.crashes, left.message) == (JobState.QUEUED, crashes, "Going on after a crash")
    assert launches.asked[:2] == [(saved["snapshot"], 2, 4), (left.cursor["snapshot"], 2, 4)]
    assert left.cursor == {**saved, "iteration": 2, "snapshot": left.cursor["snapshot"]}
    assert not site.is_stored(saved["snapshot"])
    assert site.is_stored(left.cursor["snapshot"])  # the same bytes were saved again and again
    assert 3 not in [row["iteration"] for row in site.round(round_id).training_log]
    site.work(round_id, ranks=2)
    failed = site.job(round_id)
    assert (failed.state, failed.error_code) == (JobState.FAILED, "job_crashed")
    assert "exit code -9 of rank 1" in failed.error


def test_a_gpu_without_memory_means_a_smaller_batch_for_all(site, monkeypatch):
    round_id = site.start("large", batch_size=16)
    launches = Launches(site.blobs, RankOutOfMemory())
    monkeypatch.setattr("worker.jobs.train_by_ranks.launched", launches)
    site.work(round_id, ranks=4)
    left = site.job(round_id)
    assert (left.state, left.crashes) == (JobState.QUEUED, 0)
    assert (left.cursor["iteration"], left.cursor["batch_size"]) == (2, 8)
    said = site.round(round_id).training_log[-1]
    assert (said["iteration"], said["batch_size"]) == (2, 8)
    assert "not enough memory for its share of 16 crops of 64 x 64" in said["note"]
    site.work(round_id, ranks=4)
    site.work(round_id, ranks=4)
    assert [asked[1:] for asked in launches.asked] == [(4, 16), (4, 8), (2, 4)]
    assert site.job(round_id).cursor["batch_size"] == 2  # for one alone


def test_a_batch_that_ranks_cannot_share_is_for_fewer_of_them(site):
    round_id = site.start("odd", batch_size=2)
    assert site.train(round_id, ranks=2) == ITERATIONS
    notes = [row["note"] for row in site.round(round_id).training_log if "note" in row]
    assert len(notes) == 1
    assert "2 processes cannot share a batch of 2" in notes[0]
    assert "multiple of 4" in notes[0]


def test_one_process_goes_on_with_the_batch_that_ranks_had_to_take(site, monkeypatch):
    round_id = site.start("less")
    site.work(round_id, ranks=1)
    cursor = site.job(round_id).cursor
    with site.database.write() as session:
        session.get_one(Job, site.job(round_id).id).cursor = {**cursor, "batch_size": 2}
    monkeypatch.setattr("worker.jobs.train_round._warm", None)
    seen = []
    step = Trainer.step
    monkeypatch.setattr(
        Trainer,
        "step",
        lambda self, batch, *, seed: seen.append(len(batch.source_images)) or step(self, batch, seed=seed),
    )
    site.work(round_id, ranks=2)
    assert seen == [2]


def work_forever(settings, job_id: str) -> None:
    work_segment(settings, open_database(settings.database), open_store(settings.storage, {}), job_id)


def test_ranks_end_with_the_process_that_has_started_them(site):
    round_id = site.start("orphans", iterations=100_000)
    parent = multiprocessing.get_context("spawn").Process(
        target=work_forever, args=(site.with_ranks(2), site.job(round_id).id)
    )
    parent.start()
    ranks: list[psutil.Process] = []
    try:
        wait_for(lambda: site.job(round_id).cursor.get("iteration", 0) > 0, seconds=PATIENCE)
        ranks += ranks_of(psutil.Process(parent.pid))
        assert len(ranks) == 2
        parent.kill()
        parent.join()
        wait_for(lambda: not any(map(is_alive, ranks)), seconds=10)
    finally:
        for one in [parent, *filter(is_alive, ranks)]:
            one.kill()
