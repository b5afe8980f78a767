"""What the training job keeps and says: the best teacher, a smaller batch where memory ends, figures a step."""

import json
from dataclasses import replace

import pytest
import torch
from sqlalchemy import select

from backend.db.tables import Checkpoint, Job
from backend.domain.round_config import RoundConfig
from backend.domain.round_state import RoundState
from backend.domain.training_config import Mixing, Optimiser, Precision, Pretrained, Supervised, TrainingConfig
from backend.domain.vocabulary import CheckpointRole
from models.self_training import Trainer
from tests.factories import project_with_images
from tests.integration.worker.in_process import work_all, work_segment
from tests.integration.worker.test_round import TINY, read, start
from worker import training as training_module
from worker.artifacts import save_snapshot

EVERYTHING = TrainingConfig(
    network="tiny_fpn",
    pretrained=Pretrained.RANDOM,
    iterations=6,
    batch_size=2,
    crop=64,
    crop_rows=48,
    source_size=(96, 128),
    target_size=(120, 160),
    scales=(0.5, 2.0),
    optimiser=Optimiser.SGD,
    learning_rate=0.01,
    supervised=Supervised.OHEM,
    confidence_power=2.0,
    class_sampling=True,
    mixing=Mixing.ADAPTIVE_CUTMIX,
    copy_paste=True,
    contrast_weight=0.1,
    contrast_start=0.0,
    consistency_weight=0.1,
    negative_weight=1.0,
    sieve=0.9,
    precision=Precision.BFLOAT16,
    validations=2,
)


@pytest.fixture
def quick(settings):
    """Every segment is over after a step."""
    return settings.model_copy(update={"segment_seconds": 0.0})


@pytest.fixture
def project(database, blobs, admin):
    return project_with_images(database, blobs, admin, source=3, target=4, val=2, config=TINY)


def with_training(config: TrainingConfig) -> RoundConfig:
    return replace(TINY, training=config)


def roles(database, round_) -> dict[CheckpointRole, Checkpoint]:
    with database.read() as session:
        found = session.scalars(select(Checkpoint).where(Checkpoint.round_id == round_.id)).all()
    return {checkpoint.role: checkpoint for checkpoint in found}


def only_job(database) -> Job:
    with database.read() as session:
        return session.scalars(select(Job)).one()


def test_every_setting_at_once_trains_and_says_figures(database, blobs, admin, settings, project):
    round_ = start(database, admin, config=with_training(EVERYTHING))
    work_segment(settings, database, blobs, only_job(database).id)
    done = read(database, round_)
    assert done.state is RoundState.EVALUATING, done.error
    json.dumps(done.training_log, allow_nan=False)
    last = done.training_log[-1]
    assert last["iteration"] == 6
    assert len(last["class_confidence"]) == len(project.classes)
    assert 0 < last["waited_share"] < 1


def test_the_best_teacher_is_kept_beside_the_last(database, blobs, admin, quick, project, monkeypatch):
    """Validated after iterations 2, 4 and 6 with 0.2, 0.5 and 0.4: the one of iteration 4 is kept, over segments."""
    figures = iter([0.2, 0.5, 0.4])
    seen = []

    def miou_of(teacher, images, blobs):
        seen.append({name: tensor.clone() for name, tensor in teacher.state_dict().items()})
        assert len(images) == 2
        return next(figures)

    monkeypatch.setattr(training_module, "miou_of", miou_of)
    round_ = start(database, admin, config=with_training(replace(TINY.training, validations=3)))
    job = only_job(database)
    for _ in range(6):
        work_segment(quick, database, blobs, job.id)
    found = roles(database, round_)
    assert set(found) == set(CheckpointRole)
    iterations = {role: checkpoint.provenance["iteration"] for role, checkpoint in found.items()}
    assert iterations == {
        CheckpointRole.TEACHER: 6,
        CheckpointRole.STUDENT: 6,
        CheckpointRole.BEST_TEACHER: 4,
    }
    kept = training_module.load_weights(
        blobs, found[CheckpointRole.BEST_TEACHER].blob_key, network="tiny_fpn", num_classes=len(project.classes)
    )
    assert all(torch.equal(tensor, seen[1][name]) for name, tensor in kept.state_dict().items())
    log = {row["iteration"]: row["val_miou"] for row in read(database, round_).training_log if "val_miou" in row}
    assert log == {2: 0.2, 4: 0.5, 6: 0.4}
    work_all(quick, database, blobs)  # and all three are evaluated


def test_a_teacher_is_validated_on_the_val_images(database, blobs, admin, settings, project):
    """What training says of its last iteration is what the evaluation says of the same network and images."""
    round_ = start(database, admin, config=with_training(replace(TINY.training, validations=1)))
    work_all(settings, database, blobs)
    done = read(database, round_)
    assert done.training_log[-1]["val_miou"] == pytest.approx(done.miou, abs=1e-4)
    assert done.miou > 0


def test_where_memory_ends_the_batch_is_halved_and_that_is_said(
    database,
    blobs,
    admin,
    quick,
    project,
    monkeypatch,
):
    original, sizes = Trainer.step, []

    def step(self, batch, *, seed):
        sizes.append(len(batch.source_images))
        if len(batch.source_images) > 1:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return original(self, batch, seed=seed)

    monkeypatch.setattr(Trainer, "step", step)
    round_ = start(database, admin, config=with_training(replace(TINY.training, batch_size=4)))
    job = only_job(database)
    work_segment(quick, database, blobs, job.id)
    assert sizes == [4, 2, 1]
    notes = [row["note"] for row in read(database, round_).training_log if "note" in row]
    assert notes == [
        f"The GPU has not enough memory for {asked} crops of 64 x 64 pixels of each domain: going on with {less}."
        for asked, less in ((4, 2), (2, 1))
    ]
    work_segment(quick, database, blobs, job.id)
    assert sizes == [4, 2, 1, 1]  # the next segment remembers


def test_a_gpu_too_small_for_one_crop_fails_in_words(database, blobs, admin, settings, project, monkeypatch):
    def step(self, batch, *, seed):
        raise torch.OutOfMemoryError("CUDA out of memory.")

    monkeypatch.setattr(Trainer, "step", step)
    round_ = start(database, admin)
    work_segment(settings, database, blobs, only_job(database).id)
    failed = read(database, round_)
    assert (failed.state, failed.error_code) == (RoundState.FAILED, "device_out_of_memory")
    assert "one crop of 64 x 64 pixels" in failed.error
    assert "Lower crop" in failed.error


def test_missing_weights_fail_in_words_where_they_are_required(database, blobs, admin, settings, project):
    config = TrainingConfig(network="deeplabv3plus_resnet50", pretrained=Pretrained.REQUIRED, iterations=1, crop=64)
    round_ = start(database, admin, config=with_training(config))
    work_segment(settings, database, blobs, only_job(database).id)
    failed = read(database, round_)
    assert (failed.state, failed.error_code) == (RoundState.FAILED, "missing_data")
    assert "resnet50" in failed.error


def test_a_training_that_an_older_version_began_begins_again(database, blobs, admin, settings, quick, project):
    """Its snapshot holds less than this version needs; the round is trained all the same, from its first iteration."""
    round_ = start(database, admin)
    job = only_job(database)
    work_segment(quick, database, blobs, job.id)
    with database.write() as session:
        row = session.get_one(Job, job.id)
        row.cursor = {"iteration": 1, "snapshot": save_snapshot(blobs, {"round_id": round_.id, "trainer": {}})}
    work_segment(settings, database, blobs, job.id)
    done = read(database, round_)
    assert done.state is RoundState.EVALUATING, done.error
    assert roles(database, round_)[CheckpointRole.TEACHER].provenance["iteration"] == 6
