"""Whole-image inference."""

from dataclasses import dataclass
from typing import Final

import torch
from jaxtyping import Float, Float32, UInt8
from torch import Tensor
from torch.nn import functional

from models.losses import upsample
from models.networks import OUTPUT_STRIDE, SegmentationNetwork

ALIGNMENT: Final = 32  # px; the coarsest stride of the encoders, so that logits lie exactly over the pixels they are of


@dataclass(frozen=True, slots=True, kw_only=True)
class Logits:
    """What a network says of an image, as it says it: at stride 4, of the image with its border padded.

    Attributes:
        coarse: float32 logits.
        height: of the image, pixels.
        width: of the image, pixels.
    """

    coarse: Float[Tensor, "c h4 w4"]
    height: int
    width: int

    def full(self) -> Float[Tensor, "c h w"]:
        """Logits of every pixel."""
        rows, columns = self.coarse.shape[-2:]
        whole = upsample(self.coarse[None], height=rows * OUTPUT_STRIDE, width=columns * OUTPUT_STRIDE)
        return whole[0, :, : self.height, : self.width]

    def of_box(self, *, row: int, column: int, height: int, width: int) -> Float[Tensor, "c height width"]:
        """The same logits of a box of pixels inside the image, without those of all others."""
        top, left = max(0, row // OUTPUT_STRIDE - 1), max(0, column // OUTPUT_STRIDE - 1)
        bottom, right = -(-(row + height) // OUTPUT_STRIDE) + 1, -(-(column + width) // OUTPUT_STRIDE) + 1
        near = self.coarse[None, :, top:bottom, left:right]
        fine = upsample(near, height=near.shape[-2] * OUTPUT_STRIDE, width=near.shape[-1] * OUTPUT_STRIDE)[0]
        first_row, first_column = row - top * OUTPUT_STRIDE, column - left * OUTPUT_STRIDE
        return fine[:, first_row : first_row + height, first_column : first_column + width]


@torch.inference_mode()
def predict(network: SegmentationNetwork, image: UInt8[Tensor, "3 h w"]) -> Logits:
    """One pass over the whole image at its own size.

    Args:
        network: in eval mode, on the device to compute on.
        image: RGB, on any device.

    Returns:
        Logits on the network's device.
    """
    height, width = image.shape[-2:]
    batch = image[None].to(next(network.parameters()).device).float()
    return Logits(coarse=coarse_logits(network, batch)[0], height=height, width=width)


@torch.inference_mode()
def predict_logits(network: SegmentationNetwork, image: UInt8[Tensor, "3 h w"]) -> Float[Tensor, "c h w"]:
    """Logits of every pixel of an image; see `predict`."""
    return predict(network, image).full()


def coarse_logits(network: SegmentationNetwork, images: Float[Tensor, "n 3 h w"]) -> Float32[Tensor, "n c h4 w4"]:
    """Logits at stride 4 of images whose border is padded, on the right and below, to a size that strides divide.

    Args:
        network: in eval mode.
        images: RGB of 0...255, on the network's device.
    """
    height, width = images.shape[-2:]
    padded = functional.pad(images, (0, -width % ALIGNMENT, 0, -height % ALIGNMENT), mode="replicate")
    logits: Tensor = network(padded.contiguous(memory_format=torch.channels_last))
    return logits.float()
