"""What scores are summed up over: the regions of one image, in two kinds.

A summary is one number a region. `Windows` has a region around every pixel, so its summaries are maps; `Segments` has
the parts of a partition, so its summaries are lists. Shape letters: h rows, w columns, s segments; `...` is (h, w)
for windows and (s,) for segments.
"""

import math
from dataclasses import dataclass, field
from typing import TypeAlias

import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor

from models.scoring.windows import FIXED_POINT, MAX_CLASSES, n_log_n, region_impurity, window_mean


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """The (2k+1) square around every pixel, clipped to the image.

    Attributes:
        radius: k of the window that values are averaged over, in pixels. 0 leaves each pixel its own.
        impurity_radius: k of the window whose labels are counted. It differs from `radius` for single pixels only,
            which have no impurity of their own (Xie et al. 2022, RIPU, arXiv:2111.12940, PA).
    """

    radius: int
    impurity_radius: int

    def summaries(
        self, prediction: UInt8[Tensor, "h w"], values: Float[Tensor, "h w"], *, num_classes: int
    ) -> tuple[Float[Tensor, "h w"], Float[Tensor, "h w"]]:
        """`impurity` of the prediction and `mean` of the values, which a kernel may compute together."""
        return self.impurity(prediction, num_classes=num_classes), self.mean(values)

    def mean(self, values: Float[Tensor, "h w"]) -> Float[Tensor, "h w"]:
        """Mean over each region, float32. See `window_mean`."""
        return window_mean(values, radius=self.radius)

    def impurity(self, prediction: UInt8[Tensor, "h w"], *, num_classes: int) -> Float[Tensor, "h w"]:
        """Entropy of each region's predicted labels over its maximum ln C, float32. See `region_impurity`."""
        return region_impurity(prediction, radius=self.impurity_radius, num_classes=num_classes)


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """The parts of a partition: superpixels, tiles, or the whole image as one. Summed up on the CPU, in a fixed order.

    Attributes:
        labels: the segment of each pixel, 0 to s-1, none empty.
        sizes: pixels of each segment.
    """

    labels: Int[Tensor, "h w"]
    sizes: Int[Tensor, " s"] = field(init=False)

    def __post_init__(self) -> None:
        sizes = torch.bincount(self.labels.flatten())
        if sizes.numel() == 0 or not bool(sizes.all()):
            raise ValueError("Expected segments numbered from 0 without a gap, and at least one.")
        object.__setattr__(self, "sizes", sizes)

    def summaries(
        self, prediction: UInt8[Tensor, "h w"], values: Float[Tensor, "h w"], *, num_classes: int
    ) -> tuple[Float[Tensor, " s"], Float[Tensor, " s"]]:
        """`impurity` of the prediction and `mean` of the values."""
        return self.impurity(prediction, num_classes=num_classes), self.mean(values)

    def mean(self, values: Float[Tensor, "h w"]) -> Float[Tensor, " s"]:
        """Mean over each segment, summed in float64.

        Raises:
            ValueError: values of another shape than the labels.
        """
        self._check(values)
        sums = torch.bincount(self.labels.flatten(), weights=values.flatten().double().cpu())
        return (sums / self.sizes).float()

    def impurity(self, prediction: UInt8[Tensor, "h w"], *, num_classes: int) -> Float[Tensor, " s"]:
        """As `region_impurity`, over segments: exactly 0 where a segment has one class, in whole numbers till the end.

        Raises:
            ValueError: `num_classes` out of range, a class id that is not below it, or a prediction of another shape.
        """
        self._check(prediction)
        if not 2 <= num_classes <= MAX_CLASSES:
            raise ValueError(f"Expected 2 to {MAX_CLASSES} classes; got {num_classes}.")
        if int(prediction.max()) >= num_classes:
            raise ValueError(f"Expected class ids below {num_classes}; got {int(prediction.max())}.")
        pairs = self.labels.flatten().long() * num_classes + prediction.flatten().cpu()
        counts = torch.bincount(pairs, minlength=len(self.sizes) * num_classes).view(-1, num_classes)
        nats = (n_log_n(self.sizes) - n_log_n(counts).sum(dim=1)).double() / FIXED_POINT / self.sizes
        return nats.div_(math.log(num_classes)).float()

    def _check(self, values: Tensor) -> None:
        if values.shape != self.labels.shape:
            raise ValueError(f"Expected a map of shape {tuple(self.labels.shape)}; got {tuple(values.shape)}.")


Regions: TypeAlias = Windows | Segments
