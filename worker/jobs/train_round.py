"""Training: a round's network learns from its manifest, a segment at a time.

Each segment ends with a snapshot; the cursor names it. Whoever takes the job next goes on from there, bit by bit.
"""

import time
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from backend.db import images
from backend.db.session import Session
from backend.db.tables import Checkpoint, Project, Round
from backend.domain.errors import CheckpointMismatch
from backend.domain.image_file import ImageSize
from backend.domain.training_config import TrainingConfig
from backend.domain.vocabulary import CheckpointRole, Domain, Split
from backend.services import configs, manifests
from backend.storage import BlobKey
from worker.artifacts import check_classes, save_checkpoint, save_snapshot
from worker.context import Context
from worker.device import open_device
from worker.source import source_commit
from worker.training import Order, Training, advance, build
from worker.validation import ValImage

LOG_SECONDS = 1.0  # s between rows of the training log
MOST_VALIDATED = 50  # val images that the teacher is tried on while it learns


@dataclass(slots=True, kw_only=True)
class Warm:
    """What a process keeps from one segment to the next: the training as its last snapshot has it."""

    snapshot: BlobKey | None
    training: Training


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
    rows = _train_segment(context, training)
    if training.is_done:
        _finish(context, training, rows)
    else:
        _save(context, training, rows)


def _train_segment(context: Context, training: Training) -> list[dict[str, Any]]:
    """Rows for the training log: one a second, the last, and those that say more than figures."""
    iterations, first = training.iterations, training.trainer.iteration
    began, logged = time.monotonic(), 0.0
    rows: list[dict[str, Any]] = []
    for row in advance(training, should_stop=context.should_yield):
        moment = time.monotonic()
        pace = (moment - began) / max(1, row["iteration"] - first)
        if moment - logged >= LOG_SECONDS or training.is_done or "note" in row or "val_miou" in row:
            logged = moment
            rows.append(row)
        context.report(
            row["iteration"] / iterations,
            row.get("note", f"Training: iteration {row['iteration']} of {iterations}"),
            remaining=pace * (iterations - row["iteration"]),
            **rows[-1],
        )
    return rows


def _resume(context: Context, round_: Round, project: Project) -> Training:
    """The training where the cursor says it stands: from this process's memory if it is the same, else from blobs."""
    global _warm
    # Taken out while it is at work: if the segment is dropped half-way, its state is no snapshot's any more.
    kept, _warm = _warm, None
    snapshot = context.job.cursor.get("snapshot")
    if kept is not None and (kept.training.order.round_id, kept.snapshot) == (round_.id, snapshot):
        return kept.training
    order = _order(context, round_, project, snapshot=snapshot)
    return build(order, context.settings, context.blobs, device=open_device(context.settings))


def _order(context: Context, round_: Round, project: Project, *, snapshot: BlobKey | None) -> Order:
    config = configs.from_json(round_.config).training
    with context.database.read() as session:
        begins_from = None if round_.checkpoint_in is None else _begins_from(session, round_, project, config)
        val = images.of_split(session, project.id, Domain.TARGET, Split.VAL, labelled=True)
    seen = context.job.cursor.get("validated", min(len(val), MOST_VALIDATED if config.validations else 0))
    return Order(
        round_id=round_.id,
        seed=round_.seed,
        classes=tuple(label_class["name"] for label_class in project.classes),
        config=config,
        manifest_key=round_.manifest_key or "",
        begins_from=begins_from,
        snapshot=snapshot,
        val=tuple(
            ValImage(
                name=image.name,
                blob_key=image.blob_key,
                label_key=image.label_key or "",
                size=ImageSize(width=image.width, height=image.height),
            )
            for image in val[:seen]
        ),
    )


def _begins_from(session: Session, round_: Round, project: Project, config: TrainingConfig) -> BlobKey:
    checkpoint = session.get(Checkpoint, round_.checkpoint_in or "")
    if checkpoint is None:
        raise CheckpointMismatch("The checkpoint that this round begins from is gone. Start one from scratch.")
    network = checkpoint.provenance["network"]
    if network != config.network:
        raise CheckpointMismatch(
            f"The round asks for {config.network}, but its checkpoint is of {network}. "
            "Start the round from scratch to change the network."
        )
    check_classes(checkpoint, [label_class["name"] for label_class in project.classes])
    return checkpoint.blob_key


def _save(context: Context, training: Training, rows: list[dict[str, Any]]) -> None:
    """End the segment with a snapshot, and stay warm."""
    global _warm  # noqa: PLW0603
    before = context.job.cursor.get("snapshot")
    snapshot = save_snapshot(context.blobs, training.state())
    with context.writing() as session:
        round_, _ = context.round_and_project(session)
        round_.training_log = [*round_.training_log, *rows]
        context.yield_segment(
            session,
            {
                "iteration": training.trainer.iteration,
                "snapshot": snapshot,
                "validated": len(training.order.val),
            },
        )
    _warm = Warm(snapshot=snapshot, training=training)
    if before is not None:
        context.blobs.delete(before)


def _finish(context: Context, training: Training, rows: list[dict[str, Any]]) -> None:
    """End the job with checkpoints: the teacher, which the round goes on with, the student, and the best teacher."""
    trainer, best = training.trainer, training.best
    networks = {
        CheckpointRole.TEACHER: (trainer.teacher.state_dict(), trainer.iteration),
        CheckpointRole.STUDENT: (trainer.student.state_dict(), trainer.iteration),
    }
    if best is not None:
        networks[CheckpointRole.BEST_TEACHER] = (best.weights, best.iteration)
    with context.writing() as session:
        round_, project = context.round_and_project(session)
        round_.training_log = [*round_.training_log, *rows]
        round_.commit = source_commit()
        for role, (weights, iteration) in networks.items():
            saved = _checkpoint(context, session, round_, project, role, weights, iteration)
            if role is CheckpointRole.TEACHER:
                round_.checkpoint_out = saved.id
        context.succeed(session)
    snapshot = context.job.cursor.get("snapshot")
    if snapshot is not None:
        context.blobs.delete(snapshot)


def _checkpoint(
    context: Context,
    session: Session,
    round_: Round,
    project: Project,
    role: CheckpointRole,
    weights: dict[str, Tensor],
    iteration: int,
) -> Checkpoint:
    provenance = {
        "network": round_.config["training"]["network"],
        "classes": [label_class["name"] for label_class in project.classes],
        "config": round_.config,
        "seed": round_.seed,
        "manifest_sha256": round_.manifest_key,
        "parent": round_.checkpoint_in,
        "commit": round_.commit,
        "iteration": iteration,
    }
    return save_checkpoint(
        session,
        context.blobs,
        weights,
        project_id=project.id,
        round_id=round_.id,
        role=role,
        provenance=provenance,
    )
