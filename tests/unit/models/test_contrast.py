"""The contrastive loss against its definition, against arithmetic, and against the faults of the released code."""

import math
import threading
from dataclasses import dataclass

import pytest
import torch

from models.losses import IGNORE_INDEX
from models.ranks import Ranks
from models.self_training.class_bank import ClassBank
from models.self_training.contrast import ContrastConfig
from models.self_training.contrast_pixels import by_priority, draw_labelled, draw_members
from tests.unit.models.contrast_definition import Definition, Scene, make_scene

C = 6
CPU = torch.device("cpu")
SMALL = ContrastConfig(anchors=4, negatives=3, bank_size=11, keys_per_step=5)
EVERYTHING = ContrastConfig(anchors=90, negatives=3, bank_size=500, keys_per_step=100)
MIDDLE_RANKS = ContrastConfig(anchors=4, negatives=3, bank_size=11, keys_per_step=5, low_rank=1, high_rank=4)


def bank_for(config: ContrastConfig, num_classes: int = C) -> ClassBank:
    return ClassBank(num_classes=num_classes, size=config.bank_size, dim=4, device=CPU)


@pytest.mark.parametrize(("config", "low", "high"), [(SMALL, 2, C), (EVERYTHING, 2, C), (MIDDLE_RANKS, 1, 4)])
@pytest.mark.parametrize("channels_last", [False, True])
def test_values_gradients_and_banks_are_the_definitions_over_several_steps(config, low, high, channels_last):
    bank, definition = bank_for(config), Definition(config, low=low, high=high, num_classes=C)
    for step in range(4):
        # Absent classes among present ones: the released code mixed up their anchors, prototypes and banks (B1, B5).
        scene = make_scene(step, classes=(0, 2, 5), num_classes=C)
        if channels_last:
            scene.student = scene.student.detach().to(memory_format=torch.channels_last).requires_grad_()
        expected = definition.loss(scene, seed=step)
        (gradient,) = torch.autograd.grad(expected, scene.student)
        ours = scene.loss(bank, config, seed=step)
        ours.backward()
        assert ours.item() == pytest.approx(expected.item(), rel=1e-5)
        torch.testing.assert_close(scene.student.grad, gradient.float(), rtol=1e-4, atol=1e-6)
        for c, keys in enumerate(definition.banks):
            torch.testing.assert_close(stored(bank, c), torch.stack(keys).float(), rtol=1e-6, atol=1e-6)


def stored(bank: ClassBank, c: int) -> torch.Tensor:
    state = bank.state()
    return state["keys"][c, : min(int(state["written"][c]), bank.size)]


def three_pixels(student: list[float]) -> Scene:
    """A labelled pixel of class 0, one that is surely neither 0 nor 1, and one that plays no part."""
    planes = torch.zeros(1, 1, 3, dtype=torch.bool)
    only = [planes.index_fill(2, torch.tensor(j), value=True) for j in (0, 1)]
    return Scene(
        student=torch.tensor([student, [9.0, 9.0], [9.0, 9.0]]).T[None, :, None].contiguous().requires_grad_(),
        teacher=torch.tensor([[7.0, 0.0], [0.0, 3.0], [5.0, 5.0]]).T[None, :, None],
        logits=torch.tensor([[9.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 1.0]]).T[None, :, None],
        labels=torch.tensor([[[0, IGNORE_INDEX, 2]]], dtype=torch.uint8),
        labelled=only[0],
        reliable=only[0],
        uncertain=only[1],
        priority=torch.tensor([[[0.5, 0.2, 0.1]]]),
    )


@pytest.mark.parametrize(
    ("student", "expected"),
    [([4.0, 0.0], math.log(1 + 50 * math.exp(-2))), ([0.0, 4.0], math.log(1 + 50 * math.exp(2)))],
)
def test_one_anchor_one_positive_and_one_key_by_hand(student, expected):
    """Cosines of 1 and 0, or 0 and 1, over a temperature of 1/2; the one key is drawn 50 times."""
    config = ContrastConfig()
    loss = three_pixels(student).loss(ClassBank(num_classes=3, size=600, dim=2, device=CPU), config)
    assert loss.item() == pytest.approx(expected)


def test_a_key_never_has_the_label_of_its_class():
    """Features tell the label; B2 and B3 of the released code let in none, or those of the class alone."""
    scene = make_scene(1, classes=(0, 2, 3), num_classes=4)
    known = torch.nn.functional.one_hot(scene.labels.long().clamp(max=4), 5).movedim(-1, 1)
    scene.teacher = known[:, :4].float()  # pixels without a label have no direction
    bank = bank_for(EVERYTHING, num_classes=4)
    scene.loss(bank, EVERYTHING)
    for c in range(4):
        assert stored(bank, c).sum(dim=0)[c] == 0
        assert len(stored(bank, c)) >= 15


def test_classes_that_are_present_learn_and_no_others():
    scene = make_scene(2, classes=(0, 2, 5), num_classes=C)
    scene.logits = scene.logits.scatter(1, scene.labels.long().clamp(max=C - 1)[:, None], 9.0)
    scene.loss(bank_for(EVERYTHING), EVERYTHING).backward()
    moved = (scene.student.grad != 0).any(dim=1)
    assert torch.equal(moved, scene.reliable & (scene.labels != IGNORE_INDEX))


@pytest.mark.parametrize("empty", ["reliable", "keys"])
def test_nothing_to_contrast_is_an_exact_zero_with_zero_gradient(empty):
    scene = make_scene(3, classes=(1,), num_classes=C)
    if empty == "reliable":
        scene.reliable = torch.zeros_like(scene.reliable)
    else:
        # Labelled as class 1 alone, and unsure nowhere: the bank of class 1 stays empty, the others have no anchors.
        scene.uncertain = torch.zeros_like(scene.uncertain)
    loss = scene.loss(bank_for(SMALL), SMALL)
    loss.backward()
    assert loss.item() == 0
    assert torch.equal(scene.student.grad, torch.zeros_like(scene.student))


def test_half_precision_and_autocast_change_nothing_but_the_rounding_of_what_comes_in():
    scene = make_scene(4, classes=(0, 1, 2), num_classes=C)
    short = {name: getattr(scene, name).detach().bfloat16() for name in ("student", "teacher", "logits")}
    with torch.autocast("cpu", dtype=torch.bfloat16):
        ours = Scene(**{**vars(scene), **short}).loss(bank_for(SMALL), SMALL)
    exact = Scene(**{**vars(scene), **{name: value.float() for name, value in short.items()}})
    assert ours.dtype == torch.float32
    assert ours.item() == exact.loss(bank_for(SMALL), SMALL).item()


def test_the_first_in_order_of_priority_are_drawn_the_earlier_of_equals():
    labels = torch.tensor([[[1, 1, 0, 1, 1, IGNORE_INDEX]]], dtype=torch.uint8)
    priority = torch.tensor([[[0.5, 0.25, 0.0, 0.25, 0.75, 0.1]]])
    order = by_priority(priority)
    assert order.tolist() == [2, 5, 1, 3, 0, 4]
    for drawn in (
        draw_members(torch.stack([labels.flatten() == c for c in range(3)]), priority, order, most=3),
        draw_labelled(labels, priority, order, num_classes=3, most=3),
    ):
        assert drawn.pixels[1].tolist() == [1, 3, 0]
        assert drawn.pixels[0, 0] == 2
        inf = math.inf
        assert drawn.priority.tolist() == [[0.0, inf, inf], [0.25, 0.25, 0.5], [inf, inf, inf]]


@pytest.mark.parametrize(("num_classes", "low"), [(3, 1), (4, 1), (5, 2), (8, 2), (9, 3), (19, 3)])
def test_ranks_follow_from_the_number_of_classes(num_classes, low):
    assert ContrastConfig().rank_bounds(num_classes) == (low, num_classes)


@pytest.mark.parametrize(
    ("config", "num_classes"),
    [
        (ContrastConfig(), 2),
        (ContrastConfig(low_rank=0), 5),
        (ContrastConfig(low_rank=3, high_rank=3), 5),
        (ContrastConfig(high_rank=6), 5),
    ],
)
def test_ranks_that_mean_nothing_are_refused(config, num_classes):
    with pytest.raises(ValueError):
        config.rank_bounds(num_classes)


@pytest.mark.parametrize("keys", [0, 12])
def test_keys_of_a_step_that_do_not_fit_into_the_bank_are_refused(keys):
    with pytest.raises(ValueError, match=f"A step's {keys} keys must fit into a bank of 11"):
        ContrastConfig(bank_size=11, keys_per_step=keys)


class Meeting:
    """Where threads that play ranks leave their tensors for each other."""

    def __init__(self, size: int) -> None:
        self.barrier = threading.Barrier(size, timeout=20)
        self.left: list = [None] * size

    def exchange(self, index: int, tensor: torch.Tensor) -> list[torch.Tensor]:
        self.left[index] = tensor.detach().clone()
        self.barrier.wait()
        everyone = list(self.left)
        self.barrier.wait()
        return everyone


@dataclass(frozen=True, slots=True)
class Together(Ranks):
    meeting: Meeting | None = None

    def sum(self, tensor):
        return sum(self.meeting.exchange(self.index, tensor))

    def gather(self, tensor):
        return torch.cat(self.meeting.exchange(self.index, tensor))


@pytest.mark.parametrize("config", [SMALL, EVERYTHING])
def test_ranks_that_share_a_batch_compute_what_one_would(config):
    whole_bank, banks = bank_for(config), [bank_for(config) for _ in range(2)]
    meeting = Meeting(2)
    for step in range(3):
        scene = make_scene(10 + step, classes=(0, 2, 3, 5), num_classes=C)
        scene.labels[2:][scene.labels[2:] == 5] = IGNORE_INDEX  # only rank 0 has anchors of class 5
        parts = [scene.part(0, 2), scene.part(2, 4)]
        for part in parts:
            part.student = part.student.detach().requires_grad_()
        losses = [torch.tensor(0.0)] * 2

        def work(rank: int, parts=parts, losses=losses, step=step) -> None:
            ranks = Together(index=rank, size=2, meeting=meeting)
            losses[rank] = parts[rank].loss(banks[rank], config, seed=step, ranks=ranks)

        threads = [threading.Thread(target=work, args=(rank,)) for rank in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=20)
        whole = scene.loss(whole_bank, config, seed=step)
        (gradient,) = torch.autograd.grad(whole, scene.student)
        mean = sum(losses) / 2
        mean.backward()
        assert mean.item() == pytest.approx(whole.item(), rel=1e-5)
        ours = torch.cat([part.student.grad for part in parts])
        torch.testing.assert_close(ours, gradient, rtol=1e-4, atol=1e-7)
        for bank in banks:
            assert torch.equal(bank.state()["keys"], whole_bank.state()["keys"])
