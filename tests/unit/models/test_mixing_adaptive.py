"""Adaptive CutMix and Copy-Paste: boxes by hand, frequencies against their closed forms."""

import math
from collections import Counter

import pytest
import torch

from models.losses import IGNORE_INDEX
from models.self_training.mixing import adaptive_rectangles, copy_paste_masks

DRAWS = 600


def generators(*seeds: int) -> list[torch.Generator]:
    return [torch.Generator().manual_seed(seed) for seed in seeds]


def crop(*things: tuple[int, slice, slice], size: tuple[int, int] = (40, 50), ground: int = 0) -> torch.Tensor:
    """A label map of `ground` with rectangles of classes on it, (1, h, w)."""
    labels = torch.full((1, *size), ground, dtype=torch.uint8)
    for class_id, rows, columns in things:
        labels[0, rows, columns] = class_id
    return labels


def boxes(labels: torch.Tensor, kappa: list[float], *, seeds: range) -> Counter[tuple[int, int, int, int]]:
    """How often each box was drawn; every mask must be a full rectangle."""
    found = Counter()
    many = labels.expand(len(seeds), -1, -1)
    for mask in adaptive_rectangles(many, torch.tensor(kappa), generators=generators(*seeds)):
        rows, columns = mask.any(dim=1).nonzero().flatten(), mask.any(dim=0).nonzero().flatten()
        box = (int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1)
        assert int(mask.sum()) == (box[2] - box[0]) * (box[3] - box[1])
        found[box] += 1
    return found


def near(count: int, probability: float, draws: int = DRAWS) -> bool:
    """Within four standard deviations of a binomial."""
    return abs(count - draws * probability) <= 4 * math.sqrt(draws * probability * (1 - probability))


def test_a_rectangle_bounds_a_component_of_a_class_drawn_by_how_badly_it_is_known():
    """Ground is void. Class 1 has one thing; class 2 has two, one of them two blocks that touch at a corner."""
    labels = crop(
        (1, slice(2, 10), slice(3, 9)),
        (2, slice(20, 26), slice(5, 10)),
        (2, slice(26, 30), slice(10, 14)),
        (2, slice(0, 5), slice(40, 50)),
        ground=IGNORE_INDEX,
    )
    found = boxes(labels, [0.1, 0.9, 0.3], seeds=range(DRAWS))
    first = math.exp(0.1) / (math.exp(0.1) + math.exp(0.7))
    assert set(found) == {(2, 3, 10, 9), (20, 5, 30, 14), (0, 40, 5, 50)}
    assert near(found[2, 3, 10, 9], first)
    assert near(found[20, 5, 30, 14], (1 - first) / 2)
    assert near(found[0, 40, 5, 50], (1 - first) / 2)


def test_small_components_and_classes_hardly_shown_are_passed_over():
    """Of 2000 pixels a class needs 20, a component more than 10. Class 2 has 10 and 11, class 3 has 19."""
    labels = crop(
        (2, slice(0, 1), slice(0, 10)),
        (2, slice(5, 6), slice(0, 11)),
        (3, slice(10, 11), slice(0, 19)),
        ground=IGNORE_INDEX,
    )
    assert set(boxes(labels, [0.5] * 4, seeds=range(40))) == {(5, 0, 6, 11)}


def test_without_a_thing_it_is_a_rectangle_of_half_the_area():
    """Class 1 covers enough, but in dots; where all is void there is no class at all."""
    dots = crop(ground=IGNORE_INDEX)
    dots[0, ::4, ::4] = 1
    for labels in (dots, crop(ground=IGNORE_INDEX)):
        masks = adaptive_rectangles(
            labels.expand(50, -1, -1), torch.tensor([0.5, 0.5]), generators=generators(*range(50))
        )
        assert ((masks.sum(dim=(1, 2)) - 1000).abs() <= 45).all()  # sides are whole pixels
        assert len({tuple(mask.nonzero()[0].tolist()) for mask in masks}) > 20


def test_a_class_that_fills_the_crop_takes_it_whole():
    assert set(boxes(crop(ground=1), [0.5, 0.5], seeds=range(5))) == {(0, 0, 40, 50)}


STREET = torch.arange(6, dtype=torch.uint8).repeat_interleave(8).view(1, 6, 8)  # one row of each of six classes
KAPPA = [0.9, 0.0, 0.5, 0.75, 0.2, 1.0]


WEIGHTS = {class_id: math.exp(math.sqrt(1 - KAPPA[class_id])) for class_id in (1, 2, 3, 5)}


def pasted(labels: torch.Tensor, *, count: int = DRAWS, **options) -> torch.Tensor:
    options = {"background": frozenset({0, 4}), **options}
    many = labels.expand(count, -1, -1)
    return copy_paste_masks(many, torch.tensor(KAPPA), generators=generators(*range(count)), **options)


def test_copy_paste_draws_three_classes_with_their_probabilities():
    rows = pasted(STREET)
    assert torch.equal(rows.any(dim=2), rows.all(dim=2))  # a class comes whole
    times = rows[:, :, 0].sum(dim=0).tolist()
    for class_id, weight in WEIGHTS.items():
        never = (1 - weight / sum(WEIGHTS.values())) ** 3
        assert near(times[class_id], 0.5 * (1 - never))
    assert times[0] == times[4] == 0
    assert near(int(rows.any(dim=(1, 2)).sum()), 0.5)


def test_one_draw_that_is_certain_pastes_one_class():
    count = 6000  # enough to tell the root from 1 - kappa itself
    rows = pasted(STREET, count=count, draws=1, probability=1.0)[:, :, 0]
    assert rows.sum(dim=1).tolist() == [1] * count
    for class_id, weight in WEIGHTS.items():
        assert near(int(rows[:, class_id].sum()), weight / sum(WEIGHTS.values()), count)
    assert not pasted(STREET, probability=0.0).any()


def test_void_and_background_are_never_pasted():
    void = torch.full((1, 4, 4), IGNORE_INDEX, dtype=torch.uint8)
    assert not pasted(void, probability=1.0).any()
    assert not pasted(STREET, probability=1.0, background=frozenset(range(6))).any()
    most = torch.full((255,), 0.5)  # of as many classes as there can be, the one past the last is void
    nothing = copy_paste_masks(void, most, generators=generators(0), background=frozenset(range(255)), probability=1.0)
    assert not nothing.any()


@pytest.mark.parametrize("masks", [adaptive_rectangles, copy_paste_masks])
def test_a_crop_has_its_mask_whoever_else_is_in_the_batch(masks):
    blocks = torch.randint(0, 4, (4, 5, 5), generator=torch.Generator().manual_seed(1))
    labels = blocks.repeat_interleave(8, dim=1).repeat_interleave(8, dim=2).to(torch.uint8)
    options = {"background": frozenset({0})} if masks is copy_paste_masks else {}
    kappa = torch.tensor([0.1, 0.4, 0.9, 0.6])
    whole = masks(labels, kappa, generators=generators(11, 12, 13, 14), **options)
    first = masks(labels[:2], kappa, generators=generators(11, 12), **options)
    second = masks(labels[2:], kappa, generators=generators(13, 14), **options)
    assert torch.equal(whole, torch.cat([first, second]))
    assert whole.any()


def test_as_many_draws_are_taken_whatever_is_shown():
    kappa = torch.tensor([0.5, 0.5])
    left = set()
    for labels in (crop(ground=1), crop(ground=IGNORE_INDEX)):
        one, two = generators(0, 0)
        adaptive_rectangles(labels, kappa, generators=[one])
        copy_paste_masks(labels, kappa, generators=[two], background=frozenset())
        left.add((float(torch.rand((), generator=one)), float(torch.rand((), generator=two))))
    assert len(left) == 1


def test_copy_paste_never_waits_for_the_device():
    """On the meta device there are no values, so whatever has to read one fails."""
    meta = torch.device("meta")
    kappa = torch.zeros(6, device=meta)
    mask = copy_paste_masks(STREET.to(meta), kappa, generators=generators(0), background=frozenset({0}))
    assert mask.is_meta
