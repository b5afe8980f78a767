"""The fused kernels in the place of the PyTorch functions that they equal, and the proof that they do on this GPU."""

import functools
from dataclasses import dataclass
from typing import Final

import torch
from jaxtyping import Float, UInt8
from torch import Generator, Tensor

from models.kernels.pixels import fused_pixel_maps
from models.kernels.windows import fused_window_maps
from models.losses import upsample
from models.networks import OUTPUT_STRIDE
from models.scoring import PixelMaps, Windows, pixel_maps, region_impurity, window_mean

TOLERANCE: Final = 1e-5  # of an entropy or a mean; impurities are equal


@dataclass(frozen=True, slots=True, kw_only=True)
class FusedWindows(Windows):
    """`Windows` on a GPU: both summaries by one kernel."""

    def summaries(
        self, prediction: UInt8[Tensor, "h w"], values: Float[Tensor, "h w"], *, num_classes: int
    ) -> tuple[Float[Tensor, "h w"], Float[Tensor, "h w"]]:
        """See `Windows.summaries`."""
        maps = fused_window_maps(prediction[None], values[None], radius=self.impurity_radius, num_classes=num_classes)
        mean = maps.mean[0] if self.radius == self.impurity_radius else self.mean(values)
        return maps.impurity[0], mean


def fused_maps_of_image(coarse: Float[Tensor, "c h4 w4"], *, height: int, width: int) -> PixelMaps:
    """`pixel_maps` of one image's logits at stride 4, margins included, without the logits of its pixels."""
    maps = fused_pixel_maps(coarse[None], height=height, width=width, stride=OUTPUT_STRIDE)
    return PixelMaps(
        prediction=maps.prediction[0], entropy=maps.entropy[0], margin=maps.margin[0], num_classes=len(coarse)
    )


@functools.cache
def trouble_on(device: torch.device) -> str | None:
    """Why the fused kernels are not to be used on a device; None where they are right there.

    They are tried once a process on a small map, and held against PyTorch on the same device: a GPU or a version of
    Triton that they were never run on may refuse to compile them, or worse. Whoever is told of trouble computes by
    PyTorch, which takes longer and gives the same.
    """
    if device.type != "cuda":
        return f"they run on a GPU, not on {device.type}"
    try:
        return disagreement_on(device)
    except Exception as error:  # noqa: BLE001  (whatever a compiler or a driver raises, PyTorch goes on)
        return f"{type(error).__name__}: {error}"


def disagreement_on(device: torch.device) -> str | None:
    """In what the fused kernels and PyTorch differ on a small map; None where they agree."""
    classes, height, width, radius = 7, 61, 95, 4
    coarse = 3 * torch.randn(classes, 16, 24, generator=Generator().manual_seed(0))
    coarse = coarse.to(device)
    found = fused_maps_of_image(coarse, height=height, width=width)
    fused = FusedWindows(radius=radius, impurity_radius=radius)
    impurity, mean = fused.summaries(found.prediction, found.entropy, num_classes=classes)
    wanted = pixel_maps(upsample(coarse[None], height=64, width=96)[0, :, :height, :width], margin=True)
    assert wanted.margin is not None  # noqa: S101  (asked for)
    assert found.margin is not None  # noqa: S101
    pairs = {
        "entropy": (found.entropy, wanted.entropy, TOLERANCE),
        "margin": (found.margin, wanted.margin, TOLERANCE),
        "impurity": (impurity, region_impurity(found.prediction, radius=radius, num_classes=classes), 0.0),
        "mean": (mean, window_mean(found.entropy, radius=radius), TOLERANCE),
    }
    for name, (own, oracle, tolerance) in pairs.items():
        gap = float((own - oracle).abs().max())
        if not gap <= tolerance:  # NaN is no small gap
            return f"their {name} is {gap:.2g} off"
    differing = int((found.prediction != wanted.prediction).sum())
    return f"they take {differing} pixels for another class" if differing > 2 else None  # near ties may flip
