"""How sure the student is of each class, and what follows: classes that it knows badly are shown more often.

Source: Hu et al. 2021, Adaptive Equalization Learning (AEL), arXiv:2110.05474, whose bank STAL takes over.

n images, c classes, h rows, w columns.
"""

from typing import Final

import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor

from models.ranks import Ranks

START: Final = 0.5  # of every class; AEL draws it uniformly in [0, 1], which makes classes rare or common by chance
_ONE: Final = 1 << 30  # probabilities are summed as whole numbers of 2^-30: exact in any order, on any number of ranks


class ConfidenceBank:
    """A moving average, a class, of the probability that the student gives to the class that is right.

    Attributes:
        kappa: the averages, float32 in [0, 1].
    """

    kappa: Float[Tensor, " c"]

    def __init__(self, num_classes: int, *, device: torch.device, momentum: float = 0.999) -> None:
        self.kappa = torch.full((num_classes,), START, device=device)
        self._momentum = momentum

    @torch.no_grad()
    def update(self, logits: Float[Tensor, "n c h w"], labels: UInt8[Tensor, "n h w"], *, ranks: Ranks) -> None:
        r"""Take in a batch with labels.

        .. math:: \kappa_c \leftarrow m \kappa_c + (1 - m) \cdot \frac{1}{|V_c|} \sum_{j \in V_c} p_{jc}, \quad
                  V_c = \{j : y_j = c\}

        A class that nobody shows counts as 0, so that rare classes sink, and are shown more often (METHOD.md, 4.3).
        All ranks end with the same averages, those of the whole batch.

        Args:
            logits: the student's, at the size of the labels, any float dtype.
            labels: class ids, 255 where there is no supervision.
            ranks: who shares the batch.
        """
        rows, num_classes = labels.flatten(0, 1).long(), logits.shape[1]
        given = labels[:, None].long().clamp(max=num_classes - 1)
        probabilities = torch.softmax(logits.float(), dim=1).gather(1, given).flatten(0, 2)
        # Row by row: a GPU's additions to one place come one after the other, so there are many places.
        totals = torch.zeros(2, len(rows), num_classes + 1, dtype=torch.int64, device=rows.device)
        classes = rows.clamp(max=num_classes)
        totals[0].scatter_add_(1, classes, (probabilities * _ONE).round().long())
        totals[1].scatter_add_(1, classes, torch.ones_like(classes))
        right, count = ranks.sum(totals.sum(dim=1)[:, :num_classes].contiguous())
        mean = right.double() / count.clamp(min=1).double() / _ONE
        self.kappa = self._momentum * self.kappa + (1 - self._momentum) * mean.float()

    def state(self) -> dict[str, Tensor]:
        """What `load_state` needs to go on bit by bit."""
        return {"kappa": self.kappa}

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Go on from `state`, of as many classes."""
        self.kappa = torch.empty_like(self.kappa).copy_(state["kappa"])


def sampling_rates(kappa: Float[Tensor, " c"]) -> Float[Tensor, " c"]:
    r"""The share of the pixels of each class to learn from, in [0, 1]: all of the class known worst.

    .. math:: r_c = \frac{1 - \kappa_c}{\max_j (1 - \kappa_j)}

    It is 1 for all where all are known perfectly.

    Source: AEL, arXiv:2110.05474, adaptive equalization sampling.
    """
    doubt = 1 - kappa
    largest = doubt.max()
    return torch.where(largest > 0, doubt / largest, 1.0)


def sampled(
    predicted: UInt8[Tensor, "n h w"], rates: Float[Tensor, " c"], draws: Float[Tensor, "n h w"]
) -> Bool[Tensor, "n h w"]:
    """The pixels to learn from: each with the rate of the class that the student predicts there.

    Args:
        predicted: class ids, no 255.
        rates: of `sampling_rates`.
        draws: uniform in [0, 1), one a pixel; for all classes the same.
    """
    return draws < rates[predicted.long()]
