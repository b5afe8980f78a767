"""DeepLabV3+ and DeepLabV2 on a ResNet at output stride 8: the networks of the papers that we compare with.

The ResNet is torchvision's (7x7 stem), because the weights of the "deep stem" that STAL's code loads cannot be had
(METHOD.md, trap T12). The auxiliary head of that code is not in the paper, and not here.
"""

from collections.abc import Sequence
from typing import Any, Final

import timm
import torch
from jaxtyping import Float
from segmentation_models_pytorch.decoders.deeplabv3.decoder import DeepLabV3PlusDecoder
from timm.data.constants import IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD
from torch import Tensor, nn
from torch.nn import functional

from models.networks.interface import SegmentationNetwork, projection_head

WIDTH: Final = 256  # channels of the decoder and of the projection, as STAL has them
ATROUS_RATES: Final = (12, 24, 36)  # in cells of stride 8
DROPOUT: Final = 0.1
V2_RATES: Final = (6, 12, 18, 24)  # in cells of stride 8
MEAN: Final = tuple(255 * mean for mean in IMAGENET_DEFAULT_MEAN)
DEVIATION: Final = tuple(255 * deviation for deviation in IMAGENET_DEFAULT_STD)


class DeepLabV3Plus(SegmentationNetwork):
    """Atrous spatial pyramid pooling at stride 8, merged with stage 1 at stride 4.

    Pooling over the whole image normalises one value per image and channel, so training takes at least two images.

    Source: Chen et al. 2018, arXiv:1802.02611, section 3, with the rates and width of STAL, arXiv:2301.13361; the
    decoder's layers are segmentation-models-pytorch's.
    """

    def __init__(self, encoder: str, *, num_classes: int) -> None:
        """A random network on timm's `encoder`, which must be a ResNet."""
        super().__init__(num_classes=num_classes, embedding_dim=WIDTH, mean=MEAN, deviation=DEVIATION)
        channels, self.encoder = _resnet(encoder, stages=(1, 4))
        self.decoder = DeepLabV3PlusDecoder(
            encoder_channels=(3, 64, *channels),  # it reads the third and the last
            encoder_depth=3,
            out_channels=WIDTH,
            atrous_rates=ATROUS_RATES,
            output_stride=8,
            aspp_separable=False,
            aspp_dropout=DROPOUT,
        )
        self.head = nn.Conv2d(WIDTH, num_classes, 1)
        self.projection_head = projection_head(WIDTH, width=WIDTH, embedding_dim=WIDTH)
        for module in self.decoder.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def features(self, images: Float[Tensor, "n 3 h w"]) -> Float[Tensor, "n f h4 w4"]:
        """See `SegmentationNetwork.features`."""
        fine, coarse = self.encoder(self.normalise(images))
        # The decoder's own forward doubles with a fixed factor, which fits no odd number of rows.
        context = double(self.decoder.aspp(coarse), size=fine.shape[-2:])
        merged: Tensor = self.decoder.block2(torch.cat([context, self.decoder.block1(fine)], dim=1))
        return merged


class DeepLabV2(SegmentationNetwork):
    """The sum of four dilated 3x3 convolutions of the last stage, at stride 8.

    Its features are the last stage brought to stride 4, so that they say how large the logits must be; every second
    cell of them is the last stage itself, and the heads compute on no others.

    Source: Chen et al. 2018, arXiv:1606.00915, section 3.2 (its large field of view); weights drawn as RIPU does.
    """

    def __init__(self, encoder: str, *, num_classes: int) -> None:
        """A random network on timm's `encoder`, which must be a ResNet."""
        super().__init__(num_classes=num_classes, embedding_dim=WIDTH, mean=MEAN, deviation=DEVIATION)
        (channels,), self.encoder = _resnet(encoder, stages=(4,))
        self.head = AtrousSum(channels, num_classes)
        self.projection_head = projection_head(channels, width=WIDTH, embedding_dim=WIDTH)

    def features(self, images: Float[Tensor, "n 3 h w"]) -> Float[Tensor, "n f h4 w4"]:
        """See `SegmentationNetwork.features`."""
        height, width = images.shape[-2:]
        (coarse,) = self.encoder(self.normalise(images))
        return double(coarse, size=(-(-height // 4), -(-width // 4)))

    def logits(self, features: Float[Tensor, "n f h4 w4"]) -> Float[Tensor, "n c h4 w4"]:
        """See `SegmentationNetwork.logits`."""
        return double(self.head(features[..., ::2, ::2]), size=features.shape[-2:])

    def projection(self, features: Float[Tensor, "n f h4 w4"]) -> Float[Tensor, "n d h4 w4"]:
        """See `SegmentationNetwork.projection`."""
        return double(self.projection_head(features[..., ::2, ::2]), size=features.shape[-2:])


class AtrousSum(nn.Module):
    """DeepLabV2's classifier: 3x3 convolutions with dilations 6, 12, 18 and 24, summed."""

    def __init__(self, channels: int, num_classes: int) -> None:
        """Weights are drawn with mean 0 and standard deviation 0.01."""
        super().__init__()
        self.convolutions = nn.ModuleList()
        for rate in V2_RATES:
            convolution = nn.Conv2d(channels, num_classes, 3, padding=rate, dilation=rate)
            nn.init.normal_(convolution.weight, std=0.01)
            self.convolutions.append(convolution)

    def forward(self, features: Float[Tensor, "n f h8 w8"]) -> Float[Tensor, "n c h8 w8"]:
        """Unnormalised class scores at the stride of the features."""
        total: Tensor = sum(convolution(features) for convolution in self.convolutions)
        return total


def double(maps: Float[Tensor, "n f h8 w8"], *, size: Sequence[int]) -> Float[Tensor, "n f h4 w4"]:
    """Maps of half the stride: cell i stays where it is, at 2i, and those between are the mean of their neighbours.

    A ResNet's cells lie at multiples of their stride, so this keeps every cell over its pixel at any size of image.
    For images of 8k + 1 pixels, such as STAL's crops of 769, it is bilinear resizing with aligned corners.

    Args:
        maps: k rows and columns.
        size: rows and columns of the result, 2k - 1 or 2k each; the last of 2k repeats the one before.
    """
    rows, columns = (2 * cells - 1 for cells in maps.shape[-2:])
    fine = functional.interpolate(maps, size=(rows, columns), mode="bilinear", align_corners=True)
    return functional.pad(fine, (0, size[1] - columns, 0, size[0] - rows), mode="replicate")


def _resnet(name: str, *, stages: tuple[int, ...]) -> tuple[list[int], nn.Module]:
    """Channels of the wanted stages, and the ResNet with stages 3 and 4 dilated instead of strided."""
    encoder: Any = timm.create_model(name, features_only=True, pretrained=False, output_stride=8, out_indices=stages)
    channels: list[int] = encoder.feature_info.channels()
    return channels, encoder
