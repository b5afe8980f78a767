"""From a batch to a lesson: which crops are mixed, with what, and whose word each pixel has."""

from dataclasses import replace

import pytest
import torch

from models.losses import IGNORE_INDEX
from models.ranks import ALONE
from models.self_training import Batch, Draws, OptimiserConfig, SelfTrainingConfig
from models.self_training.lesson import prepare

CONFIG = SelfTrainingConfig(num_classes=3, iterations=10, optimiser=OptimiserConfig(learning_rate=0.1), alpha0=0.0)
SOURCE, TARGET = 10, 200
VOID = (slice(0, 2), slice(0, 2))
SAID = (slice(4, 8), slice(4, 8))


def batch_of() -> Batch:
    """Flat images. Source crops have classes 0 and 1; people spoke in the first target crop only: class 2, and void."""
    labels = torch.zeros(2, 16, 16, dtype=torch.uint8)
    labels[:, :, 8:] = 1
    answers = torch.full((2, 16, 16), IGNORE_INDEX, dtype=torch.uint8)
    answered = torch.zeros(2, 16, 16, dtype=torch.bool)
    answers[0][SAID] = 2
    answered[0][SAID] = answered[0][VOID] = True
    target = torch.full((2, 3, 16, 16), TARGET, dtype=torch.uint8)
    target[1] = TARGET + 1
    return Batch(
        source_images=torch.full((2, 3, 16, 16), SOURCE, dtype=torch.uint8),
        source_labels=labels,
        target_images=target,
        target_labels=answers,
        answered=answered,
        coarse=torch.zeros_like(answered),
    )


def teacher(images: torch.Tensor) -> torch.Tensor:
    """Sees class 0 everywhere, with probability 0.8."""
    logits = torch.tensor([0.8, 0.1, 0.1]).log()[None, :, None, None]
    return logits.expand(len(images), 3, *images.shape[-2:]).contiguous()


def lesson_of(mixing: str, *, iteration: int = 0, **settings):
    return prepare(
        batch_of(),
        teacher,
        replace(CONFIG, mixing=mixing, **settings),
        iteration=iteration,
        kappa=torch.full((3,), 0.5),
        draws=Draws(0, iteration, range(2)),
        ranks=ALONE,
    )


@pytest.mark.parametrize("mixing", ["classmix", "cutmix", "adaptive_cutmix", "none"])
def test_a_crop_in_which_people_spoke_is_shown_as_it_is(mixing):
    for iteration in range(5):
        lesson = lesson_of(mixing, iteration=iteration)
        assert (lesson.target[0] == TARGET).all()
        assert (lesson.answers[0][SAID] == 2).all()
        assert (lesson.taught[0][SAID] == IGNORE_INDEX).all()
        assert (lesson.taught[0][VOID] == IGNORE_INDEX).all()  # void is knowledge: no pseudo label there
        assert (lesson.taught[0] == 0).sum() == 256 - 16 - 4


def test_source_classes_are_pasted_with_their_labels_onto_a_crop_that_nobody_answered():
    for iteration in range(5):
        lesson = lesson_of("classmix", iteration=iteration)
        pasted = lesson.target[1, 0] == SOURCE
        assert pasted.sum() == 128  # one of two classes, each half of the crop
        half = lesson.taught[1][pasted].unique()
        assert len(half) == 1
        assert torch.equal(pasted, batch_of().source_labels[1] == half)
        assert torch.equal(lesson.labelled[1], pasted)  # the rest is the teacher's word
        assert (lesson.confidence[1][pasted] == 1).all()
        assert lesson.confidence[1][~pasted].numpy() == pytest.approx(0.8)


def test_a_rectangle_brings_the_answers_that_it_covers():
    """From the answered crop come answers where people spoke, void included, else pseudo labels."""
    seen = 0
    for iteration in range(20):
        lesson = lesson_of("cutmix", iteration=iteration)
        pasted = lesson.target[1, 0] == TARGET
        assert 0.4 < pasted.float().mean() < 0.6
        expected = torch.zeros(16, 16, dtype=torch.uint8)
        expected[SAID], expected[VOID] = 2, IGNORE_INDEX
        assert torch.equal(lesson.taught[1], torch.where(pasted, expected, 0).to(torch.uint8))
        seen += int((lesson.taught[1] == 2).any())
        assert torch.equal(lesson.labelled[1], pasted & (expected == 2))
    assert seen > 3


def test_nobody_asks_a_teacher_whose_word_has_no_weight():
    lesson = lesson_of("none", unsupervised_weight=0.0)
    assert (lesson.taught == IGNORE_INDEX).all()
    assert lesson.kept_pixels == 0
    assert not lesson.uncertain.any()


@pytest.mark.parametrize(("until", "taught"), [(20 / 256 - 1e-6, 0), (20 / 256, 256 - 20), (1.0, 256 - 20)])
def test_a_crop_with_many_answers_gets_no_pseudo_labels(until, taught):
    """People answered 20 of 256 pixels of the first crop and none of the second."""
    lesson = lesson_of("none", unsupervised_until=until)
    assert (lesson.taught[0] == 0).sum() == taught
    assert (lesson.answers[0][SAID] == 2).all()
    assert (lesson.taught[1] == 0).all()
    assert lesson.kept_pixels == taught + 256
    assert lesson.open_pixels == 236 + 256  # nobody has answered them, whether or not the teacher may
    assert not lesson.uncertain.any()


def test_where_every_crop_has_many_answers_no_pseudo_label_is_left():
    batch = batch_of()
    batch.answered[1][SAID] = True
    lesson = prepare(
        batch,
        teacher,
        replace(CONFIG, mixing="classmix", unsupervised_until=0.05, alpha0=0.2),
        iteration=0,
        kappa=torch.full((3,), 0.5),
        draws=Draws(0, 0, range(2)),
        ranks=ALONE,
    )
    assert (lesson.taught == IGNORE_INDEX).all()
    assert not lesson.uncertain.any()
    assert lesson.kept_pixels == 0
