"""Geometry of crops: labels stay on their pixels, and what is outside is 255."""

import pytest
import torch

from models.augment import Geometry, cut, random_geometry, recolour


def test_a_crop_of_its_own_size_is_the_pixels_themselves():
    image = torch.randint(0, 256, (3, 20, 30), dtype=torch.uint8)
    label = torch.randint(0, 5, (20, 30), dtype=torch.uint8)
    out, (cropped,) = cut(image, [label], Geometry(top=3, left=4, side=10, flip=False), crop=10)
    assert torch.equal(out, image[:, 3:13, 4:14])
    assert torch.equal(cropped, label[3:13, 4:14])
    mirrored, (flipped,) = cut(image, [label], Geometry(top=3, left=4, side=10, flip=True), crop=10)
    assert torch.equal(mirrored, out.flip(-1))
    assert torch.equal(flipped, cropped.flip(-1))


def test_outside_the_image_a_label_is_ignored():
    label = torch.zeros(4, 4, dtype=torch.uint8)
    _, (cropped,) = cut(
        torch.zeros(3, 4, 4, dtype=torch.uint8), [label], Geometry(top=-2, left=1, side=6, flip=False), crop=6
    )
    expected = torch.full((6, 6), 255, dtype=torch.uint8)
    expected[2:6, 0:3] = 0
    assert torch.equal(cropped, expected)


def test_labels_are_never_interpolated():
    label = torch.tensor([[0, 9], [9, 0]], dtype=torch.uint8).repeat(10, 10)
    for seed in range(20):
        geometry = random_geometry(20, 20, crop=13, generator=torch.Generator().manual_seed(seed))
        _, (cropped,) = cut(torch.zeros(3, 20, 20, dtype=torch.uint8), [label], geometry, crop=13)
        assert set(cropped.unique().tolist()) <= {0, 9, 255}


@pytest.mark.parametrize(("height", "width"), [(240, 320), (50, 40)])
def test_a_focus_is_always_inside_the_crop(height, width):
    generator = torch.Generator().manual_seed(0)
    for focus in ((0, 0), (height - 1, width - 1), (height // 2, 3)):
        for _ in range(50):
            square = random_geometry(height, width, crop=96, generator=generator, focus=focus)
            assert square.top <= focus[0] < square.top + square.side
            assert square.left <= focus[1] < square.left + square.side


def test_a_crop_that_fits_stays_inside():
    generator = torch.Generator().manual_seed(1)
    for _ in range(200):
        square = random_geometry(240, 320, crop=96, generator=generator)
        assert square.top >= 0
        assert square.left >= 0
        assert square.top + square.side <= 240
        assert square.left + square.side <= 320


def test_colours_change_by_seed_and_stay_in_range():
    images = torch.full((2, 3, 8, 8), 100.0)
    one = recolour(images, generator=torch.Generator().manual_seed(0))
    assert torch.equal(one, recolour(images, generator=torch.Generator().manual_seed(0)))
    assert not torch.equal(one[0], one[1])
    assert one.min() >= 0
    assert one.max() <= 255
