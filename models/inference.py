"""Whole-image inference."""

import torch
from jaxtyping import Float, UInt8
from torch import Tensor
from torch.nn import functional

from models.losses import upsample
from models.networks import SegmentationNetwork

ALIGNMENT = 32  # px; the coarsest stride of the encoders, so that logits lie exactly over the pixels they are of


@torch.inference_mode()
def predict_logits(network: SegmentationNetwork, image: UInt8[Tensor, "3 h w"]) -> Float[Tensor, "c h w"]:
    """Logits of every pixel, by one pass over the whole image at its own size.

    Args:
        network: in eval mode, on the device to compute on.
        image: RGB, on any device.

    Returns:
        float32 logits on the network's device.
    """
    height, width = image.shape[-2:]
    batch = image[None].to(next(network.parameters()).device).float()
    batch = functional.pad(batch, (0, -width % ALIGNMENT, 0, -height % ALIGNMENT), mode="replicate")
    logits = network(batch.contiguous(memory_format=torch.channels_last)).float()
    return upsample(logits, height=batch.shape[-2], width=batch.shape[-1])[0, :, :height, :width]
