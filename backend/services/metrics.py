"""What rounds achieved: the figures of their checkpoints, and mIoU against the work of people."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from backend.db import checkpoints, rounds
from backend.db.session import Session
from backend.db.tables import Evaluation, Project, Round
from backend.domain.errors import NotFound
from backend.domain.protocols import ProtocolMean, protocol_means
from backend.domain.vocabulary import CheckpointRole, Split
from backend.services import access
from backend.services.access import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    round_id: str
    round_index: int
    miou: float | None
    regions: int
    clicks: int
    pixels: int
    images: int
    human_hours: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointMetrics:
    """The figures of one checkpoint.

    Attributes:
        selected_on_this_split: it was chosen for doing well on these very images, so its figures flatter it.
    """

    checkpoint_id: str
    role: CheckpointRole
    split: Split
    selected_on_this_split: bool
    num_images: int
    miou: float | None
    pixel_accuracy: float | None
    iou: list[float | None]
    protocols: tuple[ProtocolMean, ...]
    boundary_miou: float | None
    boundary_iou: list[float | None]
    calibration_error: float | None
    reliability: list[dict[str, Any]]
    confusion: list[list[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundMetrics:
    """The figures of a round: those of its last teacher, then those of every checkpoint."""

    round_id: str
    round_index: int
    split: Split
    num_images: int
    miou: float | None
    pixel_accuracy: float | None
    iou: list[float | None]
    confusion: list[list[int]]
    checkpoints: list[CheckpointMetrics]


def learning_curve(session: Session, actor: Actor, slug: str) -> list[CurvePoint]:
    """A point for each round that was evaluated, oldest first."""
    project = access.project_by_slug(session, actor, slug)
    return [_point(round_) for round_ in reversed(rounds.of_project(session, project.id)) if round_.num_evaluated]


def of_round(session: Session, actor: Actor, round_id: str) -> RoundMetrics:
    """The figures of one round.

    Raises:
        NotFound: it has not been evaluated, or the project has no labelled images to evaluate on.
    """
    round_ = access.round_by_id(session, actor, round_id)
    if not round_.confusion:
        raise NotFound(
            "This round has no evaluation: it has not come so far, or no target image of the test or val split has a "
            "label map."
        )
    project = access.project_by_id(session, actor, round_.project_id)
    evaluated = [_checkpoint(project, *found) for found in checkpoints.evaluations(session, round_.id)]
    confusion = np.array(round_.confusion, dtype=np.int64)
    hits, truth, told = confusion.diagonal(), confusion.sum(axis=1), confusion.sum(axis=0)
    union = truth + told - hits
    return RoundMetrics(
        round_id=round_.id,
        round_index=round_.round_index,
        # Rounds from before there were evaluations of checkpoints saw the val split only.
        split=evaluated[0].split if evaluated else Split.VAL,
        num_images=round_.num_evaluated,
        miou=round_.miou,
        pixel_accuracy=float(hits.sum() / truth.sum()) if truth.sum() else None,
        iou=[float(h / u) if u else None for h, u in zip(hits, union, strict=True)],
        confusion=round_.confusion,
        checkpoints=evaluated,
    )


def _checkpoint(project: Project, role: CheckpointRole, found: Evaluation) -> CheckpointMetrics:
    names = [label_class["name"] for label_class in project.classes]
    return CheckpointMetrics(
        checkpoint_id=found.checkpoint_id,
        role=role,
        split=found.split,
        selected_on_this_split=role is CheckpointRole.BEST_TEACHER and found.split is Split.VAL,
        num_images=found.num_images,
        miou=found.miou,
        pixel_accuracy=found.pixel_accuracy,
        iou=found.iou,
        protocols=protocol_means(names, found.iou),
        boundary_miou=found.boundary_miou,
        boundary_iou=found.boundary_iou,
        calibration_error=found.calibration_error,
        reliability=found.reliability,
        confusion=found.confusion,
    )


def _point(round_: Round) -> CurvePoint:
    effort = round_.effort
    return CurvePoint(
        round_id=round_.id,
        round_index=round_.round_index,
        miou=round_.miou,
        regions=effort.get("regions", 0),
        clicks=effort.get("clicks", 0),
        pixels=effort.get("pixels", 0),
        images=effort.get("images", 0),
        human_hours=effort.get("seconds", 0.0) / 3600,
    )
