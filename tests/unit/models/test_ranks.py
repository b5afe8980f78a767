"""Two processes that share a batch learn what one process learns from all of it."""

import copy
from dataclasses import fields
from pathlib import Path

import pytest
import torch
from torch import distributed, multiprocessing

from models.networks import build_network
from models.ranks import ALONE, Ranks, joined, kth_smallest
from models.self_training import Batch, ContrastConfig, OptimiserConfig, SelfTrainingConfig, StepReport, Trainer

STEPS = 3
EVERYTHING = SelfTrainingConfig(
    num_classes=4,
    iterations=6,
    # Plain SGD: Adam divides by the gradient's size, and would make much of the rounding of one that is nearly 0.
    optimiser=OptimiserConfig(kind="sgd", learning_rate=0.05, encoder_factor=1.0),
    frozen_norm=True,  # batch statistics are those of a rank's own crops
    supervised="ohem",
    unsupervised_ramp=0.0,
    mixing="adaptive_cutmix",
    copy_paste=True,
    class_sampling=True,
    confidence_power=2.0,
    consistency_weight=0.1,
    negative_weight=1.0,
    contrast=ContrastConfig(
        start=0.0, weight=0.5, bank_size=200, keys_per_step=40, anchors=24, negatives=8, confidence=0.0
    ),
)
BALANCED = SelfTrainingConfig(
    num_classes=4,
    iterations=6,
    optimiser=OptimiserConfig(kind="sgd", learning_rate=0.05, encoder_factor=1.0, clip=1.0),
    frozen_norm=True,
    mixing="classmix",
    sieve=0.3,
)


def batch_of(step: int) -> Batch:
    """Four crops of each domain; one has more answers than another, one has none, and one no source label at all."""
    generator = torch.Generator().manual_seed(step)
    labels = torch.randint(0, 4, (8, 8, 8), generator=generator, dtype=torch.uint8)
    labels = labels.repeat_interleave(8, dim=1).repeat_interleave(8, dim=2)
    images = 50 * labels[:, None].float() + 20 * torch.randn(8, 3, 64, 64, generator=generator)
    images = images.clamp(0, 255).to(torch.uint8)
    answered = torch.zeros(4, 64, 64, dtype=torch.bool)
    answered[0, :40], answered[1, 8:16, 8:16], answered[3, 50:] = True, True, True
    source_labels = labels[:4].clone()
    source_labels[2] = 255
    return Batch(
        source_images=images[:4],
        source_labels=source_labels,
        target_images=images[4:],
        target_labels=torch.where(answered, labels[4:], 255).to(torch.uint8),
        answered=answered,
        coarse=answered & (torch.rand(4, 64, 64, generator=generator) < 0.5),
    )


def share_of(batch: Batch, ranks: Ranks) -> Batch:
    parts = {field.name: getattr(batch, field.name).chunk(ranks.size)[ranks.index] for field in fields(Batch)}
    return Batch(**parts)


def train(config: SelfTrainingConfig, ranks: Ranks) -> tuple[Trainer, list[StepReport]]:
    torch.manual_seed(0)
    network = build_network("tiny_fpn", num_classes=4)
    trainer = Trainer(network, config, device=torch.device("cpu"), ranks=ranks)
    return trainer, [trainer.step(share_of(batch_of(step), ranks), seed=3) for step in range(STEPS)]


def work(index: int, folder: Path) -> None:
    torch.set_num_threads(1)
    distributed.init_process_group("gloo", init_method=f"file://{folder}/meeting", rank=index, world_size=2)
    for name, config in (("everything", EVERYTHING), ("balanced", BALANCED)):
        trainer, reports = train(config, joined())
        torch.save({"state": trainer.state(), "reports": reports}, folder / f"{name}-{index}.pt")
    values = torch.arange(5.0)[index::2]
    median = kth_smallest(values, torch.tensor(3), where=torch.ones_like(values, dtype=torch.bool), ranks=joined())
    torch.save(median, folder / f"median-{index}.pt")
    distributed.destroy_process_group()


@pytest.fixture(scope="module")
def shared(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("ranks")
    multiprocessing.spawn(work, args=(folder,), nprocs=2)
    return folder


@pytest.mark.parametrize(("name", "config"), [("everything", EVERYTHING), ("balanced", BALANCED)])
def test_two_ranks_equal_one_process_with_the_whole_batch(shared, name, config):
    trainer, reports = train(config, ALONE)
    begun = copy.deepcopy(build_start().state_dict())
    for index in range(2):
        saved = torch.load(shared / f"{name}-{index}.pt", weights_only=False)
        for one, other in zip(reports, saved["reports"], strict=True):
            for field in fields(StepReport):
                if field.name != "class_confidence":
                    ours, theirs = getattr(one, field.name), getattr(other, field.name)
                    assert theirs == pytest.approx(ours, rel=2e-3, abs=1e-5), field.name
        for key, tensor in trainer.student.state_dict().items():
            if tensor.is_floating_point():
                moved = (tensor - begun[key]).norm()
                apart = (tensor - saved["state"]["student"][key]).norm()
                assert apart <= 0.01 * moved + 1e-6, key
        assert torch.allclose(trainer.confidence.kappa, saved["state"]["confidence"]["kappa"], atol=1e-6)
    assert reports[0].source_loss > 0
    if config is EVERYTHING:
        assert all(report.contrast_loss > 0 for report in reports)
        assert all(report.answered_loss > 0 and report.pseudo_loss > 0 for report in reports)


def build_start() -> torch.nn.Module:
    torch.manual_seed(0)
    return build_network("tiny_fpn", num_classes=4)


def test_a_percentile_is_one_of_all_ranks(shared):
    assert [torch.load(shared / f"median-{index}.pt").item() for index in range(2)] == [2.0, 2.0]
