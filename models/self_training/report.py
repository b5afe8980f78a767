"""What a step says of itself."""

from dataclasses import dataclass, fields

import torch
from jaxtyping import Float
from torch import Tensor

from models.ranks import Ranks
from models.self_training.lesson import Lesson


@dataclass(frozen=True, slots=True, kw_only=True)
class Losses:
    """The terms of the objective in nats, as this rank has them, before their weights."""

    source: Float[Tensor, ""]
    answered: Float[Tensor, ""]
    pseudo: Float[Tensor, ""]
    contrast: Float[Tensor, ""]
    consistency: Float[Tensor, ""]
    negative: Float[Tensor, ""]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepReport:
    """Losses of a step in nats, before their weights but for `loss`, and shares.

    Attributes:
        loss: what the student descended.
        kept_share: of the unanswered target pixels, how many kept their pseudo label.
        sieved_share: of the pixels with a coarse answer, how many were left out because the teacher contradicts.
        gradient_norm: of all weights together, before clipping.
        class_confidence: the teacher's mean confidence in each class where it sees it, nobody having answered; None
            for a class that it does not see.
    """

    loss: float
    source_loss: float
    answered_loss: float
    pseudo_loss: float
    contrast_loss: float
    consistency_loss: float
    negative_loss: float
    kept_share: float
    sieved_share: float
    gradient_norm: float
    class_confidence: tuple[float | None, ...]


def report_of(
    loss: Float[Tensor, ""], losses: Losses, lesson: Lesson, *, gradient_norm: Float[Tensor, ""], ranks: Ranks
) -> StepReport:
    """One transfer from the device: a step waits for it once."""
    terms = torch.stack([loss, *(getattr(losses, field.name) for field in fields(losses))]).detach().float()
    counts = torch.stack([lesson.kept_pixels, lesson.open_pixels, lesson.sieved_pixels, lesson.coarse_pixels]).float()
    summed = ranks.sum(torch.cat([terms / ranks.size, counts, lesson.class_confidence.flatten()]))
    figures = torch.cat([summed, gradient_norm.detach().float().reshape(1)]).tolist()
    total, source, answered, pseudo, contrast, consistency, negative = figures[:7]
    kept, open_, sieved, coarse = figures[7:11]
    sums, pixels = torch.tensor(figures[11:-1]).reshape(2, -1).tolist()
    return StepReport(
        loss=total,
        source_loss=source,
        answered_loss=answered,
        pseudo_loss=pseudo,
        contrast_loss=contrast,
        consistency_loss=consistency,
        negative_loss=negative,
        kept_share=kept / max(open_, 1.0),
        sieved_share=sieved / max(coarse, 1.0),
        gradient_norm=figures[-1],
        class_confidence=tuple(one / count if count else None for one, count in zip(sums, pixels, strict=True)),
    )
