"""Sieving: what the teacher contradicts in a coarse answer teaches nothing, and nobody else is overruled."""

import math

import pytest
import torch

from models.losses import IGNORE_INDEX
from models.networks import build_network
from models.self_training import Batch, OptimiserConfig, SelfTrainingConfig, StepReport, Trainer
from models.self_training.pseudo_labels import contradicted

VOID = IGNORE_INDEX


def logits_of(*rows: list[list[float]]) -> torch.Tensor:
    """Probabilities of each pixel, row by row, as logits of one image."""
    return torch.tensor(rows).log().permute(2, 0, 1)[None]


# Sure of class 0, sure of class 1, not so sure of class 1; sure of 2, as sure of 0 as of 1, sure of 0.
BELIEVED = logits_of(
    [[0.95, 0.03, 0.02], [0.02, 0.96, 0.02], [0.2, 0.7, 0.1]],
    [[0.0, 0.01, 0.99], [0.5, 0.5, 0.0], [0.91, 0.05, 0.04]],
)
EVERYWHERE = torch.ones(1, 2, 3, dtype=torch.bool)
MIXED = [[0, 0, 0], [1, 2, VOID]]


@pytest.mark.parametrize(
    ("answers", "confidence", "expected"),
    [
        (MIXED, 0.9, [[0, 1, 0], [1, 0, 0]]),
        (MIXED, 0.6, [[0, 1, 1], [1, 0, 0]]),
        (MIXED, 0.5, [[0, 1, 1], [1, 1, 0]]),  # as sure as is asked for is sure enough
        (MIXED, 0.97, [[0, 0, 0], [1, 0, 0]]),
        (MIXED, 1.0, [[0, 0, 0], [0, 0, 0]]),
        ([[0, 1, 1], [2, 0, 0]], 0.01, [[0, 0, 0], [0, 0, 0]]),  # what it agrees with stays
        ([[VOID] * 3] * 2, 0.01, [[0, 0, 0], [0, 0, 0]]),  # void is no class that could be wrong
        ([[2, 2, 2], [0, 2, 2]], None, [[0, 0, 0], [0, 0, 0]]),
    ],
)
def test_what_is_sieved_of_six_pixels(answers, confidence, expected):
    labels = torch.tensor([answers], dtype=torch.uint8)
    sieved = contradicted(BELIEVED, labels, EVERYWHERE, confidence=confidence)
    assert sieved.dtype == torch.bool
    assert sieved[0].int().tolist() == expected


def test_drawn_answers_are_never_overruled():
    wrong = torch.tensor([[[2, 2, 2], [0, 2, 2]]], dtype=torch.uint8)
    coarse = torch.tensor([[[True, False, True], [False, False, True]]])
    sieved = contradicted(BELIEVED, wrong, coarse, confidence=0.01)
    assert torch.equal(sieved, coarse)
    assert not contradicted(BELIEVED, wrong, ~EVERYWHERE, confidence=0.01).any()


def test_a_teacher_without_a_doubt_is_as_sure_as_can_be():
    logits = torch.tensor([200.0, -200.0]).reshape(1, 2, 1, 1)
    answers, coarse = torch.ones(1, 1, 1, dtype=torch.uint8), torch.ones(1, 1, 1, dtype=torch.bool)
    assert contradicted(logits, answers, coarse, confidence=1.0).all()


@pytest.mark.parametrize("confidence", [0.0, -0.5, 1.01, math.nan])
def test_a_confidence_out_of_range_is_refused(confidence):
    labels = torch.zeros(1, 2, 3, dtype=torch.uint8)
    with pytest.raises(ValueError, match=r"in \(0, 1\]; got"):
        contradicted(BELIEVED, labels, EVERYWHERE, confidence=confidence)


# A step with a teacher that is sure of class 1, whatever it sees. Columns 0-7 of a target image are answered coarsely,
# the first four wrongly, columns 8-15 are drawn, 16-23 are void, and the rest is open. The second image is mirrored, so
# that CutMix pastes what is sieved of one onto what is open of the other.

WRONG, COARSE, DRAWN, SPOKEN = slice(0, 4), slice(0, 8), slice(8, 16), slice(0, 24)


def batch_of(*, wrong: int = 0, wrong_is_answered: bool = True) -> Batch:
    generator = torch.Generator().manual_seed(5)
    answers = torch.full((2, 32, 32), VOID, dtype=torch.uint8)
    answers[:, :, COARSE] = 1
    answers[:, :, WRONG] = wrong
    answers[:, :, DRAWN] = 2
    answered = torch.zeros(2, 32, 32, dtype=torch.bool)
    answered[:, :, SPOKEN] = True
    answered[:, :, WRONG] = wrong_is_answered
    coarse = torch.zeros(2, 32, 32, dtype=torch.bool)
    coarse[:, :, COARSE] = True
    for label_map in (answers, answered, coarse):
        label_map[1] = label_map[1].flip(1)
    return Batch(
        source_images=torch.randint(0, 256, (2, 3, 32, 32), generator=generator, dtype=torch.uint8),
        source_labels=torch.randint(0, 3, (2, 32, 32), generator=generator, dtype=torch.uint8),
        target_images=torch.randint(0, 256, (2, 3, 32, 32), generator=generator, dtype=torch.uint8),
        target_labels=answers,
        answered=answered,
        coarse=coarse,
    )


def step(batch: Batch, *, sieve: float | None, mixing: str) -> tuple[StepReport, dict[str, torch.Tensor]]:
    torch.manual_seed(0)
    optimiser = OptimiserConfig(learning_rate=0.01)
    config = SelfTrainingConfig(num_classes=3, iterations=6, optimiser=optimiser, mixing=mixing, sieve=sieve)
    trainer = Trainer(build_network("tiny_fpn", num_classes=3), config, device=torch.device("cpu"))
    trainer.iteration = 3  # pseudo labels weigh as much as they ever will
    last = trainer.teacher.head[-1]
    with torch.no_grad():
        last.weight.zero_()
        last.bias.copy_(torch.tensor([0.0, 9.0, 0.0]))
    report = trainer.step(batch, seed=7)
    return report, trainer.student.state_dict()


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(tensor, other[name]) for name, tensor in one.items())


@pytest.mark.parametrize("mixing", ["classmix", "cutmix", "none"])
def test_a_sieved_pixel_teaches_as_little_as_one_that_is_void(mixing):
    sieved, weights = step(batch_of(), sieve=0.9, mixing=mixing)
    void, void_weights = step(batch_of(wrong=VOID), sieve=None, mixing=mixing)
    assert (sieved.answered_loss, sieved.pseudo_loss, sieved.loss) == (void.answered_loss, void.pseudo_loss, void.loss)
    assert sieved.kept_share == void.kept_share
    assert same(weights, void_weights)
    assert sieved.sieved_share == 0.5  # columns 0 to 3 of 0 to 7

    kept, kept_weights = step(batch_of(), sieve=None, mixing=mixing)
    assert kept.answered_loss != sieved.answered_loss
    assert kept.sieved_share == 0
    assert not same(weights, kept_weights)

    open_, open_weights = step(batch_of(wrong=VOID, wrong_is_answered=False), sieve=None, mixing=mixing)
    assert open_.pseudo_loss != sieved.pseudo_loss  # there the teacher would have had its say
    assert not same(weights, open_weights)


def test_a_teacher_that_is_not_sure_enough_sieves_nothing():
    unsure, weights = step(batch_of(), sieve=0.9999, mixing="none")  # it is sure to 0.9998
    kept, kept_weights = step(batch_of(), sieve=None, mixing="none")
    assert unsure == kept
    assert same(weights, kept_weights)


def test_nothing_coarse_is_a_share_of_zero():
    batch = batch_of()
    batch.coarse.zero_()
    report, _ = step(batch, sieve=0.5, mixing="none")
    assert report.sieved_share == 0
