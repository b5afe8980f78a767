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


def by_priority(priority: Float[Tensor, "n h w"]) -> Int[Tensor, " p"]:
    """All pixels, those of the smallest numbers first, the earlier of equals.

    Numbers of 0 and above are ordered as their bits, and integers are sorted ten times as fast on a CPU.
    """
    return priority.float().flatten().view(torch.int32).argsort(stable=True)


def draw_members(
    members: Bool[Tensor, "c p"], priority: Float[Tensor, "n h w"], order: Int[Tensor, " p"], *, most: int
) -> Drawn:
    """The first `most` members of each class in `order`; a pixel may be of many classes."""
    reached = members.index_select(1, order).cumsum(dim=1, dtype=torch.int32)
    wanted = torch.arange(1, most + 1, dtype=torch.int32, device=order.device).expand(len(members), most).contiguous()
    pixels = order[torch.searchsorted(reached, wanted).clamp(max=len(order) - 1)]
    return Drawn(pixels, priority.flatten()[pixels].masked_fill(wanted > reached[:, -1:], math.inf))


def draw_labelled(
    labels: UInt8[Tensor, "n h w"],
    priority: Float[Tensor, "n h w"],
    order: Int[Tensor, " p"],
    *,
    num_classes: int,
    most: int,
) -> Drawn:
    """The first `most` pixels of each label in `order`; of label 255 none."""
    grouped = labels.flatten()[order].sort(stable=True)
    ids = torch.arange(num_classes, dtype=torch.uint8, device=order.device)
    first, end = (torch.searchsorted(grouped.values, ids, right=right)[:, None] for right in (False, True))
    places = first + torch.arange(most, device=order.device)
    pixels = order[grouped.indices[places.clamp(max=len(order) - 1)]]
    return Drawn(pixels, priority.flatten()[pixels].masked_fill(places >= end, math.inf))


def anchors(
    logits: Float[Tensor, "n c h w"],
    reliable_labels: UInt8[Tensor, "n h w"],
    *,
    confidence: float,
) -> UInt8[Tensor, "n h w"]:
    """Labels to which `logits` give a probability above `confidence`, 255 elsewhere."""
    some_class = reliable_labels.masked_fill(reliable_labels == IGNORE_INDEX, 0).long()
    own = logits.gather(1, some_class[:, None])[:, 0]
    unsure = (own - logits.logsumexp(dim=1)).exp() <= confidence
    return reliable_labels.masked_fill(unsure, IGNORE_INDEX)


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
    others = candidates & ~members(labels, num_classes=num_classes)
    return others.movedim(1, 0).flatten(1)


def members(labels: UInt8[Tensor, "n h w"], *, num_classes: int) -> Bool[Tensor, "n c h w"]:
    """One plane a class: the pixels with its label."""
    ids = torch.arange(num_classes, dtype=torch.uint8, device=labels.device)
    return labels[:, None] == ids[:, None, None]
