"""Training: a round's network learns from its manifest, a segment at a time.

Each segment ends with a snapshot; the cursor names it. Whoever takes the job next goes on from there, bit by bit.
"""

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
from worker.device import count_ranks, open_device
from worker.jobs.train_by_ranks import train_by_ranks
from worker.launch import ranks_for
from worker.source import source_commit
from worker.training import Order, Training, advance, build
from worker.training_log import TrainingLog, log_rows
from worker.validation import ValImage

MOST_VALIDATED = 50  # val images that the teacher is tried on while it learns


@dataclass(slots=True, kw_only=True)
class Warm:
    """What a process keeps from one segment to the next: the training as its last snapshot has it."""

    snapshot: BlobKey | None
    training: Training


_warm: Warm | None = None


def work(context: Context) -> None:
    """Train until the segment is over or the round's iterations are done."""
    global _warm  # noqa: PLW0603
    with context.database.read() as session:
        round_, project = context.round_and_project(session)
    if round_.manifest_key is None:
        with context.writing() as session:
            round_, project = context.round_and_project(session)
            manifests.freeze(session, context.blobs, project, round_)
    config, batch_size = configs.from_json(round_.config).training, _batch_size(context, round_)
    ranks = ranks_for(batch_size, at_most=count_ranks(context.settings))
    if ranks > 1 and context.job.cursor.get("iteration") != config.iterations:
        _warm = None  # its room is the ranks'
        order = _order(context, round_, project, snapshot=context.job.cursor.get("snapshot"))
        if not train_by_ranks(context, order, ranks=ranks, batch_size=batch_size):
            return
    training = _resume(context, round_, project)
    rows = _train_segment(context, training)
    if training.is_done:
        _finish(context, training, rows)
    else:
        _save(context, training, rows)


def _batch_size(context: Context, round_: Round) -> int:
    """What is asked for, or less where that was too much for a GPU; once, the log says if not all GPUs can share it."""
    asked = configs.from_json(round_.config).training.batch_size
    if context.job.cursor:
        return int(context.job.cursor.get("batch_size", asked))
    most = count_ranks(context.settings)
    ranks = ranks_for(asked, at_most=most)
    if ranks < most:
        note = (
            f"{most} processes cannot share a batch of {asked}, since each takes an even number of crops: "
            f"{ranks} of them train. Set batch_size to a multiple of {2 * most} to use all."
        )
        cursor = {"batch_size": asked}
        with context.writing() as session:
            log_rows(context, session, [{"iteration": 0, "note": note}])
            context.save_cursor(session, cursor)
        context.job.cursor = cursor
    return asked


def _train_segment(context: Context, training: Training) -> list[dict[str, Any]]:
    """Rows for the training log."""
    said = TrainingLog(context=context, iterations=training.iterations, first=training.trainer.iteration)
    for row in advance(training, should_stop=context.should_yield):
        said.add(row)
    return said.rows


def _resume(context: Context, round_: Round, project: Project) -> Training:
    """The training where the cursor says it stands: from this process's memory if it is the same, else from blobs."""
    global _warm
    # Taken out while it is at work: if the segment is dropped half-way, its state is no snapshot's any more.
    kept, _warm = _warm, None
    snapshot = context.job.cursor.get("snapshot")
    if kept is not None and (kept.training.order.round_id, kept.snapshot) == (round_.id, snapshot):
        return kept.training
    order = _order(context, round_, project, snapshot=snapshot)
    training = build(order, context.settings, context.blobs, device=open_device(context.settings))
    training.batch_size = context.job.cursor.get("batch_size", training.batch_size)  # ranks may have had to take less
    return training


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
        log_rows(context, session, rows)
        context.yield_segment(
            session,
            {
                "iteration": training.trainer.iteration,
                "snapshot": snapshot,
                "validated": len(training.order.val),
                "batch_size": training.batch_size,
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
