"""Random geometry and colour for training. All randomness comes from a generator.

An image is uint8 (3, h, w); its label maps are uint8 (h, w). Image and labels go through the same geometry; labels by
nearest neighbour always, and what lies outside the image is 255 in a label map (METHOD.md, traps T5 and T6).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import torch
from jaxtyping import Float, UInt8
from torch import Generator, Tensor
from torch.nn import functional
from torchvision.transforms.v2 import functional as vision

from models.losses import IGNORE_INDEX

SCALES: Final = (0.75, 1.5)  # sent pixels an image pixel
PAD: Final = 127  # grey outside the image; about the mean, so that the normalised value is near 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Geometry:
    """A square of the image, in image pixels (it may reach beyond the border), and whether it is mirrored."""

    top: int
    left: int
    side: int
    flip: bool


def random_geometry(
    height: int, width: int, *, crop: int, generator: Generator, focus: tuple[int, int] | None = None
) -> Geometry:
    """A random square of an image to be resized to `crop` pixels.

    Args:
        height: of the image.
        width: of the image.
        crop: side of the square after resizing, pixels.
        generator: the source of randomness.
        focus: a (row, column) that must be inside, for instance a region that somebody has answered.
    """
    low, high = SCALES
    scale = low * (high / low) ** _uniform(generator)
    side = max(1, round(crop / scale))
    top = _offset(height, side, None if focus is None else focus[0], generator)
    left = _offset(width, side, None if focus is None else focus[1], generator)
    return Geometry(top=top, left=left, side=side, flip=_uniform(generator) < 0.5)


def cut(
    image: UInt8[Tensor, "3 h w"], labels: Sequence[UInt8[Tensor, "h w"]], geometry: Geometry, *, crop: int
) -> tuple[UInt8[Tensor, "3 crop crop"], list[UInt8[Tensor, "crop crop"]]]:
    """The square of an image and of its label maps, resized to `crop` pixels a side."""
    picture = _square(image, geometry, PAD)[None].float()
    picture = functional.interpolate(picture, (crop, crop), mode="bilinear", align_corners=False, antialias=True)
    squares = []
    for label in labels:
        square = _square(label[None], geometry, IGNORE_INDEX)[None]
        squares.append(functional.interpolate(square, (crop, crop), mode="nearest-exact")[0, 0])
    out = picture[0].round().clamp(0, 255).to(torch.uint8)
    if geometry.flip:
        return out.flip(-1), [square.flip(-1) for square in squares]
    return out, squares


def recolour(images: Float[Tensor, "n 3 h w"], *, generator: Generator) -> Float[Tensor, "n 3 h w"]:
    """Each image with another exposure, contrast, saturation, tint, sharpness and noise; still about 0...255."""
    return torch.stack([_recolour(image, generator) for image in images])


def _recolour(image: Float[Tensor, "3 h w"], generator: Generator) -> Float[Tensor, "3 h w"]:
    exposure, contrast, saturation = (0.5 * (3.0 ** _uniform(generator)) for _ in range(3))
    tint = torch.exp(0.2 * (2 * torch.rand(3, 1, 1, generator=generator) - 1)).to(image)
    image = vision.adjust_saturation_image(image / 255, min(saturation, 1.3)) * tint * exposure
    mean = image.mean()
    image = (image - mean) * contrast + mean
    if _uniform(generator) < 0.5:
        image = vision.gaussian_blur_image(image, [5, 5], [0.2 + 1.0 * _uniform(generator)])
    noise = torch.randn(image.shape, generator=generator).to(image)
    return (image + 0.03 * _uniform(generator) * noise).clamp(0, 1) * 255


def _offset(size: int, side: int, focus: int | None, generator: Generator) -> int:
    """Where a span of `side` begins: inside `size` if it fits, and around `focus` if there is one."""
    low, high = min(0, size - side), max(0, size - side)
    if focus is not None:
        low, high = max(low, focus - side + 1), min(high, focus)
    return low + round(_uniform(generator) * (high - low))


def _square(planes: UInt8[Tensor, "k h w"], geometry: Geometry, fill: int) -> UInt8[Tensor, "k s s"]:
    height, width = planes.shape[-2:]
    top, left = geometry.top, geometry.left
    bottom, right = top + geometry.side, left + geometry.side
    inside = planes[:, max(0, top) : min(height, bottom), max(0, left) : min(width, right)]
    border = (max(0, -left), max(0, right - width), max(0, -top), max(0, bottom - height))
    return functional.pad(inside, border, value=fill)


def _uniform(generator: Generator) -> float:
    return float(torch.rand((), generator=generator))
