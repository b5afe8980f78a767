"""Networks by name."""

from typing import Any, Final

import timm

from models.networks.deeplab import DeepLabV2, DeepLabV3Plus
from models.networks.fpn import EncoderFpn
from models.networks.interface import SegmentationNetwork

#: timm encoder of each network. Besides them, `fpn:ENCODER` is a feature pyramid on any timm encoder that fits.
ENCODERS: Final = {
    "tiny_fpn": "test_efficientnet",
    "lite0_fpn": "tf_efficientnet_lite0",
    "lite2_fpn": "tf_efficientnet_lite2",
    "deeplabv3plus_resnet50": "resnet50",
    "deeplabv3plus_resnet101": "resnet101",
    "deeplabv2_resnet50": "resnet50",
    "deeplabv2_resnet101": "resnet101",
}
NETWORKS: Final = tuple(ENCODERS)

FPN_PREFIX: Final = "fpn:"
FPN_WIDTH: Final = 128
LIGHT_WIDTHS: Final = {"tiny_fpn": 16, "lite0_fpn": 64, "lite2_fpn": 64}
#: EfficientNet-lite's weights were trained on (x - 127) / 128 of 0...255, as TensorFlow does; timm's tables differ.
LIGHT_MEAN: Final = (127.0, 127.0, 127.0)
LIGHT_DEVIATION: Final = (128.0, 128.0, 128.0)


def encoder_name(network: str) -> str:
    """Name of a network's timm encoder.

    Raises:
        ValueError: there is no such network, or timm has no such encoder.
    """
    if network in ENCODERS:
        return ENCODERS[network]
    if network.startswith(FPN_PREFIX):
        encoder = network.removeprefix(FPN_PREFIX)
        if not timm.is_model(encoder):
            raise ValueError(f"There is no network {network!r}: timm has no encoder {encoder!r}.")
        return encoder
    known = ", ".join(NETWORKS)
    raise ValueError(f"There is no network {network!r}; known are {known}, and {FPN_PREFIX}ENCODER with one of timm's.")


def build_network(name: str, *, num_classes: int) -> SegmentationNetwork:
    """A randomly initialised network. Nothing is downloaded.

    Args:
        name: one of `NETWORKS`, or `fpn:` and the name of a timm encoder with feature maps at strides 4 to 32.
            `lite0_fpn` trains on two CPU cores; `tiny_fpn` is for tests.
        num_classes: C, at least 2.

    Raises:
        ValueError: an unknown name, an encoder that does not fit, or fewer than two classes.
    """
    if num_classes < 2:
        raise ValueError(f"A segmentation network has at least 2 classes; got {num_classes}.")
    encoder = encoder_name(name)
    if name.startswith("deeplabv3plus_"):
        return DeepLabV3Plus(encoder, num_classes=num_classes)
    if name.startswith("deeplabv2_"):
        return DeepLabV2(encoder, num_classes=num_classes)
    if name in LIGHT_WIDTHS:
        return EncoderFpn(
            encoder, num_classes=num_classes, width=LIGHT_WIDTHS[name], mean=LIGHT_MEAN, deviation=LIGHT_DEVIATION
        )
    trained: Any = timm.models.get_pretrained_cfg(encoder)
    return EncoderFpn(
        encoder,
        num_classes=num_classes,
        width=FPN_WIDTH,
        mean=[255 * value for value in trained.mean],
        deviation=[255 * value for value in trained.std],
    )
