"""The contrastive loss as a loop over classes: what the benchmark compares with.

The way of computing is that of the published implementations, the values are the paper's (U2PL, arXiv:2203.03884):
every class has its own anchors, mean and negatives. For each class there are boolean gathers of features, a test of
ranks, a bank on the CPU that is concatenated and cut, a copy of that bank, and cosines by broadcasting. It is our own
text, and leaves out what the published code computes and does not use.
"""

from dataclasses import dataclass

import torch
from torch import Generator, Tensor
from torch.nn import functional as F  # noqa: N812 - its usual name

from models.losses import IGNORE_INDEX
from models.self_training.contrast import ContrastConfig


@dataclass
class Maps:
    """What both sides are given; fields as the arguments of `contrastive_loss`."""

    student: Tensor
    teacher: Tensor
    logits: Tensor
    labels: Tensor
    labelled: Tensor
    reliable: Tensor
    uncertain: Tensor
    priority: Tensor


def contrastive_loss(
    maps: Maps, banks: list[Tensor], config: ContrastConfig, *, keys_per_step: int | None, generator: Generator
) -> Tensor:
    """The loss; adds all new keys to `banks`, or `keys_per_step` of a class. Anchors are drawn with replacement."""
    num_classes = maps.logits.shape[1]
    low, high = config.rank_bounds(num_classes)
    student, teacher = maps.student.permute(0, 2, 3, 1), maps.teacher.permute(0, 2, 3, 1)
    p = maps.logits.softmax(dim=1)
    order = p.argsort(dim=1, descending=True)
    told = maps.labelled & (maps.labels != IGNORE_INDEX)
    anchors, positives = [], []
    for c in range(num_classes):
        own = maps.labels == c
        anchors.append(student[own & maps.reliable & (p[:, c] > config.confidence)])
        positives.append(teacher[own & maps.reliable].mean(dim=0, keepdim=True))
        mistaken = (order[:, :low] == c).any(dim=1) & told
        unlikely = (order[:, low:high] == c).any(dim=1) & maps.uncertain & ~maps.labelled
        chosen = (mistaken | unlikely) & ~own
        if keys_per_step is None:
            keys = teacher[chosen]
        else:
            places = chosen.nonzero()
            places = places[torch.randperm(len(places), generator=generator)[:keys_per_step]]
            keys = teacher[tuple(places.T)]
        banks[c] = torch.cat([banks[c], keys])[-config.bank_size :]
    losses = []
    for c in range(num_classes):
        if len(anchors[c]) == 0 or len(banks[c]) == 0:
            continue
        drawn = anchors[c][torch.randint(len(anchors[c]), (config.anchors,), generator=generator)]
        bank = banks[c].clone()
        negatives = bank[torch.randint(len(bank), (config.anchors * config.negatives,), generator=generator)]
        negatives = negatives.view(config.anchors, config.negatives, -1)
        against = torch.cat([positives[c].expand(config.anchors, 1, -1), negatives], dim=1)
        cosines = F.cosine_similarity(drawn[:, None], against, dim=2)
        losses.append(F.cross_entropy(cosines / config.temperature, torch.zeros(config.anchors, dtype=torch.int64)))
    return torch.stack(losses).mean()
