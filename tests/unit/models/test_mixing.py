"""Masks of classes and of rectangles on hand-made label maps, and that labels follow pixels."""

import pytest
import torch

from models.losses import IGNORE_INDEX
from models.self_training.mixing import class_masks, partners, paste, rectangle_masks

CPU = torch.device("cpu")


def generators(*seeds: int) -> list[torch.Generator]:
    return [torch.Generator().manual_seed(seed) for seed in seeds]


def scenes(count: int) -> torch.Tensor:
    """Label maps of classes 0 to 6 in blocks of 4 x 4 pixels, void among them."""
    blocks = torch.randint(0, 8, (count, 6, 8), generator=torch.Generator().manual_seed(0))
    labels = torch.where(blocks == 7, IGNORE_INDEX, blocks)
    return labels.repeat_interleave(4, dim=1).repeat_interleave(4, dim=2).to(torch.uint8)


@pytest.mark.parametrize(("count", "expected"), [(1, [0]), (4, [1, 0, 3, 2]), (5, [1, 0, 3, 2, 4])])
def test_neighbours_give_to_each_other(count, expected):
    assert partners(count) == expected


def test_every_plane_follows_the_mask_but_nothing_covers_an_answer():
    """One row of four pixels: pasted, pasted over an answer, an answer pasted, not pasted."""
    mask = torch.tensor([[[True, True, True, False]]])
    answered = torch.tensor([[[False, True, False, False]]])
    images = torch.arange(12.0).view(1, 3, 1, 4)
    labels = torch.tensor([[[1, 2, 3, IGNORE_INDEX]]], dtype=torch.uint8)
    other_answered = torch.tensor([[[False, False, True, True]]])
    other_labels = torch.tensor([[[5, 6, 7, 8]]], dtype=torch.uint8)
    mixed, mixed_labels, mixed_answered = paste(
        [images, labels, answered], [images + 100, other_labels, other_answered], mask, answered=answered
    )
    assert mixed[0, :, 0].tolist() == [[100, 1, 102, 3], [104, 5, 106, 7], [108, 9, 110, 11]]
    assert mixed_labels[0, 0].tolist() == [5, 2, 7, IGNORE_INDEX]
    assert mixed_answered[0, 0].tolist() == [False, True, True, False]


def test_what_is_pasted_is_a_class_or_void_and_answers_stay():
    """METHOD.md, traps T4 and T16: labels of a mix are those of its two crops, pixel by pixel."""
    labels = scenes(2)
    donors = torch.where(labels.flip(0) == 1, 3, labels.flip(0))
    answered = torch.zeros(2, 24, 32, dtype=torch.bool)
    answered[:, 5:15, 3:20] = True
    mask = class_masks(donors, generators=generators(0, 1))
    (mixed,) = paste([labels], [donors], mask, answered=answered)
    assert set(mixed.unique().tolist()) <= {*range(7), IGNORE_INDEX}
    assert torch.equal(mixed[answered], labels[answered])
    assert (mask & answered).any()
    shown = mask & ~answered
    assert torch.equal(mixed[shown], donors[shown])
    assert torch.equal(mixed[~shown], labels[~shown])


def test_class_masks_take_half_of_the_classes_whole_and_each_as_often():
    labels = torch.tensor([[[0, 1, 2, 255], [0, 1, 2, 9]]], dtype=torch.uint8)
    times = dict.fromkeys((0, 1, 2, 9), 0)
    for seed in range(400):
        mask = class_masks(labels, generators=generators(seed))
        chosen = set(labels[mask].tolist())
        assert len(chosen) == 2
        assert all(bool(mask[labels == class_id].all()) for class_id in chosen)
        for class_id in chosen:
            times[class_id] += 1
    # Binomial of 400 and 1/2: four standard deviations are 40.
    assert all(160 < count < 240 for count in times.values())


@pytest.mark.parametrize(("shown", "expected"), [([255], 0), ([4, 255], 1), ([0, 5, 7], 2), ([0, 1, 2, 3, 4], 3)])
def test_half_of_the_classes_is_rounded_up(shown, expected):
    labels = torch.tensor([[shown]], dtype=torch.uint8)
    assert int(class_masks(labels, generators=generators(3)).sum()) == expected


def test_rectangles_cover_half_and_lie_anywhere():
    masks = rectangle_masks(height=64, width=48, device=CPU, generators=generators(*range(1500)))
    heights = masks.any(dim=2).sum(dim=1)
    widths = masks.any(dim=1).sum(dim=1)
    assert torch.equal(masks.sum(dim=(1, 2)), heights * widths)  # rectangles
    assert ((heights * widths - 64 * 48 / 2).abs() <= 0.5 * (64 + 48)).all()  # sides are whole pixels
    assert heights.min() >= 32
    assert widths.min() >= 24
    # Log-uniform in [1/2, 1]: half of the heights are below 64 / sqrt(2); four standard deviations of 1500 are 77.
    assert 673 < int((heights < 64 / 2**0.5).sum()) < 827
    corners = {tuple(mask.nonzero()[0].tolist()) for mask in masks}
    assert min(top for top, _ in corners) == 0
    assert len(corners) > 100


def test_a_crop_has_its_mask_whoever_else_is_in_the_batch():
    labels = scenes(4)
    whole = class_masks(labels, generators=generators(5, 6, 7, 8))
    halves = [
        class_masks(labels[:2], generators=generators(5, 6)),
        class_masks(labels[2:], generators=generators(7, 8)),
    ]
    assert torch.equal(whole, torch.cat(halves))
    assert len({mask.float().mean().item() for mask in whole}) > 1

    def rectangles(*seeds: int) -> torch.Tensor:
        return rectangle_masks(height=24, width=32, device=CPU, generators=generators(*seeds))

    assert torch.equal(rectangles(5, 6, 7, 8), torch.cat([rectangles(5, 6), rectangles(7, 8)]))


def test_mixing_never_waits_for_the_device():
    """On the meta device there are no values, so whatever has to read one fails."""
    labels = scenes(2).to("meta")
    masks = class_masks(labels, generators=generators(0, 1))
    boxes = rectangle_masks(height=24, width=32, device=labels.device, generators=generators(0, 1))
    (mixed,) = paste([labels], [labels], masks & boxes, answered=masks)
    assert mixed.is_meta
