"""Losses over pixels. Ignored pixels leave numerator and denominator; where nothing is left a loss is an exact 0.

n images, c classes, h rows, w columns.
"""

from typing import Final

import torch
from jaxtyping import Float, UInt8
from torch import Tensor
from torch.nn import functional

IGNORE_INDEX: Final = 255


def cross_entropy(logits: Float[Tensor, "n c h w"], labels: UInt8[Tensor, "n h w"]) -> Float[Tensor, ""]:
    r"""Mean cross-entropy over the pixels that have a label.

    .. math:: L = -\frac{1}{|V|} \sum_{j \in V} \log p_{j, y_j}, \quad V = \{j : y_j \ne 255\}

    Args:
        logits: unnormalised scores, any float dtype; computed in float32.
        labels: class ids, 255 where there is no supervision.

    Returns:
        A scalar in nats, 0 with zero gradient where no pixel has a label.
    """
    total = functional.cross_entropy(logits.float(), labels.long(), ignore_index=IGNORE_INDEX, reduction="sum")
    return total / (labels != IGNORE_INDEX).sum().clamp(min=1)


def upsample(logits: Float[Tensor, "n c h4 w4"], *, height: int, width: int) -> Float[Tensor, "n c h w"]:
    """Logits at full size, bilinear. Labels are never brought down to the logits: thin classes would vanish."""
    return functional.interpolate(logits, size=(height, width), mode="bilinear", align_corners=False)


def entropy(logits: Float[Tensor, "n c h w"]) -> Float[Tensor, "n h w"]:
    """Entropy of the predicted distribution in nats, at least 0; in log space and float32."""
    log_p = torch.log_softmax(logits.float(), dim=1)
    return -(log_p.exp() * log_p).sum(dim=1)
