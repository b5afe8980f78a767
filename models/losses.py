"""Losses over pixels. Ignored pixels leave numerator and denominator; where nothing is left a loss is an exact 0.

n images, c classes, h rows, w columns. With several ranks a loss is this rank's sum times their number over everybody's
weight, so that the mean over ranks, which DDP takes of the gradients, is the loss of the whole batch.
"""

from typing import Final

import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor
from torch.nn import functional

from models.ranks import ALONE, Ranks, kth_smallest

IGNORE_INDEX: Final = 255
OHEM_THRESHOLD: Final = 0.7
OHEM_KEPT: Final = 0.0423  # the released code's 100 000 of the pixels of four 769 px crops (METHOD.md, section 4.2)


def cross_entropy(
    logits: Float[Tensor, "n c h w"],
    labels: UInt8[Tensor, "n h w"],
    *,
    balance: float = 0.0,
    pixel_weights: Float[Tensor, "n h w"] | None = None,
    ranks: Ranks = ALONE,
) -> Float[Tensor, ""]:
    r"""Weighted mean of the cross-entropy over the pixels that have a label.

    .. math:: L = -\frac{\sum_{j \in V} w_{y_j} v_j \log p_{j, y_j}}{\sum_{j \in V} w_{y_j} v_j}, \quad
              w_c = n_c^{-b}, \quad V = \{j : y_j \ne 255\}

    where n_c is the number of pixels of class c in V and b is `balance`: 0 is the plain mean, 1 gives every class that
    is present the same say, 1/2 lies between. The weights come from the batch alone, so there is no state to keep.

    Args:
        logits: unnormalised scores, any float dtype; computed in float32.
        labels: class ids, 255 where there is no supervision.
        balance: b, in [0, 1].
        pixel_weights: v, at least 0; all 1 without.
        ranks: who shares the batch.

    Returns:
        A scalar in nats, 0 with zero gradient where no pixel has weight.
    """
    losses = functional.cross_entropy(logits.float(), labels.long(), ignore_index=IGNORE_INDEX, reduction="none")
    weights = (labels != IGNORE_INDEX).float()
    if pixel_weights is not None:
        weights = weights * pixel_weights
    if balance:
        counts = ranks.sum(torch.bincount(labels.flatten(), minlength=IGNORE_INDEX + 1))
        of_class = torch.where(counts > 0, counts.clamp(min=1).float() ** -balance, 0.0)
        weights = weights * of_class[labels.long()]
    return _mean(losses, weights, ranks)


def ohem_cross_entropy(
    logits: Float[Tensor, "n c h w"],
    labels: UInt8[Tensor, "n h w"],
    *,
    threshold: float = OHEM_THRESHOLD,
    kept: float = OHEM_KEPT,
    ranks: Ranks = ALONE,
) -> Float[Tensor, ""]:
    r"""Mean cross-entropy of the hard pixels: online hard example mining.

    .. math:: L = -\frac{1}{|K|} \sum_{j \in K} \log p_{j, y_j}, \quad
              K = \{j \in V : p_{j, y_j} \le \max(\theta, q)\}, \quad V = \{j : y_j \ne 255\}

    where q is the smallest probability below or at which lies the share `kept` of the *labelled* pixels (METHOD.md,
    trap T16): an absolute number would be everything in a batch of few answers.

    Args:
        logits: unnormalised scores, any float dtype; computed in float32.
        labels: class ids, 255 where there is no supervision.
        threshold: theta, in (0, 1].
        kept: at least this share is kept, in (0, 1].
        ranks: who shares the batch.

    Source: STAL's supervised loss, METHOD.md, section 4.2; Shrivastava et al. 2016, arXiv:1604.03540.
    """
    valid = labels != IGNORE_INDEX
    losses = functional.cross_entropy(logits.float(), labels.long(), ignore_index=IGNORE_INDEX, reduction="none")
    probabilities = torch.exp(-losses.detach())
    wanted = torch.ceil(kept * ranks.sum(valid.sum()).double()).long()
    hardest = kth_smallest(probabilities, wanted, where=valid, ranks=ranks)
    keep = valid & (probabilities <= hardest.clamp(min=threshold))
    return _mean(losses, keep.float(), ranks)


def negative_learning(
    logits: Float[Tensor, "n c h w"],
    where: Bool[Tensor, "n h w"],
    *,
    threshold: float = 0.05,
    ranks: Ranks = ALONE,
) -> Float[Tensor, ""]:
    r"""Push down what is improbable already, without saying what is right.

    .. math:: L = -\frac{1}{|K|} \sum_{(j, c) \in K} \log (1 - p_{jc}), \quad K = \{(j, c) : p_{jc} < \theta\}

    Args:
        logits: unnormalised scores, any float dtype; computed in float32.
        where: the pixels that take part.
        threshold: theta, in (0, 1).
        ranks: who shares the batch.

    Source: RIPU, arXiv:2111.12940, section 3.3; without its 1e-6 in the logarithm.
    """
    probabilities = torch.softmax(logits.float(), dim=1)
    keep = (probabilities.detach() < threshold) & where[:, None]
    return _mean(-torch.log1p(-probabilities.clamp(max=threshold)), keep.float(), ranks)


def local_consistency(
    logits: Float[Tensor, "n c h w"], labels: UInt8[Tensor, "n h w"], *, ranks: Ranks = ALONE
) -> Float[Tensor, ""]:
    r"""Predictions at semantic borders agree with those around them.

    .. math:: L = \frac{1}{|B|} \sum_{j \in B} \lVert p_j - \bar p_j \rVert_1

    where :math:`\bar p` is the mean over the 3 x 3 window (the border repeated) and B are the labelled pixels of which
    the eight neighbours do not balance: the Laplacian of the label map is not 0.

    Source: RIPU, arXiv:2111.12940, section 3.3; METHOD.md, section 6.4.
    """
    ids = functional.pad(labels[:, None].float(), (1, 1, 1, 1), mode="replicate")
    around = 9 * functional.avg_pool2d(ids, 3, stride=1)[:, 0]
    border = ((around - 9 * labels.float()).abs() > 0.5) & (labels != IGNORE_INDEX)
    probabilities = torch.softmax(logits.float(), dim=1)
    smooth = functional.avg_pool2d(functional.pad(probabilities, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
    return _mean((probabilities - smooth).abs().sum(dim=1), border.float(), ranks)


def upsample(logits: Float[Tensor, "n c h4 w4"], *, height: int, width: int) -> Float[Tensor, "n c h w"]:
    """Logits at full size, bilinear. Labels are never brought down to the logits: thin classes would vanish."""
    return functional.interpolate(logits, size=(height, width), mode="bilinear", align_corners=False)


def entropy(logits: Float[Tensor, "n c h w"]) -> Float[Tensor, "n h w"]:
    """Entropy of the predicted distribution in nats, at least 0; in log space and float32."""
    log_p = torch.log_softmax(logits.float(), dim=1)
    return -(log_p.exp() * log_p).sum(dim=1)


def _mean(losses: Float[Tensor, "*shape"], weights: Float[Tensor, "*shape"], ranks: Ranks) -> Float[Tensor, ""]:
    """The weighted mean over all ranks, as this rank's part of it; see above."""
    total = ranks.sum(weights.sum())
    return ranks.size * (losses * weights).sum() / total.clamp(min=torch.finfo(torch.float32).tiny)
