"""The confidence bank against hand-computed averages and a direct loop, and the sampling that follows from it."""

import pytest
import torch

from models.losses import IGNORE_INDEX
from models.ranks import ALONE, Ranks
from models.self_training.confidence import ConfidenceBank, sampled, sampling_rates

CPU = torch.device("cpu")


def logits_of(*pixels: list[float]) -> torch.Tensor:
    """Probabilities a pixel -> logits of one image of one row, (1, c, 1, w)."""
    return torch.tensor(pixels).log().T[None, :, None, :]


def test_all_classes_begin_alike():
    assert ConfidenceBank(3, device=CPU).kappa.tolist() == [0.5, 0.5, 0.5]


def test_it_averages_the_probability_of_the_true_class_and_absent_classes_sink():
    """Class 0 is right with 0.9 and 0.5 at its two pixels, class 1 with 0.2; nobody shows class 2; void is nothing."""
    bank = ConfidenceBank(3, device=CPU, momentum=0.75)
    logits = logits_of([0.9, 0.05, 0.05], [0.5, 0.3, 0.2], [0.7, 0.2, 0.1], [0.1, 0.1, 0.8])
    labels = torch.tensor([[[0, 0, 1, IGNORE_INDEX]]], dtype=torch.uint8)
    bank.update(logits, labels, ranks=ALONE)
    first = [0.75 * 0.5 + 0.25 * 0.7, 0.75 * 0.5 + 0.25 * 0.2, 0.75 * 0.5]
    assert bank.kappa.tolist() == pytest.approx(first)
    bank.update(logits, labels, ranks=ALONE)
    assert bank.kappa.tolist() == pytest.approx(
        [0.75 * first[0] + 0.25 * 0.7, 0.75 * first[1] + 0.25 * 0.2, 0.75 * first[2]]
    )


def test_a_batch_without_labels_lets_all_sink():
    bank = ConfidenceBank(2, device=CPU)
    bank.update(torch.randn(1, 2, 3, 3), torch.full((1, 3, 3), IGNORE_INDEX, dtype=torch.uint8), ranks=ALONE)
    assert bank.kappa.tolist() == pytest.approx([0.4995, 0.4995])


def batch(seed: int, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(0, 6, (count, 9, 11), generator=generator)
    labels = torch.where(labels == 5, IGNORE_INDEX, labels).to(torch.uint8)
    return 3 * torch.randn(count, 5, 9, 11, generator=generator), labels


def test_it_equals_a_direct_loop():
    logits, labels = batch(0, 4)
    bank = ConfidenceBank(5, device=CPU, momentum=0.0)
    bank.update(logits, labels, ranks=ALONE)
    given = [[] for _ in range(5)]
    probabilities = torch.softmax(logits.double(), dim=1)
    for image, row, column in (labels != IGNORE_INDEX).nonzero().tolist():
        class_id = int(labels[image, row, column])
        given[class_id].append(float(probabilities[image, class_id, row, column]))
    assert bank.kappa.tolist() == pytest.approx([sum(one) / len(one) for one in given], abs=1e-6)


def test_ranks_that_share_a_batch_end_with_the_averages_of_one_that_has_it_all():
    logits, labels = batch(1, 4)
    alone = ConfidenceBank(5, device=CPU)
    alone.update(logits, labels, ranks=ALONE)
    told = []

    class Telling(Ranks):
        def sum(self, tensor):
            told.append(tensor)
            return tensor

    class Sharing(Ranks):
        def sum(self, tensor):
            return told[0] + told[1]

    halves = [slice(0, 2), slice(2, 4)]
    for half in halves:
        ConfidenceBank(5, device=CPU).update(logits[half], labels[half], ranks=Telling())
    for half in halves:
        shared = ConfidenceBank(5, device=CPU)
        shared.update(logits[half], labels[half], ranks=Sharing())
        assert torch.equal(shared.kappa, alone.kappa)


def test_an_update_never_waits_for_the_device():
    """On the meta device there are no values, so whatever has to read one fails."""
    meta = torch.device("meta")
    bank = ConfidenceBank(3, device=meta)
    labels = torch.zeros(2, 4, 4, dtype=torch.uint8, device=meta)
    bank.update(torch.zeros(2, 3, 4, 4, device=meta), labels, ranks=ALONE)
    rates = sampling_rates(bank.kappa)
    assert sampled(labels, rates, torch.zeros(2, 4, 4, device=meta)).device == meta


def test_what_was_kept_goes_on_bit_by_bit():
    first, second = batch(2, 2), batch(3, 2)
    bank, resumed = ConfidenceBank(5, device=CPU), ConfidenceBank(5, device=CPU)
    bank.update(*first, ranks=ALONE)
    kept = bank.state()
    resumed.load_state(kept)
    bank.update(*second, ranks=ALONE)
    resumed.update(*second, ranks=ALONE)
    assert torch.equal(bank.kappa, resumed.kappa)
    assert not torch.equal(kept["kappa"], bank.kappa)


def test_the_class_known_worst_is_always_learnt_from():
    rates = sampling_rates(torch.tensor([0.9, 0.2, 0.6]))
    assert rates.tolist() == pytest.approx([0.1 / 0.8, 1.0, 0.4 / 0.8])
    assert sampling_rates(torch.ones(3)).tolist() == [1, 1, 1]


def test_a_pixel_is_kept_by_the_rate_of_the_class_predicted_there():
    predicted = torch.tensor([[[0, 1, 0, 1, 2, 2]]], dtype=torch.uint8)
    draws = torch.tensor([[[0.2, 0.2, 0.3, 0.3, 0.999, 0.0]]])
    kept = sampled(predicted, torch.tensor([0.25, 0.3, 1.0]), draws)
    assert kept[0, 0].tolist() == [True, True, False, False, True, True]
