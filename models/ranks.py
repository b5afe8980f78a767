"""Processes that share one training, one a GPU. Alone is the default, and costs nothing.

What a step counts over its batch (percentiles, thresholds, numbers of valid pixels) it counts over all ranks, so that a
batch means the same however many share it. Gradients are averaged over ranks, and only there (METHOD.md, trap T9):
a rank's loss is its own sum times `size` over everybody's count.
"""

from dataclasses import dataclass
from typing import Final

import torch
from jaxtyping import Bool, Float, Int, Shaped
from torch import Tensor, distributed

_DIGITS: Final = (
    (20, 11),
    (10, 10),
    (0, 10),
)  # (shift, width) in bits: a non-negative float32 is ordered as its 31 bits


@dataclass(frozen=True, slots=True)
class Ranks:
    """This process among those that train together.

    Attributes:
        index: 0 to size - 1.
        size: how many there are.
    """

    index: int = 0
    size: int = 1

    def sum(self, tensor: Shaped[Tensor, "*shape"]) -> Shaped[Tensor, "*shape"]:
        """The sum over ranks, without gradient; `tensor` stays as it is."""
        if self.size == 1:
            return tensor.detach()
        total = tensor.detach().clone()
        distributed.all_reduce(total)
        return total

    def gather(self, tensor: Shaped[Tensor, "k *shape"]) -> Shaped[Tensor, "m *shape"]:
        """Those of all ranks, one after the other along the first axis; every rank gives as many. Without gradient."""
        if self.size == 1:
            return tensor.detach()
        parts = [torch.empty_like(tensor) for _ in range(self.size)]
        distributed.all_gather(parts, tensor.detach().contiguous())
        return torch.cat(parts)


ALONE: Final = Ranks()


def joined() -> Ranks:
    """The ranks of torch's default process group; `ALONE` without one."""
    if not distributed.is_initialized():
        return ALONE
    return Ranks(index=distributed.get_rank(), size=distributed.get_world_size())


def kth_smallest(
    values: Float[Tensor, "*shape"], k: Int[Tensor, ""], *, where: Bool[Tensor, "*shape"], ranks: Ranks = ALONE
) -> Float[Tensor, ""]:
    """The k-th smallest of the values of all ranks, exactly, without sorting them and without waiting for the device.

    Three histograms of digits from the most significant on; each says in which bin the k-th lies, and only that bin's
    values are counted in the next (radix selection; Knuth, TAOCP vol. 3, section 5.2.5 and exercise 5.3.3).

    Args:
        values: at least 0 and not NaN; computed in float32.
        k: from 1 to the number of True in `where` over all ranks; 0 of an empty set gives some value of no meaning.
        where: which values count.
        ranks: who else has values; `k` must be the same on all.

    Returns:
        One of the values, float32.
    """
    bits = values.detach().float().contiguous().view(torch.int32).flatten()
    alive = where.flatten()
    found = torch.zeros((), dtype=torch.int32, device=bits.device)
    left = k.long()
    for shift, width in _DIGITS:
        digits = (bits >> shift) & ((1 << width) - 1)
        counts = torch.zeros(1 << width, dtype=torch.int64, device=bits.device)
        counts.scatter_add_(0, digits.long(), alive.long())
        below = ranks.sum(counts).cumsum(0)
        digit = torch.searchsorted(below, left).clamp(max=(1 << width) - 1)
        left = left - torch.where(digit > 0, below[(digit - 1).clamp(min=0)], 0)
        alive = alive & (digits == digit)
        found = found | (digit.int() << shift)
    return found.view(torch.float32)
