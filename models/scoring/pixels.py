"""How unsure the network is of one pixel. Shape letters: c classes, h rows, w columns."""

import math
from collections.abc import Iterator

import torch
from jaxtyping import Float
from torch import Tensor

_AT_ONCE = 2**20  # logits whose intermediate results fit the processor's cache: several times faster than all at once


def predictive_entropy(logits: Float[Tensor, "c h w"]) -> Float[Tensor, "h w"]:
    r"""Shannon entropy of the predicted class distribution, divided by its maximum.

    .. math:: u = -\frac{1}{\ln c} \sum_k p_k \ln p_k, \quad p = \mathrm{softmax}(\text{logits})

    Args:
        logits: unnormalised class scores, any float dtype; computed in float32, in log space. -inf rules a class out.

    Returns:
        Entropy in [0, 1], unitless, float32: 0 where one class has all the mass, 1 where all are equal.

    Raises:
        ValueError: fewer than two classes, for which the maximum entropy is zero.

    Source: Xie et al. 2022, RIPU, arXiv:2111.12940, prediction uncertainty. Theirs adds 1e-6 inside the logarithm, and
    their code divides by ln 19 whatever c is.
    """
    num_classes = _num_classes(logits)
    uncertainty = torch.empty(logits.shape[1:], device=logits.device)
    for rows in _blocks_of_rows(logits):
        log_p = torch.log_softmax(logits[:, rows], dim=0, dtype=torch.float32)
        log_p.clamp_(min=torch.finfo(torch.float32).min)  # 0 * -inf would be NaN where a class is ruled out
        uncertainty[rows] = log_p.exp().mul_(log_p).sum(dim=0)
    return uncertainty.div_(-math.log(num_classes)).clamp_(0, 1)


def margin_uncertainty(logits: Float[Tensor, "c h w"]) -> Float[Tensor, "h w"]:
    r"""One minus the lead of the likeliest class over the second.

    .. math:: u = 1 - (p_{(1)} - p_{(2)}), \quad p = \mathrm{softmax}(\text{logits}), \; p_{(1)} \ge p_{(2)} \ge \dots

    Args:
        logits: unnormalised class scores, any float dtype; computed in float32.

    Returns:
        Uncertainty in [0, 1], unitless, float32: 0 where one class has all the mass, 1 where the first two tie.

    Raises:
        ValueError: fewer than two classes.

    Source: Scheffer et al. 2001, margin sampling, here turned so that higher is less sure.
    """
    _num_classes(logits)
    uncertainty = torch.empty(logits.shape[1:], device=logits.device)
    for rows in _blocks_of_rows(logits):
        p = torch.softmax(logits[:, rows], dim=0, dtype=torch.float32)
        first = p.max(dim=0, keepdim=True)
        p.scatter_(0, first.indices, -1.0)  # two maxima are several times faster than topk along the outer dimension
        uncertainty[rows] = p.amax(dim=0).sub_(first.values[0]).add_(1)
    return uncertainty.clamp_(0, 1)


def _num_classes(logits: Tensor) -> int:
    num_classes = logits.shape[0]
    if num_classes < 2:
        raise ValueError(f"Uncertainty needs logits of at least 2 classes; got shape {tuple(logits.shape)}.")
    return num_classes


def _blocks_of_rows(logits: Float[Tensor, "c h w"]) -> Iterator[slice]:
    """The rows of the image, a few at a time: temporaries are as large as a block, not as the logits."""
    num_classes, height, width = logits.shape
    step = max(1, _AT_ONCE // max(1, num_classes * width))
    for start in range(0, height, step):
        yield slice(start, start + step)
