"""Which pixels are contrasted: the anchors of each class, and the keys of each class's bank.

n images, c classes, h rows, w columns, p = n h w pixels, k the most drawn of a class, rk those of all ranks.
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor

from models.losses import IGNORE_INDEX
from models.ranks import Ranks


@dataclass(frozen=True, slots=True)
class Drawn:
    """At most k pixels of each class, by this rank, in order of priority.

    Attributes:
        pixels: which of p; some pixel where there are fewer than k.
        priority: infinite where there are fewer than k.
    """

    pixels: Int[Tensor, "c k"]
    priority: Float[Tensor, "c k"]

    def order(self, ranks: Ranks) -> tuple[Int[Tensor, "c rk"], Int[Tensor, " c"]]:
        """How those of all ranks, one rank's after the other's, are sorted, and how many of each class there are."""
        everyone = ranks.gather(self.priority[None]).movedim(0, 1).flatten(1)
        return everyone.argsort(dim=1, stable=True), everyone.isfinite().sum(dim=1)


def draw(
    members: Bool[Tensor, "c p"], priority: Float[Tensor, "n h w"], order: Int[Tensor, " p"], *, most: int
) -> Drawn:
    """The first members of each class in `order`, which is that of `priority`; `most` of them."""
    flat = priority.flatten()
    reached = members.index_select(1, order).cumsum(dim=1, dtype=torch.int32)
    wanted = torch.arange(1, most + 1, dtype=torch.int32, device=flat.device).expand(len(members), most).contiguous()
    pixels = order[torch.searchsorted(reached, wanted).clamp(max=len(flat) - 1)]
    return Drawn(pixels, flat[pixels].masked_fill(wanted > reached[:, -1:], math.inf))


def anchors(
    logits: Float[Tensor, "n c h w"],
    labels: UInt8[Tensor, "n h w"],
    reliable: Bool[Tensor, "n h w"],
    *,
    confidence: float,
) -> Bool[Tensor, "c p"]:
    """Reliable pixels of each class to which `logits` give a probability above `confidence` for it."""
    own = logits.gather(1, labels.masked_fill(labels == IGNORE_INDEX, 0).long()[:, None])[:, 0]
    sure = (own - logits.logsumexp(dim=1)).exp() > confidence
    return _by_class(members(labels, reliable & sure, num_classes=logits.shape[1]))


def keys(
    logits: Float[Tensor, "n c h w"],
    labels: UInt8[Tensor, "n h w"],
    labelled: Bool[Tensor, "n h w"],
    uncertain: Bool[Tensor, "n h w"],
    *,
    low: int,
    high: int,
) -> Bool[Tensor, "c p"]:
    """Candidates for the bank of each class: those surely not of it, and those easily mistaken for it.

    The rank of a class is the number of likelier ones, so it is at least `low` just where the low-th largest logit is
    larger than its own: one `topk` in place of sorting.
    """
    num_classes = logits.shape[1]
    top = logits.topk(high if high < num_classes else low, dim=1).values
    far = logits < top[:, low - 1 : low]
    unlikely = far if high == num_classes else far & (logits >= top[:, -1:])
    told = labelled & (labels != IGNORE_INDEX)
    candidates = (unlikely & (uncertain & ~labelled)[:, None]) | (~far & told[:, None])
    return _by_class(candidates & ~members(labels, torch.ones_like(labelled), num_classes=num_classes))


def members(
    labels: UInt8[Tensor, "n h w"], where: Bool[Tensor, "n h w"], *, num_classes: int
) -> Bool[Tensor, "n c h w"]:
    """One plane a class: its pixels in `where`."""
    ids = torch.arange(num_classes, dtype=torch.uint8, device=labels.device)
    return (labels[:, None] == ids[:, None, None]) & where[:, None]


def _by_class(planes: Bool[Tensor, "n c h w"]) -> Bool[Tensor, "c p"]:
    return planes.movedim(1, 0).flatten(1)
