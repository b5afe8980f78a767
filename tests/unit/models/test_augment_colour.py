"""Recolouring against its formula, image by image with torchvision's parts, and its draws against closed forms."""

import math

import pytest
import torch
from torchvision.transforms.v2 import functional as vision

from models.augment import recolour


def seeded(*seeds: int) -> list[torch.Generator]:
    return [torch.Generator().manual_seed(seed) for seed in seeds]


def photographs(count: int) -> torch.Tensor:
    """Values about the middle, so that nothing is cut off at 0 or 255 on the way."""
    return 90 + 40 * torch.rand(count, 3, 20, 24, generator=torch.Generator().manual_seed(0))


def directly(image: torch.Tensor, strength: float, generator: torch.Generator) -> torch.Tensor:
    """One image, one step after the other. Draws: exposure, contrast, saturation, tint, blur and sigma, noise, seed."""
    draws = torch.rand(9, generator=generator, dtype=torch.float64).tolist()
    noise = torch.Generator().manual_seed(int(torch.randint(0, 2**63 - 1, (), generator=generator)))
    exposure, contrast, saturation = (math.exp(strength * math.log(0.5 * 3**draw)) for draw in draws[:3])
    tint = torch.tensor([math.exp(strength * 0.2 * (2 * draw - 1)) for draw in draws[3:6]])[:, None, None]
    image = vision.adjust_saturation_image(image / 255, min(saturation, 1.3**strength)) * tint * exposure
    image = (image - image.mean()) * contrast + image.mean()
    if draws[6] < strength / 2:
        image = vision.gaussian_blur_image(image, [5, 5], [0.2 + draws[7]])
    image = image + 0.03 * strength * draws[8] * torch.randn(image.shape, generator=noise)
    return image.clamp(0, 1) * 255


@pytest.mark.parametrize("strength", [1.0, 0.4])
def test_a_batch_is_what_each_image_is_by_itself(strength):
    images = photographs(12)
    given = images.clone()
    batch = recolour(images, strength=strength, generators=seeded(*range(12)))
    for image, made, generator in zip(images, batch, seeded(*range(12)), strict=True):
        torch.testing.assert_close(made, directly(image, strength, generator), rtol=0, atol=2e-3)
    assert torch.equal(images, given)


def test_an_image_has_its_colours_whoever_else_is_in_the_batch():
    images = photographs(4)
    whole = recolour(images, strength=1.0, generators=seeded(3, 4, 5, 6))
    first = recolour(images[:2], strength=1.0, generators=seeded(3, 4))
    second = recolour(images[2:], strength=1.0, generators=seeded(5, 6))
    torch.testing.assert_close(whole, torch.cat([first, second]), rtol=0, atol=1e-3)
    same = recolour(images[:1].expand(2, -1, -1, -1), strength=1.0, generators=seeded(3, 4))
    assert (same[0] - same[1]).abs().mean() > 5


def test_no_strength_changes_nothing_and_takes_no_draw():
    images = photographs(2)
    generators = seeded(0, 1)
    assert torch.equal(recolour(images, strength=0.0, generators=generators), images)
    assert torch.equal(torch.rand(3, generator=generators[0]), torch.rand(3, generator=seeded(0)[0]))


@pytest.mark.parametrize("strength", [1.0, 0.5])
def test_exposure_tint_and_noise_of_a_grey_image_are_as_drawn(strength):
    """A grey plane has no contrast, no saturation and nothing to blur: exposure, tint and noise are left."""
    count = 400
    grey = torch.full((count, 3, 12, 12), 60.0)
    made = recolour(grey, strength=strength, generators=seeded(*range(count)))
    logs = (made.mean(dim=(2, 3)) / 60).log() / strength
    # Exposure is log-uniform in [1/2, 3/2]; four standard errors of 400 are 0.064.
    assert abs(logs.mean().item() - (math.log(0.5) + math.log(1.5)) / 2) < 0.064
    assert logs.min() > math.log(0.5) - 0.2 - 0.05
    assert logs.max() < math.log(1.5) + 0.2 + 0.05
    # The tints of two channels are uniform in [-0.2, 0.2]: their difference has the variance 2 x 0.4^2 / 12.
    assert (logs[:, 0] - logs[:, 1]).std().item() == pytest.approx(0.4 / 6**0.5, rel=0.12)
    deviations = (made - made.mean(dim=(2, 3), keepdim=True)).std(dim=(1, 2, 3)) / 255 / strength
    assert deviations.max() < 0.03 * 1.15
    assert deviations.mean().item() == pytest.approx(0.015, rel=0.15)


def test_values_stay_between_0_and_255():
    images = torch.tensor([0.0, 255.0]).repeat(4, 3, 6, 6)
    made = recolour(images, strength=1.0, generators=seeded(*range(4)))
    assert made.min() >= 0
    assert made.max() <= 255
