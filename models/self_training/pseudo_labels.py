"""Pseudo labels: what the teacher is sure of; people overrule it, pixel by pixel or, sieved, region by region.

n images, c classes, h rows, w columns.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor

from models.losses import IGNORE_INDEX, entropy
from models.ranks import ALONE, Ranks, kth_smallest


@dataclass(frozen=True, slots=True, kw_only=True)
class PseudoLabels:
    """What the teacher says of unlabelled pixels.

    Attributes:
        classes: what it sees.
        labels: the same where it is sure and nobody has spoken, 255 elsewhere.
        confidence: its probability of its class, in [1 / C, 1].
        uncertain: True where nobody has spoken and it is too unsure to teach.
    """

    classes: UInt8[Tensor, "n h w"]
    labels: UInt8[Tensor, "n h w"]
    confidence: Float[Tensor, "n h w"]
    uncertain: Bool[Tensor, "n h w"]


def pseudo_labels(
    logits: Float[Tensor, "n c h w"], *, alpha: float, answered: Bool[Tensor, "n h w"], ranks: Ranks = ALONE
) -> PseudoLabels:
    r"""The teacher's classes where its entropy is low.

    .. math:: \hat y_j = \arg\max_c p_{jc} \ \text{if}\ H(p_j) \le \gamma_t, \quad
              \gamma_t = \text{percentile}_{100 (1 - \alpha_t)} (H)

    So the share alpha of the most *uncertain* pixels is dropped. (The released code drops the most confident ones:
    METHOD.md, trap T1.) The percentile is taken over the whole batch without the answered pixels; it is the smallest
    entropy below or at which lie at least the share 1 - alpha, so equal entropies are never torn apart.

    Args:
        logits: the teacher's, at the size of the labels.
        alpha: share to drop, in [0, 1).
        answered: True where a person has spoken, void included; nobody overrules them.
        ranks: who shares the batch.

    Source: STAL, arXiv:2301.13361, eq. 5-7; U2PL, arXiv:2203.03884, eq. 6.
    """
    if not 0 <= alpha < 1:
        raise ValueError(f"alpha is a share in [0, 1); got {alpha}.")
    uncertainty = entropy(logits).clamp(min=0)  # rounding may leave it a little below
    confidence, classes = torch.softmax(logits.float(), dim=1).max(dim=1)
    kept = torch.round((1 - alpha) * ranks.sum((~answered).sum()).double()).long().clamp(min=1)
    threshold = kth_smallest(uncertainty, kept, where=~answered, ranks=ranks)
    uncertain = (uncertainty > threshold) & ~answered
    classes = classes.to(torch.uint8)
    labels = classes.masked_fill(uncertain | answered, IGNORE_INDEX)
    return PseudoLabels(classes=classes, labels=labels, confidence=confidence, uncertain=uncertain)


def silence(answered: Bool[Tensor, "n h w"]) -> PseudoLabels:
    """No pseudo label anywhere, where nobody asks the teacher."""
    nothing = torch.full_like(answered, IGNORE_INDEX, dtype=torch.uint8)
    return PseudoLabels(
        classes=torch.zeros_like(nothing),
        labels=nothing,
        confidence=torch.zeros_like(answered, dtype=torch.float32),
        uncertain=torch.zeros_like(answered),
    )


def contradicted(
    logits: Float[Tensor, "n c h w"],
    answers: UInt8[Tensor, "n h w"],
    coarse: Bool[Tensor, "n h w"],
    *,
    confidence: float | None,
) -> Bool[Tensor, "n h w"]:
    r"""Sieving: pixels of a coarse answer of which the teacher is sure that they are of another class.

    .. math:: \text{coarse}_j \wedge y_j \ne 255 \wedge \arg\max_c p_{jc} \ne y_j \wedge \max_c p_{jc} \ge \tau

    One click gives a superpixel its dominant class, and where the superpixel reaches over a border the rest of it is
    mislabelled. Such pixels teach nothing: neither the click nor a pseudo label, for two witnesses disagree.

    Args:
        logits: the teacher's, at the size of the labels.
        answers: class ids, 255 where void or not answered.
        coarse: True where one class was given for a whole region. Drawn answers are never overruled.
        confidence: tau, in (0, 1]; None sieves nothing.

    Raises:
        ValueError: a confidence out of range.

    Source: after Kim et al. 2023, Adaptive superpixel for active learning in semantic segmentation, arXiv:2303.16817
    (sieving), with one threshold for all regions where theirs is fitted to each.
    """
    if confidence is None:
        return torch.zeros_like(coarse)
    if not 0 < confidence <= 1:
        raise ValueError(f"The confidence for sieving is in (0, 1]; got {confidence}.")
    believed = torch.softmax(logits.float(), dim=1).max(dim=1)
    other = (believed.indices != answers) & (answers != IGNORE_INDEX)
    return coarse & other & (believed.values >= confidence)
