"""What the rest of the code asks of a network."""

from collections.abc import Mapping
from typing import Final

from jaxtyping import Float
from torch import Tensor, nn

OUTPUT_STRIDE: Final = 4


class SegmentationNetwork(nn.Module):
    """A network that labels every pixel.

    Attributes:
        num_classes: C, the channels of the logits.
    """

    num_classes: int

    def forward(self, images: Float[Tensor, "n 3 h w"]) -> Float[Tensor, "n c h4 w4"]:
        """Logits at stride 4 (height and width divided by 4, rounded up) of RGB images in 0...255."""
        raise NotImplementedError

    def load_encoder(self, weights: Mapping[str, Tensor]) -> None:
        """Take ImageNet weights of the encoder, whatever their names, in the order of their tensors.

        Raises:
            ValueError: they are not those of this encoder.
        """
        raise NotImplementedError
