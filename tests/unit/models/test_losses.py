"""Losses against values worked out by hand and against loops written from their definitions."""

import math

import pytest
import torch
from torch.nn import functional

from models.losses import IGNORE_INDEX, cross_entropy, local_consistency, negative_learning, ohem_cross_entropy
from models.ranks import ALONE, Ranks, kth_smallest

LN2 = 0.6931472


def logits_of(*pixels: list[float]) -> torch.Tensor:
    """Probabilities a pixel -> logits of one image of one row, (1, c, 1, w)."""
    return torch.tensor(pixels).log().T[None, :, None, :]


def row_of(*labels: int) -> torch.Tensor:
    return torch.tensor([[labels]], dtype=torch.uint8)


def test_cross_entropy_is_the_mean_over_labelled_pixels_only():
    logits = logits_of([0.5, 0.5], [0.25, 0.75], [0.9, 0.1])
    assert cross_entropy(logits, row_of(0, 0, IGNORE_INDEX)).item() == pytest.approx((LN2 + 2 * LN2) / 2)


def test_balance_lifts_the_rare_class():
    """Four pixels of class 0 cost ln 2 each, one of class 1 costs 2 ln 2."""
    logits = logits_of(*[[0.5, 0.5]] * 4, [0.75, 0.25])
    for balance, expected in ((0.0, (4 + 2) / 5), (0.5, (4 / 2 + 2) / (4 / 2 + 1)), (1.0, (1 + 2) / 2)):
        assert cross_entropy(logits, row_of(0, 0, 0, 0, 1), balance=balance).item() == pytest.approx(expected * LN2)


def test_pixel_weights_weigh_pixels():
    """ln 2 with weight 3 and 2 ln 2 with weight 1; a weight on an ignored pixel is no weight."""
    logits = logits_of([0.5, 0.5], [0.25, 0.75], [0.9, 0.1])
    weights = torch.tensor([[[3.0, 1.0, 7.0]]])
    loss = cross_entropy(logits, row_of(0, 0, IGNORE_INDEX), pixel_weights=weights)
    assert loss.item() == pytest.approx((3 * LN2 + 2 * LN2) / 4)


@pytest.mark.parametrize("loss", [cross_entropy, ohem_cross_entropy])
def test_a_loss_of_nothing_is_zero_with_zero_gradient(loss):
    logits = torch.randn(1, 3, 2, 2, requires_grad=True)
    value = loss(logits, torch.full((1, 2, 2), IGNORE_INDEX, dtype=torch.uint8))
    value.backward()
    assert value.item() == 0
    assert torch.equal(logits.grad, torch.zeros_like(logits))


def test_ohem_keeps_what_is_below_its_threshold():
    """Of 0.5, 0.25 and 0.8 the last is easy: above 0.7, and not among the hardest third."""
    logits = logits_of([0.5, 0.5], [0.25, 0.75], [0.8, 0.2], [0.1, 0.9])
    loss = ohem_cross_entropy(logits, row_of(0, 0, 0, IGNORE_INDEX), kept=1 / 3)
    assert loss.item() == pytest.approx((LN2 + 2 * LN2) / 2)


def test_ohem_keeps_its_share_of_the_labelled_pixels_where_all_are_easy():
    """Half of four: the two of 0.8 and 0.9, however many pixels nobody has labelled."""
    logits = logits_of([0.8, 0.2], [0.9, 0.1], [0.95, 0.05], [0.99, 0.01], *[[0.5, 0.5]] * 12)
    loss = ohem_cross_entropy(logits, row_of(0, 0, 0, 0, *[IGNORE_INDEX] * 12), kept=0.5)
    assert loss.item() == pytest.approx(-(math.log(0.8) + math.log(0.9)) / 2, rel=1e-5)


def test_negative_learning_is_the_mean_over_improbable_classes():
    """Below 0.05 are 0.04 and 0.02 of the first pixel and 0.01 of the second; the third takes no part."""
    logits = logits_of([0.94, 0.04, 0.02], [0.01, 0.49, 0.5], [0.98, 0.01, 0.01])
    loss = negative_learning(logits, torch.tensor([[[True, True, False]]]))
    expected = -(math.log(0.96) + math.log(0.98) + math.log(0.99)) / 3
    assert loss.item() == pytest.approx(expected, rel=1e-5)


def test_local_consistency_equals_its_definition():
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(2, 4, 6, 7, generator=generator)
    labels = torch.zeros(2, 6, 7, dtype=torch.uint8)
    labels[:, :, 3:] = 2
    labels[1, 4:] = IGNORE_INDEX
    p = torch.softmax(logits, dim=1)
    total, count = 0.0, 0
    for image in range(2):
        for row in range(6):
            for column in range(7):
                near = [(min(max(row + i, 0), 5), min(max(column + j, 0), 6)) for i in (-1, 0, 1) for j in (-1, 0, 1)]
                own = int(labels[image, row, column])
                if own == IGNORE_INDEX or sum(int(labels[image, y, x]) - own for y, x in near) == 0:
                    continue
                mean = sum(p[image, :, y, x] for y, x in near) / 9
                total += (p[image, :, row, column] - mean).abs().sum().item()
                count += 1
    assert 0 < count < labels.numel()
    assert local_consistency(logits, labels).item() == pytest.approx(total / count, rel=1e-5)


@pytest.mark.parametrize("size", [1, 2, 9, 1000])
def test_kth_smallest_equals_sorting(size):
    generator = torch.Generator().manual_seed(size)
    values = torch.rand(size, generator=generator).exp() * torch.randint(0, 3, (size,), generator=generator)
    where = torch.rand(size, generator=generator) < 0.7
    where[0] = True
    ordered = values[where].sort().values
    for k in {1, (len(ordered) + 1) // 2, len(ordered)}:
        assert kth_smallest(values, torch.tensor(k), where=where) == ordered[k - 1]


class TwoHalves(Ranks):
    """One of two ranks that see the same: what a sum over both gives is twice one's own."""

    def __init__(self) -> None:
        super().__init__(index=0, size=2)

    def sum(self, tensor: torch.Tensor) -> torch.Tensor:
        return 2 * tensor.detach()


@pytest.mark.parametrize(
    "loss",
    [
        lambda logits, labels, ranks: cross_entropy(logits, labels, balance=0.5, ranks=ranks),
        lambda logits, labels, ranks: ohem_cross_entropy(logits, labels, ranks=ranks),
        lambda logits, labels, ranks: negative_learning(logits, labels < 2, ranks=ranks),
        lambda logits, labels, ranks: local_consistency(logits, labels, ranks=ranks),
    ],
)
def test_the_mean_over_ranks_is_the_loss_of_the_whole_batch(loss):
    """Both ranks have the same crops here, so that their mean, and the whole, is what one of them has alone."""
    generator = torch.Generator().manual_seed(3)
    logits = 3 * torch.randn(2, 3, 8, 8, generator=generator)
    labels = torch.randint(0, 3, (2, 8, 8), generator=generator, dtype=torch.uint8)
    doubled = loss(torch.cat([logits, logits]), torch.cat([labels, labels]), ALONE)
    assert loss(logits, labels, TwoHalves()).item() == pytest.approx(doubled.item(), rel=1e-5)
    assert functional.softmax(logits, dim=1).min() < 0.05  # so that negative learning has something to say
