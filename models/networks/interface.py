"""What the rest of the code asks of a network, and what all networks do alike."""

from collections.abc import Mapping, Sequence
from typing import Final, TypeVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

OUTPUT_STRIDE: Final = 4
#: The class that all batch norms are of: torch's, synchronised or not, and timm's with an activation inside.
BATCH_NORM: Final = nn.modules.batchnorm._BatchNorm  # noqa: SLF001
OwnType = TypeVar("OwnType", bound=nn.Module)  # not typing.Self: beartype takes it on whole classes only


class SegmentationNetwork(nn.Module):
    """A network that labels every pixel, and describes it for the contrastive loss.

    Both heads read the same features, so a caller that needs both computes the features once. All maps are at
    stride 4: height and width of the images divided by 4, rounded up.

    Attributes:
        num_classes: C, the channels of the logits.
        embedding_dim: D, the channels of the projection.
        encoder: what ImageNet weights are loaded into. Everything else is head, and begins at random.
        head: features to logits.
        projection_head: features to embeddings. Only the contrastive loss trains it; `forward` leaves it alone.
    """

    num_classes: int
    embedding_dim: int
    encoder: nn.Module
    head: nn.Module
    projection_head: nn.Module
    mean: Tensor
    deviation: Tensor

    def __init__(
        self, *, num_classes: int, embedding_dim: int, mean: Sequence[float], deviation: Sequence[float]
    ) -> None:
        """Only sizes, and how the encoder wants its images: `mean` and `deviation` of each channel, in 0...255."""
        super().__init__()
        self.num_classes = num_classes
        self.embedding_dim = embedding_dim
        self.batch_norm_is_frozen = False
        # Not persistent: constants of the encoder are not weights, and the teacher must not average them.
        self.register_buffer("mean", torch.tensor(mean).reshape(1, 3, 1, 1), persistent=False)
        self.register_buffer("deviation", torch.tensor(deviation).reshape(1, 3, 1, 1), persistent=False)

    def forward(self, images: Float[Tensor, "n 3 h w"]) -> Float[Tensor, "n c h4 w4"]:
        """Logits at stride 4 of RGB images in 0...255."""
        return self.logits(self.features(images))

    def features(self, images: Float[Tensor, "n 3 h w"]) -> Float[Tensor, "n f h4 w4"]:
        """What both heads read, of RGB images in 0...255."""
        raise NotImplementedError

    def logits(self, features: Float[Tensor, "n f h4 w4"]) -> Float[Tensor, "n c h4 w4"]:
        """Unnormalised class scores."""
        logits: Tensor = self.head(features)
        return logits

    def projection(self, features: Float[Tensor, "n f h4 w4"]) -> Float[Tensor, "n d h4 w4"]:
        """Embeddings of pixels, not normalised."""
        embeddings: Tensor = self.projection_head(features)
        return embeddings

    def normalise(self, images: Float[Tensor, "n 3 h w"]) -> Float[Tensor, "n 3 h w"]:
        """RGB of 0...255 as the encoder's weights were trained on it."""
        return (images - self.mean) / self.deviation

    def train(self: OwnType, mode: bool = True) -> OwnType:  # noqa: PYI019
        """As torch's, but a frozen batch norm stays in eval mode."""
        super().train(mode)
        if self.batch_norm_is_frozen:
            for module in self.modules():
                if isinstance(module, BATCH_NORM):
                    module.eval()
        return self

    def load_encoder(self, weights: Mapping[str, Tensor]) -> None:
        """Take ImageNet weights of the encoder; a classifier at the end of them is left out.

        By name where all names are there. Else in the order of the tensors: packages name them as they like, but
        write them down in the order in which they compute.

        Args:
            weights: name to tensor, as a state dict.

        Raises:
            ValueError: they are not those of this encoder.
        """
        own = {name: tensor for name, tensor in self.encoder.state_dict().items() if not _is_counter(name)}
        given = {name: tensor for name, tensor in weights.items() if not _is_counter(name)}
        named = own.keys() <= given.keys()
        theirs = [given[name] for name in own] if named else list(given.values())
        pairs = list(zip(own.values(), theirs, strict=False))
        if len(pairs) < len(own) or any(mine.shape != tensor.shape for mine, tensor in pairs):
            raise ValueError(f"These weights are not those of the encoder {type(self.encoder).__name__}.")
        with torch.no_grad():
            for mine, tensor in pairs:
                mine.copy_(tensor)


def projection_head(channels: int, *, width: int, embedding_dim: int) -> nn.Sequential:
    """A 3x3 convolution with batch norm and ReLU, then a 1x1 convolution.

    Source: Wang et al. 2022, U2PL, arXiv:2203.03884: a representation head by the classifier; METHOD.md, section 2.1.
    """
    return nn.Sequential(
        nn.Conv2d(channels, width, 3, padding=1, bias=False),
        nn.BatchNorm2d(width),
        nn.ReLU(inplace=True),
        nn.Conv2d(width, embedding_dim, 1),
    )


def _is_counter(name: str) -> bool:
    return name.endswith("num_batches_tracked")
