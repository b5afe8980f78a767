"""Training: a round's network learns from its manifest, a segment at a time.

Each segment ends with a snapshot; the cursor names it. Whoever takes the job next goes on from there, bit by bit.
"""

import time
from dataclasses import asdict, dataclass
from typing import Any

import torch

from backend.db.tables import Checkpoint, Project, Round
from backend.domain.errors import CheckpointMismatch, DeviceOutOfMemory, MissingData, TrainingDiverged
from backend.domain.round_config import TrainingConfig
from backend.services import configs, manifests
from models.networks import SegmentationNetwork
from models.self_training import SelfTrainingConfig, StepReport, Trainer
from worker.artifacts import load_checkpoint, load_snapshot, new_network, save_checkpoint, save_snapshot
from worker.context import Context
from worker.data import TrainingData
from worker.device import open_device
from worker.source import source_commit

LOG_SECONDS = 1.0  # s between rows of the training log


@dataclass(slots=True, kw_only=True)
class Warm:
    """What a process keeps from one segment to the next: the training as its last snapshot has it."""

    round_id: str
    snapshot: str | None
    trainer: Trainer
    data: TrainingData


_warm: Warm | None = None


def work(context: Context) -> None:
    """Train until the segment is over or the round's iterations are done."""
    with context.database.read() as session:
        round_, project = context.round_and_project(session)
    if round_.manifest_key is None:
        with context.writing() as session:
            round_, project = context.round_and_project(session)
            manifests.freeze(session, context.blobs, project, round_)
    training = _resume(context, round_, project)
    rows = _train_segment(context, training, seed=round_.seed)
    if training.trainer.iteration < training.trainer.config.iterations:
        _save(context, training, rows)
    else:
        _finish(context, training, rows)


def _train_segment(context: Context, training: Warm, *, seed: int) -> list[dict[str, Any]]:
    """Rows for the training log."""
    trainer, iterations = training.trainer, training.trainer.config.iterations
    began, first, logged = time.monotonic(), trainer.iteration, 0.0
    rows: list[dict[str, Any]] = []
    while trainer.iteration < iterations:
        report = _step(training, seed=seed)
        moment = time.monotonic()
        pace = (moment - began) / (trainer.iteration - first)
        if moment - logged >= LOG_SECONDS or trainer.iteration == iterations:
            logged = moment
            rows.append({"iteration": trainer.iteration} | {k: round(v, 5) for k, v in asdict(report).items()})
        context.report(
            trainer.iteration / iterations,
            f"Training: iteration {trainer.iteration} of {iterations}",
            remaining=pace * (iterations - trainer.iteration),
            **rows[-1],
        )
        if context.should_yield():
            break
    return rows


def _step(training: Warm, *, seed: int) -> StepReport:
    trainer = training.trainer
    # One generator an iteration: what is random in it depends on nothing that came before.
    generator = torch.Generator().manual_seed(seed * 1_000_003 + trainer.iteration)
    try:
        return trainer.step(training.data.batch(generator), generator=generator)
    except FloatingPointError as error:
        raise TrainingDiverged(
            f"{error} Lower the learning rate, or look for a wrong label map among the source images."
        ) from error
    except torch.OutOfMemoryError as error:
        raise DeviceOutOfMemory(
            f"The GPU has not enough memory for {training.data.batch_size} + {training.data.batch_size} crops of "
            f"{training.data.crop} pixels. Lower batch_size or crop."
        ) from error


def _resume(context: Context, round_: Round, project: Project) -> Warm:
    """The training where the cursor says it stands: from this process's memory if it is the same, else from blobs."""
    global _warm  # noqa: PLW0603  (one process, one training: this is what staying warm means)
    snapshot = context.job.cursor.get("snapshot")
    if _warm is not None and (_warm.round_id, _warm.snapshot) == (round_.id, snapshot):
        # Taken out while it is at work: if the segment is dropped half-way, its state is no snapshot's any more.
        training, _warm = _warm, None
        return training
    _warm = None
    config = configs.from_json(round_.config).training
    manifest = manifests.read(context.blobs, round_.manifest_key or "")
    if not manifest.source:
        raise MissingData("The project has no labelled source images in the train split; import some, then retry.")
    trainer = Trainer(
        _network(context, round_, project, config),
        SelfTrainingConfig(
            num_classes=len(project.classes),
            iterations=config.iterations,
            learning_rate=config.learning_rate,
            mixing=config.mixing.value,
            sieve=config.sieve,
        ),
        device=open_device(context.settings),
    )
    if snapshot is not None:
        trainer.load_state(load_snapshot(context.blobs, snapshot)["trainer"])
    data = TrainingData(
        blobs=context.blobs,
        manifest=manifest,
        num_classes=len(project.classes),
        crop=config.crop,
        batch_size=config.batch_size,
    )
    return Warm(round_id=round_.id, snapshot=snapshot, trainer=trainer, data=data)


def _network(context: Context, round_: Round, project: Project, config: TrainingConfig) -> SegmentationNetwork:
    classes = [label_class["name"] for label_class in project.classes]
    if round_.checkpoint_in is None:
        return new_network(config.network, num_classes=len(classes), seed=round_.seed)
    with context.database.read() as session:
        checkpoint = session.get(Checkpoint, round_.checkpoint_in)
    if checkpoint is None:
        raise CheckpointMismatch("The checkpoint that this round begins from is gone. Start one from scratch.")
    if checkpoint.provenance["network"] != config.network:
        raise CheckpointMismatch(
            f"The round asks for {config.network}, but its checkpoint is of {checkpoint.provenance['network']}. "
            "Start the round from scratch to change the network."
        )
    return load_checkpoint(context.blobs, checkpoint, classes=classes)


def _save(context: Context, training: Warm, rows: list[dict[str, Any]]) -> None:
    """End the segment with a snapshot, and stay warm."""
    global _warm  # noqa: PLW0603
    before = training.snapshot
    # The round's id makes the blob its own: one that a round like it shared would be deleted under its feet.
    state = {"round_id": training.round_id, "trainer": training.trainer.state()}
    training.snapshot = save_snapshot(context.blobs, state)
    with context.writing() as session:
        round_, _ = context.round_and_project(session)
        round_.training_log = [*round_.training_log, *rows]
        context.yield_segment(session, {"iteration": training.trainer.iteration, "snapshot": training.snapshot})
    _warm = training
    if before is not None:
        context.blobs.delete(before)


def _finish(context: Context, training: Warm, rows: list[dict[str, Any]]) -> None:
    """End the job with a checkpoint of the teacher."""
    with context.writing() as session:
        round_, project = context.round_and_project(session)
        round_.training_log = [*round_.training_log, *rows]
        round_.commit = source_commit()
        checkpoint = save_checkpoint(
            session,
            context.blobs,
            training.trainer.teacher,
            project_id=project.id,
            round_id=round_.id,
            provenance={
                "network": round_.config["training"]["network"],
                "classes": [label_class["name"] for label_class in project.classes],
                "config": round_.config,
                "seed": round_.seed,
                "manifest_sha256": round_.manifest_key,
                "parent": round_.checkpoint_in,
                "commit": round_.commit,
            },
        )
        round_.checkpoint_out = checkpoint.id
        context.succeed(session)
    if training.snapshot is not None:
        context.blobs.delete(training.snapshot)
