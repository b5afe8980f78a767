"""Segmentation networks behind one small interface.

A network takes RGB images of 0...255 in any float dtype, normalises them itself, and gives logits at stride 4.
"""

from models.networks.batch_norm import freeze_batch_norm, synchronise_batch_norm
from models.networks.build import NETWORKS, build_network, encoder_name
from models.networks.fpn import pyramid_encoder
from models.networks.interface import OUTPUT_STRIDE, SegmentationNetwork

__all__ = [
    "NETWORKS",
    "OUTPUT_STRIDE",
    "SegmentationNetwork",
    "build_network",
    "encoder_name",
    "freeze_batch_norm",
    "pyramid_encoder",
    "synchronise_batch_norm",
]
