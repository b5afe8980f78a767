"""Geometry of crops: labels stay on their pixels, and what is outside is 255."""

from dataclasses import replace
from itertools import pairwise

import pytest
import torch

from models.augment import Augmentation, Geometry, cut, random_geometry

CROPS = Augmentation(crop=(48, 96), scales=(0.5, 2.0), flip=0.5, colour=0.0)


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def geometries(count: int, augmentation: Augmentation = CROPS, size: tuple[int, int] = (240, 320)) -> list[Geometry]:
    return [random_geometry(*size, augmentation=augmentation, generator=seeded(seed)) for seed in range(count)]


def test_a_crop_of_its_own_size_is_the_pixels_themselves():
    image = torch.randint(0, 256, (3, 20, 30), dtype=torch.uint8, generator=seeded(0))
    label = torch.randint(0, 5, (20, 30), dtype=torch.uint8, generator=seeded(1))
    geometry = Geometry(top=3, left=4, height=10, width=12, flip=False)
    out, (cropped,) = cut(image, [label], geometry, crop=(10, 12))
    assert torch.equal(out, image[:, 3:13, 4:16])
    assert torch.equal(cropped, label[3:13, 4:16])
    mirrored, (flipped,) = cut(image, [label], replace(geometry, flip=True), crop=(10, 12))
    assert torch.equal(mirrored, out.flip(-1))
    assert torch.equal(flipped, cropped.flip(-1))


def test_outside_the_image_a_label_is_ignored():
    """METHOD.md, trap T5: never a class."""
    image, label = torch.zeros(3, 4, 4, dtype=torch.uint8), torch.zeros(4, 4, dtype=torch.uint8)
    out, (cropped,) = cut(image, [label], Geometry(top=-2, left=1, height=6, width=5, flip=False), crop=(6, 5))
    expected = torch.full((6, 5), 255, dtype=torch.uint8)
    expected[2:6, 0:3] = 0
    assert torch.equal(cropped, expected)
    assert torch.equal(out == 0, (expected == 0).expand(3, 6, 5))


@pytest.mark.parametrize("crop", [(13, 7), (31, 45)])
def test_a_label_is_that_of_the_nearest_pixel(crop):
    """METHOD.md, trap T6: never a mean of two classes. The middle of a crop's pixel lies in one of the image's."""
    label = torch.randint(0, 19, (20, 24), dtype=torch.uint8, generator=seeded(2))
    image = torch.zeros(3, 20, 24, dtype=torch.uint8)
    _, (cropped,) = cut(image, [label], Geometry(top=0, left=0, height=20, width=24, flip=False), crop=crop)
    for row in range(crop[0]):
        for column in range(crop[1]):
            source = int((row + 0.5) * 20 / crop[0]), int((column + 0.5) * 24 / crop[1])
            assert cropped[row, column] == label[source]


def test_labels_stay_on_their_pixels():
    """Each class has its grey: away from borders between classes, image and label say the same."""
    blocks = torch.randint(0, 9, (6, 8), generator=seeded(3))
    label = blocks.repeat_interleave(40, dim=0).repeat_interleave(40, dim=1).to(torch.uint8)
    image = (25 * label).expand(3, -1, -1)
    for geometry in geometries(20, replace(CROPS, crop=(96, 192))):
        out, (cropped,) = cut(image, [label], geometry, crop=(96, 192))
        same = (cropped[None, None].float(), 9, 1)
        highest = torch.nn.functional.max_pool2d(*same, padding=4)
        lowest = -torch.nn.functional.max_pool2d(-same[0], 9, 1, padding=4)
        inside = (highest == lowest)[0, 0] & (cropped != 255)
        assert inside.float().mean() > 0.05
        assert torch.equal(out[0][inside], 25 * cropped[inside])


@pytest.mark.parametrize(("height", "width"), [(240, 320), (50, 40)])
def test_a_focus_is_always_inside_the_crop(height, width):
    generator = seeded(0)
    for focus in ((0, 0), (height - 1, width - 1), (height // 2, 3)):
        for _ in range(50):
            there = random_geometry(height, width, augmentation=CROPS, generator=generator, focus=focus)
            assert there.top <= focus[0] < there.top + there.height
            assert there.left <= focus[1] < there.left + there.width


def test_a_crop_that_fits_stays_inside_and_lies_anywhere():
    close = geometries(200, replace(CROPS, scales=(1.0, 1.0)))
    assert all(0 <= one.top <= 240 - 48 and 0 <= one.left <= 320 - 96 for one in close)
    assert (min(one.top for one in close), max(one.top for one in close)) <= (5, 240 - 48)
    # Uniform: a mean of 200 of which four standard deviations are 16 and 18 pixels.
    assert abs(sum(one.top for one in close) / 200 - 96) < 16
    assert abs(sum(one.left for one in close) / 200 - 112) < 18


def test_an_image_smaller_than_the_crop_is_whole_in_it():
    for there in geometries(50, replace(CROPS, scales=(0.5, 1.0)), size=(30, 40)):
        assert there.top <= 0
        assert there.left <= 0
        assert there.top + there.height >= 30
        assert there.left + there.width >= 40


def test_scales_are_log_uniform_and_keep_the_shape():
    many = geometries(400)
    assert all(abs(one.width - 2 * one.height) <= 1 for one in many)
    assert min(one.height for one in many) >= 24
    assert max(one.height for one in many) <= 96
    # A quarter of the scales in each of the octaves' halves; four standard deviations of 400 and 1/4 are 35.
    edges = [24, 24 * 2**0.5, 48, 48 * 2**0.5, 96.5]
    for low, high in pairwise(edges):
        assert abs(sum(low <= one.height < high for one in many) - 100) < 40


@pytest.mark.parametrize("flip", [0.0, 0.3, 1.0])
def test_crops_are_mirrored_with_their_probability(flip):
    mirrored = sum(one.flip for one in geometries(400, replace(CROPS, flip=flip)))
    assert abs(mirrored - 400 * flip) <= 4 * (400 * flip * (1 - flip)) ** 0.5


@pytest.mark.parametrize(
    "wrong", [{"crop": (0, 96)}, {"scales": (2.0, 0.5)}, {"scales": (0.0, 1.0)}, {"flip": 1.5}, {"colour": -0.1}]
)
def test_what_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValueError, match="got"):
        replace(CROPS, **wrong)
