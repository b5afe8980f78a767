"""Self-training against hand-computed values, and exact resume."""

import copy
import io

import pytest
import torch

from models.losses import entropy
from models.networks import build_network
from models.self_training import Batch, ContrastConfig, OptimiserConfig, SelfTrainingConfig, Trainer
from models.self_training.pseudo_labels import pseudo_labels
from models.self_training.teacher import update_teacher

LN2, LN3 = 0.6931472, 1.0986123


def logits_of(*pixels: list[float]) -> torch.Tensor:
    """Probabilities a pixel -> logits of one image of one row, (1, c, 1, w)."""
    return torch.tensor(pixels).log().T[None, :, None, :]


def test_entropy_of_certain_even_and_uneven_pixels():
    logits = logits_of([1.0, 1e-30, 1e-30], [1 / 3, 1 / 3, 1 / 3], [0.5, 0.5, 1e-30])
    assert entropy(logits)[0, 0].tolist() == pytest.approx([0, LN3, LN2], abs=1e-6)


SURE_TO_UNSURE = logits_of([0.99, 0.01], [0.1, 0.9], [0.8, 0.2], [0.3, 0.7], [0.45, 0.55])


@pytest.mark.parametrize(
    ("alpha", "expected"),
    [
        (0.0, [0, 1, 0, 1, 1]),
        (0.2, [0, 1, 0, 1, 255]),  # the most uncertain fifth goes, not the most certain (METHOD.md, trap T1)
        (0.6, [0, 1, 255, 255, 255]),
    ],
)
def test_pseudo_labels_drop_the_uncertain_share(alpha, expected):
    answered = torch.zeros(1, 1, 5, dtype=torch.bool)
    assert pseudo_labels(SURE_TO_UNSURE, alpha=alpha, answered=answered).labels[0, 0].tolist() == expected


def test_people_are_never_overruled_and_do_not_count_in_the_percentile():
    answered = torch.tensor([[[True, False, False, False, True]]])
    # Three pixels are left; a third of them goes: the least certain of the three.
    assert pseudo_labels(SURE_TO_UNSURE, alpha=1 / 3, answered=answered).labels[0, 0].tolist() == [255, 1, 0, 255, 255]
    everywhere = torch.ones(1, 1, 5, dtype=torch.bool)
    assert pseudo_labels(SURE_TO_UNSURE, alpha=0.2, answered=everywhere).labels[0, 0].tolist() == [255] * 5


def test_equal_entropies_are_kept_together():
    logits = logits_of(*[[0.9, 0.1]] * 4)
    answered = torch.zeros(1, 1, 4, dtype=torch.bool)
    assert pseudo_labels(logits, alpha=0.5, answered=answered).labels[0, 0].tolist() == [0] * 4


class Tiny(torch.nn.Module):
    def __init__(self, weight: float, mean: float, count: int) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.tensor([weight]))
        self.register_buffer("mean", torch.tensor([mean]))
        self.register_buffer("count", torch.tensor(count))


@pytest.mark.parametrize(("iteration", "momentum"), [(0, 0.0), (1, 0.5), (3, 0.75), (10_000, 0.99)])
def test_teacher_averages_parameters_and_buffers(iteration, momentum):
    teacher, student = Tiny(1.0, 10.0, 3), Tiny(2.0, 30.0, 7)
    update_teacher(teacher, student, iteration=iteration, decay=0.99)
    assert teacher.weight.item() == pytest.approx(momentum * 1 + (1 - momentum) * 2)
    assert teacher.mean.item() == pytest.approx(momentum * 10 + (1 - momentum) * 30)
    assert teacher.count.item() == 7
    assert (student.weight.item(), student.mean.item()) == (2.0, 30.0)


def test_schedules_at_their_ends():
    config = SelfTrainingConfig(num_classes=2, iterations=100, optimiser=OptimiserConfig(learning_rate=0.1))
    assert config.alpha_at(0) == pytest.approx(0.2)
    assert config.alpha_at(50) == pytest.approx(0.1)
    assert config.unsupervised_weight_at(0) == 0
    assert config.unsupervised_weight_at(20) == 1
    assert config.learning_rate_at(0) == pytest.approx(0.1 / 5)
    assert config.learning_rate_at(50) == pytest.approx(0.1 * 0.5**0.9)
    stopped_early = OptimiserConfig(learning_rate=0.1, horizon=2.0)
    config = SelfTrainingConfig(num_classes=2, iterations=100, optimiser=stopped_early, contrast=ContrastConfig())
    assert config.learning_rate_at(100) == pytest.approx(0.1 * 0.5**0.9)
    assert [config.contrast_weight_at(t) for t in (0, 9, 10, 99)] == [0, 0, 0.1, 0.1]


def test_the_encoder_learns_more_slowly_by_its_factor():
    """SGD without momentum so far: after one step from one gradient, weights have moved by rate x gradient."""
    trainer = trainer_of(
        optimiser=OptimiserConfig(kind="sgd", learning_rate=0.1, encoder_factor=0.25, weight_decay=0.0)
    )
    before = copy.deepcopy(trainer.student.state_dict())
    run(trainer, 1)
    rate = trainer.config.learning_rate_at(0)
    for name, parameter in trainer.student.named_parameters():
        if parameter.grad is not None:
            factor = 0.25 if name.startswith("encoder.") else 1.0
            moved = before[name] - rate * factor * parameter.grad
            assert torch.allclose(parameter, moved, rtol=1e-4, atol=1e-7), name


def batch_of(seed: int, *, answered: bool = True) -> Batch:
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(0, 3, (2, 32, 32), generator=generator, dtype=torch.uint8)
    mask = torch.zeros(2, 32, 32, dtype=torch.bool)
    mask[:, 4:12, 4:12] = answered
    return Batch(
        source_images=torch.randint(0, 256, (2, 3, 32, 32), generator=generator, dtype=torch.uint8),
        source_labels=labels,
        target_images=torch.randint(0, 256, (2, 3, 32, 32), generator=generator, dtype=torch.uint8),
        target_labels=torch.where(mask, labels, 255).to(torch.uint8),
        answered=mask,
        coarse=torch.zeros_like(mask),
    )


EVERYTHING = {
    "supervised": "ohem",
    "mixing": "adaptive_cutmix",
    "copy_paste": True,
    "class_sampling": True,
    "confidence_power": 2.0,
    "consistency_weight": 0.1,
    "negative_weight": 1.0,
    "contrast": ContrastConfig(start=0.2, bank_size=300, keys_per_step=64, anchors=16, negatives=8, confidence=0.0),
}


def trainer_of(*, iterations: int = 6, **settings) -> Trainer:
    torch.manual_seed(0)
    settings = {"optimiser": OptimiserConfig(learning_rate=0.01, encoder_factor=1.0)} | settings
    config = SelfTrainingConfig(num_classes=3, iterations=iterations, **settings)
    return Trainer(build_network("tiny_fpn", num_classes=3), config, device=torch.device("cpu"))


def run(trainer: Trainer, until: int) -> None:
    while trainer.iteration < until:
        trainer.step(batch_of(trainer.iteration), seed=0)


@pytest.mark.parametrize("settings", [{}, {"mixing": "cutmix"}, {"mixing": "none"}, EVERYTHING])
def test_a_resumed_training_equals_an_uninterrupted_one_bit_for_bit(settings):
    whole = trainer_of(**settings)
    run(whole, 6)
    first = trainer_of(**settings)
    run(first, 3)
    file = io.BytesIO()
    torch.save(first.state(), file)
    file.seek(0)
    second = trainer_of(**settings)
    run(second, 1)  # what it had before must not matter
    second.load_state(torch.load(file, weights_only=True))
    run(second, 6)
    for one, other in ((whole.student, second.student), (whole.teacher, second.teacher)):
        for name, tensor in one.state_dict().items():
            assert torch.equal(tensor, other.state_dict()[name]), name
    assert torch.equal(whole.confidence.kappa, second.confidence.kappa)
    assert second.iteration == 6


def test_teacher_and_student_share_no_storage_and_the_teacher_has_no_gradient():
    trainer = trainer_of()
    before = copy.deepcopy(trainer.teacher.state_dict())
    with torch.no_grad():
        for parameter in trainer.student.parameters():
            parameter.add_(1)
    assert all(torch.equal(before[name], tensor) for name, tensor in trainer.teacher.state_dict().items())
    run(trainer, 1)
    assert not trainer.teacher.training
    assert all(parameter.grad is None for parameter in trainer.teacher.parameters())


def test_a_network_that_nobody_teaches_does_not_ask_its_teacher():
    """Without pseudo labels, contrast and sieve the pass of the teacher is left out."""
    trainer = trainer_of(unsupervised_weight=0.0, mixing="none")
    trainer.teacher.forward = None
    report = trainer.step(batch_of(0), seed=0)
    assert (report.pseudo_loss, report.kept_share) == (0, 0)
    assert report.source_loss > 0


def test_the_report_adds_up():
    """The loss is the weighted sum of the terms: at iteration 3 of 6 lambda_u is full and the contrast has begun."""
    trainer = trainer_of(**EVERYTHING, answered_weight=0.3)
    run(trainer, 3)
    report = trainer.step(batch_of(3), seed=0)
    terms = report.source_loss + 0.3 * report.answered_loss + report.pseudo_loss + 0.1 * report.contrast_loss
    terms += 0.1 * report.consistency_loss + report.negative_loss
    assert report.loss == pytest.approx(terms, rel=1e-5)
    assert report.contrast_loss > 0
    assert report.kept_share == pytest.approx(1 - 0.2 * (1 - 3 / 6), abs=0.01)
    seen = [confidence for confidence in report.class_confidence if confidence is not None]
    assert all(1 / 3 <= confidence <= 1 for confidence in seen)


def test_bfloat16_steps_are_near_float32_and_weights_stay_float32():
    """Rounding of 8 bits moves a loss of about 1 by no more than some hundredths."""
    exact, rounded = trainer_of(), trainer_of(precision="bfloat16")
    for trainer in (exact, rounded):
        run(trainer, 1)
    one, other = (trainer.step(batch_of(1), seed=0) for trainer in (exact, rounded))
    assert one.source_loss != other.source_loss
    assert other.source_loss == pytest.approx(one.source_loss, rel=0.05)
    assert all(tensor.dtype != torch.bfloat16 for tensor in rounded.student.state_dict().values())


def test_answers_teach_only_where_people_spoke():
    with_answers, without = trainer_of(), trainer_of()
    told = with_answers.step(batch_of(0), seed=0)
    silent = without.step(batch_of(0, answered=False), seed=0)
    assert told.answered_loss > 0
    assert silent.answered_loss == 0


def test_a_loss_that_is_not_finite_stops_before_the_weights_are_hurt():
    trainer = trainer_of()
    with torch.no_grad():
        trainer.student.head[-1].bias.fill_(float("nan"))
    before = copy.deepcopy(trainer.student.encoder.state_dict())
    with pytest.raises(FloatingPointError, match="iteration 0"):
        run(trainer, 1)
    after = trainer.student.encoder.state_dict()
    weights = [name for name in before if "running" not in name and "num_batches" not in name]
    assert all(torch.equal(before[name], after[name]) for name in weights)


def test_it_learns_what_it_is_shown():
    """Class 0 is dark, 1 grey, 2 bright: after some steps the teacher says so of pixels it has not seen."""
    trainer = trainer_of(iterations=60)
    levels = torch.tensor([40.0, 128.0, 215.0])

    def scene(seed: int) -> tuple[torch.Tensor, torch.Tensor]:
        generator = torch.Generator().manual_seed(seed)
        blocks = torch.randint(0, 3, (2, 4, 4), generator=generator)
        labels = blocks.repeat_interleave(8, dim=1).repeat_interleave(8, dim=2)
        images = levels[labels][:, None].expand(2, 3, 32, 32) + 5 * torch.randn(2, 3, 32, 32, generator=generator)
        return images.clamp(0, 255).to(torch.uint8), labels.to(torch.uint8)

    nothing = torch.zeros(2, 32, 32, dtype=torch.bool)
    for step in range(60):
        images, labels = scene(step)
        others, _ = scene(1000 + step)
        batch = Batch(
            source_images=images,
            source_labels=labels,
            target_images=others,
            target_labels=torch.full_like(labels, 255),
            answered=nothing,
            coarse=nothing,
        )
        trainer.step(batch, seed=0)
    images, labels = scene(5000)
    with torch.no_grad():
        logits = torch.nn.functional.interpolate(trainer.teacher(images.float()), size=(32, 32), mode="bilinear")
    assert (logits.argmax(dim=1) == labels).float().mean() > 0.75
