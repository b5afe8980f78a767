"""Random geometry and colour for training. All randomness comes from generators, one a crop.

An image is uint8 (3, h, w); its label maps are uint8 (h, w). Image and labels go through the same geometry; labels by
nearest neighbour always, and what lies outside the image is 255 in a label map (METHOD.md, traps T5 and T6).

n images, h rows, w columns.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import torch
from jaxtyping import Float, UInt8
from torch import Generator, Tensor
from torch.nn import functional
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional as vision

from models.losses import IGNORE_INDEX

PAD: Final = 127  # grey outside the image; about the mean, so that the normalised value is near 0
TAPS: Final = 5  # of the blur
SHARP: Final = 1e-3  # sigma in pixels of a blur that changes nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Augmentation:
    """How crops are made.

    Attributes:
        crop: height and width of a crop, pixels.
        scales: the least and the largest number of crop pixels an image pixel; log-uniform between (STAL: 0.5 to 2).
        flip: probability that a crop is mirrored (STAL: 0.5).
        colour: strength of `recolour`, in [0, 1] (STAL: 0).
    """

    crop: tuple[int, int]
    scales: tuple[float, float]
    flip: float
    colour: float

    def __post_init__(self) -> None:
        low, high = self.scales
        if min(self.crop) < 1 or not 0 < low <= high:
            raise ValueError(f"A crop has pixels, and scales are above 0 and in order; got {self.crop}, {self.scales}.")
        if not (0 <= self.flip <= 1 and 0 <= self.colour <= 1):
            raise ValueError(f"Flip and colour are in [0, 1]; got {self.flip} and {self.colour}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Geometry:
    """A rectangle of the image, in image pixels (it may reach beyond the border), and whether it is mirrored."""

    top: int
    left: int
    height: int
    width: int
    flip: bool


def random_geometry(
    height: int,
    width: int,
    *,
    augmentation: Augmentation,
    generator: Generator,
    focus: tuple[int, int] | None = None,
) -> Geometry:
    """A random rectangle of an image, of the shape of a crop.

    Args:
        height: of the image.
        width: of the image.
        augmentation: what crops are like.
        generator: the source of randomness; four draws are taken.
        focus: a (row, column) that must be inside, for instance a region that somebody has answered.
    """
    for_scale, for_top, for_left, for_flip = _uniforms(generator, 4)
    low, high = augmentation.scales
    scale = low * (high / low) ** for_scale
    rows, columns = (max(1, round(side / scale)) for side in augmentation.crop)
    top = _offset(height, rows, None if focus is None else focus[0], for_top)
    left = _offset(width, columns, None if focus is None else focus[1], for_left)
    return Geometry(top=top, left=left, height=rows, width=columns, flip=for_flip < augmentation.flip)


def cut(
    image: UInt8[Tensor, "3 h w"], labels: Sequence[UInt8[Tensor, "h w"]], geometry: Geometry, *, crop: tuple[int, int]
) -> tuple[UInt8[Tensor, "3 rows columns"], list[UInt8[Tensor, "rows columns"]]]:
    """The rectangle of an image and of its label maps, resized to `crop`: rows and columns."""
    picture = vision.resize_image(_rectangle(image, geometry, PAD), list(crop), InterpolationMode.BILINEAR)
    planes = []
    for label in labels:
        rectangle = _rectangle(label[None], geometry, IGNORE_INDEX)[None]
        planes.append(functional.interpolate(rectangle, crop, mode="nearest-exact")[0, 0])
    if geometry.flip:
        return picture.flip(-1), [plane.flip(-1) for plane in planes]
    return picture, planes


def recolour(
    images: Float[Tensor, "n 3 h w"], *, strength: float, generators: Sequence[Generator]
) -> Float[Tensor, "n 3 h w"]:
    r"""Each image with another exposure, contrast, saturation, tint, sharpness and noise.

    All is done where the images are, for the whole batch at once. With x in [0, 1], its grey value g and mean m:

    .. math:: x \leftarrow e\, t_k\, (s\, x + (1 - s)\, g), \quad x \leftarrow r\, (x - m) + m, \quad
              x \leftarrow \text{blur}_\sigma(x) + \nu\, \varepsilon

    At strength 1, e and r are log-uniform in [0.5, 1.5], s is so too but at most 1.3, each channel's t_k is log-uniform
    in [0.82, 1.22], half of the images are blurred with sigma in [0.2, 1.2] pixels, and nu is up to 0.03. At strength
    a, factors are raised to the power of a, and the share of blurred images and nu are multiplied by it.

    Args:
        images: 0 to 255.
        strength: in [0, 1]; at 0 the images come back as they are, and no draw is taken.
        generators: one an image, on the CPU. Noise is drawn on the images' device, from a seed that they give.

    Returns:
        0 to 255.
    """
    if strength == 0:
        return images
    draws, seeds = [], []
    for _, generator in zip(images, generators, strict=True):
        draws.append(_uniforms(generator, 9))
        seeds.append(int(torch.randint(0, 2**63 - 1, (), generator=generator)))
    factors = torch.tensor(draws, dtype=images.dtype).T[..., None, None, None]
    exposure, contrast, saturation = ((0.5 * 3**u) ** strength for u in factors[:3])
    saturation = saturation.clamp(max=1.3**strength)
    tint = torch.exp(0.2 * strength * (2 * factors[3:6, :, 0].transpose(0, 1) - 1))
    kernel = _gaussian(torch.where(factors[6] < 0.5 * strength, 0.2 + factors[7], SHARP))
    gain, level = exposure * tint / 255, 0.03 * strength * factors[8]
    on_colour, on_grey, contrast, kernel, level = (
        part.to(images.device, non_blocking=True)
        for part in (gain * saturation, gain * (1 - saturation), contrast, kernel, level)
    )
    out = images * on_colour
    out.addcmul_(vision.rgb_to_grayscale_image(images, num_output_channels=1), on_grey)
    mean = out.mean(dim=(1, 2, 3), keepdim=True)
    out = _blur(out.sub_(mean).mul_(contrast).add_(mean), kernel)
    return out.addcmul_(_noise(out, seeds), level).clamp_(0, 1).mul_(255)


def _gaussian(sigma: Float[Tensor, "n 1 1 1"]) -> Float[Tensor, "n taps 1 1"]:
    offsets = torch.arange(TAPS).sub(TAPS // 2)[:, None, None]
    return torch.softmax(-0.5 * (offsets / sigma) ** 2, dim=1)


def _blur(images: Float[Tensor, "n 3 h w"], kernel: Float[Tensor, "n taps 1 1"]) -> Float[Tensor, "n 3 h w"]:
    """Blurred with the kernel of each, mirrored at the border; torchvision's blur has one sigma for all."""
    height, width = images.shape[-2:]
    margin = TAPS // 2
    padded = functional.pad(images, (margin, margin, margin, margin), mode="reflect")
    rows = padded[:, :, :height] * kernel[:, 0, None]
    for tap in range(1, TAPS):
        rows.addcmul_(padded[:, :, tap : tap + height], kernel[:, tap, None])
    out = rows[..., :width] * kernel[:, 0, None]
    for tap in range(1, TAPS):
        out.addcmul_(rows[..., tap : tap + width], kernel[:, tap, None])
    return out


def _noise(images: Float[Tensor, "n 3 h w"], seeds: Sequence[int]) -> Float[Tensor, "n 3 h w"]:
    """Standard normal."""
    generator = Generator(images.device)
    noise = torch.empty_like(images, memory_format=torch.contiguous_format)
    for plane, seed in zip(noise, seeds, strict=True):
        plane.normal_(generator=generator.manual_seed(seed))
    return noise


def _offset(size: int, side: int, focus: int | None, uniform: float) -> int:
    """Where a span of `side` begins: inside `size` if it fits, and around `focus` if there is one."""
    low, high = min(0, size - side), max(0, size - side)
    if focus is not None:
        low, high = max(low, focus - side + 1), min(high, focus)
    return low + int(uniform * (high - low + 1))


def _rectangle(planes: UInt8[Tensor, "k h w"], geometry: Geometry, fill: int) -> UInt8[Tensor, "k rows columns"]:
    height, width = planes.shape[-2:]
    top, left = geometry.top, geometry.left
    bottom, right = top + geometry.height, left + geometry.width
    inside = planes[:, max(0, top) : min(height, bottom), max(0, left) : min(width, right)]
    border = (max(0, -left), max(0, right - width), max(0, -top), max(0, bottom - height))
    return functional.pad(inside, border, value=fill)


def _uniforms(generator: Generator, count: int) -> list[float]:
    """In [0, 1)."""
    draws: list[float] = torch.rand(count, generator=generator, dtype=torch.float64).tolist()
    return draws
