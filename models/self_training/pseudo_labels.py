"""Pseudo labels: what the teacher is sure of; and the rule that people are always right.

n images, c classes, h rows, w columns.
"""

import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor

from models.losses import IGNORE_INDEX, entropy


def pseudo_labels(
    logits: Float[Tensor, "n c h w"], *, alpha: float, answered: Bool[Tensor, "n h w"]
) -> UInt8[Tensor, "n h w"]:
    r"""The teacher's classes where its entropy is low, 255 elsewhere.

    .. math:: \hat y_j = \arg\max_c p_{jc} \ \text{if}\ H(p_j) \le \gamma_t, \quad
              \gamma_t = \text{percentile}_{100 (1 - \alpha_t)} (H)

    So the share alpha of the most *uncertain* pixels is dropped. (The released code drops the most confident ones:
    METHOD.md, trap T1.) The percentile is taken over the whole batch without the answered pixels; it is the smallest
    entropy below or at which lie at least the share 1 - alpha, so equal entropies are never torn apart.

    Args:
        logits: the teacher's, at the size of the labels.
        alpha: share to drop, in [0, 1).
        answered: True where a person has spoken, void included; there the result is 255, for nobody overrules them.

    Source: STAL, arXiv:2301.13361, eq. 5-7; U2PL, arXiv:2203.03884, eq. 6.
    """
    if not 0 <= alpha < 1:
        raise ValueError(f"alpha is a share in [0, 1); got {alpha}.")
    uncertainty = entropy(logits)
    labels = logits.argmax(dim=1).to(torch.uint8)
    open_ = uncertainty[~answered]
    if open_.numel() == 0:
        return torch.full_like(labels, IGNORE_INDEX)
    keep = max(1, round((1 - alpha) * open_.numel()))
    threshold = torch.kthvalue(open_, keep).values
    dropped = (uncertainty > threshold) | answered
    return labels.masked_fill(dropped, IGNORE_INDEX)
