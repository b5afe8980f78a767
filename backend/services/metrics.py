"""What rounds achieved: IoU by class, and mIoU against the work of people."""

from dataclasses import dataclass

import numpy as np

from backend.db import rounds
from backend.db.session import Session
from backend.db.tables import Round
from backend.domain.errors import NotFound
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
class Evaluation:
    round_id: str
    round_index: int
    split: str
    num_images: int
    miou: float | None
    pixel_accuracy: float | None
    iou: list[float | None]
    confusion: list[list[int]]


def learning_curve(session: Session, actor: Actor, slug: str) -> list[CurvePoint]:
    """A point for each round that was evaluated, oldest first."""
    project = access.project_by_slug(session, actor, slug)
    return [_point(round_) for round_ in reversed(rounds.of_project(session, project.id)) if round_.num_evaluated]


def evaluation(session: Session, actor: Actor, round_id: str) -> Evaluation:
    """The figures of one round.

    Raises:
        NotFound: it has not been evaluated, or the project has no labelled images to evaluate on.
    """
    round_ = access.round_by_id(session, actor, round_id)
    if not round_.confusion:
        raise NotFound("This round has no evaluation: it has not come so far, or there is no labelled val split.")
    confusion = np.array(round_.confusion, dtype=np.int64)
    hits, truth, told = confusion.diagonal(), confusion.sum(axis=1), confusion.sum(axis=0)
    union = truth + told - hits
    return Evaluation(
        round_id=round_.id,
        round_index=round_.round_index,
        split="val",
        num_images=round_.num_evaluated,
        miou=round_.miou,
        pixel_accuracy=float(hits.sum() / truth.sum()) if truth.sum() else None,
        iou=[float(h / u) if u else None for h, u in zip(hits, union, strict=True)],
        confusion=round_.confusion,
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
