"""A class for every pixel of an image, and how sure the network is of it."""

from dataclasses import dataclass
from typing import Final

import torch
from jaxtyping import Float32, UInt8
from torch import Tensor
from torch.nn import functional

from models.evaluation.views import View, view_of
from models.networks import SegmentationNetwork

STRIP_ROWS: Final = 64  # rows whose probabilities are in memory at once: 10 MB for 19 classes and 2048 columns


@dataclass(frozen=True, slots=True, kw_only=True)
class InferenceConfig:
    """How an image is shown to a network.

    Attributes:
        window: rows and columns of sliding windows, pixels; None shows the image whole.
        stride: rows and columns from window to window; None takes two thirds of the window, rounded up.
        flip: show it mirrored, too.
        scales: show it at these multiples of its size.
    """

    window: tuple[int, int] | None = None
    stride: tuple[int, int] | None = None
    flip: bool = False
    scales: tuple[float, ...] = (1.0,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Segmentation:
    """What a network says of an image.

    Attributes:
        prediction: class ids.
        confidence: probability of the predicted class, in [1/c, 1].
    """

    prediction: UInt8[Tensor, "h w"]
    confidence: Float32[Tensor, "h w"]


@torch.inference_mode()
def segment(network: SegmentationNetwork, image: UInt8[Tensor, "3 h w"], config: InferenceConfig) -> Segmentation:
    """The class of greatest probability of every pixel.

    Windows of one view are averaged as logits. Views (scales, mirrored or not) are averaged as probabilities: the scale
    of logits differs between sizes, so that a mean of them would be the opinion of the loudest, while the mean of
    distributions is one whose confidence means something. With one view there is no difference.

    Args:
        network: in eval mode, on the device to compute on.
        image: RGB, on any device.
        config: how it is shown.

    Returns:
        Maps of the image's size, on the network's device.

    Raises:
        ValueError: no scale, or a stride that leaves pixels out.

    Source: windows after STAL, mean of mirrored probabilities after RIPU (METHOD.md, section 7).
    """
    if not config.scales:
        raise ValueError("An image is shown at one scale at least; got none.")
    height, width = image.shape[-2:]
    views = _views(network, image, config)
    device = views[0].tiles[0].coarse.device
    prediction = torch.empty(height, width, dtype=torch.uint8, device=device)
    confidence = torch.empty(height, width, dtype=torch.float32, device=device)
    for first in range(0, height, STRIP_ROWS):
        last = min(first + STRIP_ROWS, height)
        mean = torch.softmax(views[0].logits(first, last, height=height, width=width), dim=0)
        for view in views[1:]:
            mean += torch.softmax(view.logits(first, last, height=height, width=width), dim=0)
        confidence[first:last], classes = mean.div_(len(views)).max(dim=0)
        prediction[first:last] = classes.to(torch.uint8)
    return Segmentation(prediction=prediction, confidence=confidence)


def _views(network: SegmentationNetwork, image: UInt8[Tensor, "3 h w"], config: InferenceConfig) -> list[View]:
    pixels = image.to(next(network.parameters()).device).float()
    height, width = pixels.shape[-2:]
    views = []
    for scale in config.scales:
        size = (max(1, round(scale * height)), max(1, round(scale * width)))
        shown = pixels
        if size != (height, width):
            shown = functional.interpolate(pixels[None], size=size, mode="bilinear", antialias=True)[0]
        views += [
            view_of(network, shown, window=config.window, stride=config.stride, mirrored=mirrored)
            for mirrored in ((False, True) if config.flip else (False,))
        ]
    return views
