"""Losses over pixels. Ignored pixels leave numerator and denominator; where nothing is left a loss is an exact 0.

n images, c classes, h rows, w columns.
"""

from typing import Final

import torch
from jaxtyping import Float, UInt8
from torch import Tensor
from torch.nn import functional

IGNORE_INDEX: Final = 255


def cross_entropy(
    logits: Float[Tensor, "n c h w"], labels: UInt8[Tensor, "n h w"], *, balance: float
) -> Float[Tensor, ""]:
    r"""Weighted mean of the cross-entropy over the pixels that have a label.

    .. math:: L = -\frac{\sum_{j \in V} w_{y_j} \log p_{j, y_j}}{\sum_{j \in V} w_{y_j}}, \quad
              w_c = n_c^{-b}, \quad V = \{j : y_j \ne 255\}

    where n_c is the number of pixels of class c in V and b is `balance`: 0 is the plain mean, 1 gives every class that
    is present the same say, 1/2 lies between. The weights come from the batch alone, so there is no state to keep.

    Args:
        logits: unnormalised scores, any float dtype; computed in float32.
        labels: class ids, 255 where there is no supervision.
        balance: b, in [0, 1].

    Returns:
        A scalar in nats, 0 with zero gradient where no pixel has a label.
    """
    num_classes = logits.shape[1]
    counts = torch.bincount(labels.flatten().long(), minlength=IGNORE_INDEX + 1)[:num_classes]
    weights = torch.where(counts > 0, counts.clamp(min=1).float() ** -balance, 0.0)
    total = functional.cross_entropy(
        logits.float(), labels.long(), weight=weights, ignore_index=IGNORE_INDEX, reduction="sum"
    )
    return total / (weights * counts).sum().clamp(min=torch.finfo(torch.float32).tiny)


def upsample(logits: Float[Tensor, "n c h4 w4"], *, height: int, width: int) -> Float[Tensor, "n c h w"]:
    """Logits at full size, bilinear. Labels are never brought down to the logits: thin classes would vanish."""
    return functional.interpolate(logits, size=(height, width), mode="bilinear", align_corners=False)


def entropy(logits: Float[Tensor, "n c h w"]) -> Float[Tensor, "n h w"]:
    """Entropy of the predicted distribution in nats, at least 0; in log space and float32."""
    log_p = torch.log_softmax(logits.float(), dim=1)
    return -(log_p.exp() * log_p).sum(dim=1)
