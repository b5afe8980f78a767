"""One image's scores. Shape letters: c classes, h rows, w columns, s segments; `...` is (h, w) or (s,)."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from models.scoring.pixels import margin_uncertainty, predictive_entropy
from models.scoring.regions import Regions
from models.scoring.windows import MAX_CLASSES

Score: TypeAlias = Literal["ripu", "impurity", "entropy", "margin", "random"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PixelMaps:
    """What the network says of each pixel; uncertainties in [0, 1], unitless, float32.

    Attributes:
        prediction: the likeliest class.
        entropy: predictive entropy.
        margin: margin uncertainty, where it was asked for.
        num_classes: C.
    """

    prediction: UInt8[Tensor, "h w"]
    entropy: Float[Tensor, "h w"]
    margin: Float[Tensor, "h w"] | None
    num_classes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionScores:
    """What is known of each region; all in [0, 1], unitless, float32.

    Attributes:
        score: how worth asking the region is.
        impurity: its region impurity.
        entropy: predictive entropy, averaged over it.
    """

    score: Float[Tensor, "..."]
    impurity: Float[Tensor, "..."]
    entropy: Float[Tensor, "..."]


@torch.no_grad()
def pixel_maps(logits: Float[Tensor, "c h w"], *, margin: bool = False) -> PixelMaps:
    """Prediction and uncertainty of every pixel.

    Args:
        logits: unnormalised class scores at the image's own size, 2 to 255 classes; computed in float32.
        margin: whether the margin uncertainty is wanted too.

    Raises:
        ValueError: too few or too many classes.
    """
    num_classes = logits.shape[0]
    if num_classes > MAX_CLASSES:
        raise ValueError(f"Expected at most {MAX_CLASSES} classes; got logits of shape {tuple(logits.shape)}.")
    return PixelMaps(
        entropy=predictive_entropy(logits),
        prediction=logits.max(dim=0).indices.to(torch.uint8),  # four times faster here than argmax
        margin=margin_uncertainty(logits) if margin else None,
        num_classes=num_classes,
    )


@torch.no_grad()
def score_regions(
    pixels: PixelMaps,
    regions: Regions,
    *,
    score: Score,
    generator: torch.Generator | None = None,
    class_weights: Float[Tensor, " c"] | None = None,
) -> RegionScores:
    """The score of every region: the same five, whatever a region is.

    `ripu` is region impurity times mean entropy, `impurity` the first and `entropy` the second alone, `margin` the mean
    of the margin uncertainty, and `random` an independent uniform draw a region.

    Args:
        pixels: the maps of one image; `margin` needs theirs.
        regions: what is asked: windows or segments.
        score: which.
        generator: the source of `random`; not used by the others.
        class_weights: factors in [0, 1] of the classes: each score is multiplied by their mean over the region's
            predicted classes. `random` is left as it is.

    Raises:
        ValueError: unknown score, `random` without a generator, `margin` without margins, or not as many weights as
            classes.

    Source: `ripu` is Xie et al. 2022, RIPU, arXiv:2111.12940 (RA over windows, PA over pixels), exact and divided by
    ln c; the mean entropy of whole images is the acquisition of STAL, arXiv:2301.13361, eq. 8.
    """
    impurity, entropy = regions.summaries(pixels.prediction, pixels.entropy, num_classes=pixels.num_classes)
    match score:
        case "ripu":
            chosen = impurity * entropy
        case "impurity":
            chosen = impurity
        case "entropy":
            chosen = entropy
        case "margin":
            if pixels.margin is None:
                raise ValueError("The margin score needs pixel maps with margins; got None.")
            chosen = regions.mean(pixels.margin)
        case "random":
            if generator is None:
                raise ValueError("The random score needs a generator; got None.")
            chosen = torch.rand(entropy.shape, generator=generator, device=generator.device).to(entropy.device)
        case _:
            raise ValueError(f"Expected one of ripu, impurity, entropy, margin, random; got {score!r}.")
    if class_weights is not None and len(class_weights) != pixels.num_classes:
        raise ValueError(f"Expected a weight for each of {pixels.num_classes} classes; got {len(class_weights)}.")
    if class_weights is not None and score != "random":
        weights = class_weights.float().to(pixels.prediction.device)
        chosen = chosen * regions.mean(weights[pixels.prediction.long()])
    return RegionScores(score=chosen, impurity=impurity, entropy=entropy)
