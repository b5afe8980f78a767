"""Segmentation networks behind one small interface.

A network takes RGB images of 0...255 in any float dtype, normalises them itself, and gives logits at stride 4.
"""

from models.networks.batch_norm import freeze_batch_norm, synchronise_batch_norm
from models.networks.fpn import EncoderFpn
from models.networks.interface import OUTPUT_STRIDE, SegmentationNetwork

__all__ = [
    "ENCODERS",
    "NETWORKS",
    "OUTPUT_STRIDE",
    "EncoderFpn",
    "SegmentationNetwork",
    "build_network",
    "freeze_batch_norm",
    "synchronise_batch_norm",
]

#: timm encoder of each network; the worker finds the ImageNet weights under this name.
ENCODERS = {"lite0_fpn": "tf_efficientnet_lite0", "tiny_fpn": "test_efficientnet"}
NETWORKS = tuple(ENCODERS)


def build_network(name: str, *, num_classes: int) -> SegmentationNetwork:
    """A randomly initialised network.

    Args:
        name: one of `NETWORKS`. `lite0_fpn` trains on two CPU cores; `tiny_fpn` is for tests.
        num_classes: C, at least 2.

    Raises:
        ValueError: an unknown name, or fewer than two classes.
    """
    if num_classes < 2:
        raise ValueError(f"A segmentation network has at least 2 classes; got {num_classes}.")
    if name not in ENCODERS:
        raise ValueError(f"There is no network {name!r}; known are {', '.join(NETWORKS)}.")
    width = 64 if name == "lite0_fpn" else 16
    return EncoderFpn(ENCODERS[name], num_classes=num_classes, width=width, mean=[127.0] * 3, deviation=[128.0] * 3)
