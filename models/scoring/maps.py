"""The maps of one image that acquisition chooses from. Shape letters: c classes, h rows, w columns."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from models.scoring.pixels import margin_uncertainty, predictive_entropy
from models.scoring.windows import MAX_CLASSES, region_impurity, window_mean

Score: TypeAlias = Literal["ripu", "impurity", "entropy", "margin", "random"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreMaps:
    """What is known of the region around each pixel; all in [0, 1], unitless, float32.

    Attributes:
        score: how worth asking the pixel's window is.
        impurity: region impurity of the window.
        entropy: predictive entropy, averaged over the window.
        prediction: likeliest class of the pixel.
    """

    score: Float[Tensor, "h w"]
    impurity: Float[Tensor, "h w"]
    entropy: Float[Tensor, "h w"]
    prediction: UInt8[Tensor, "h w"]


@torch.no_grad()
def score_maps(
    logits: Float[Tensor, "c h w"], *, score: Score, radius: int, generator: torch.Generator | None = None
) -> ScoreMaps:
    """Scores of the window around every pixel.

    `ripu` is region impurity times window-mean entropy, `impurity` the first and `entropy` the second alone, `margin`
    the window mean of the margin uncertainty, and `random` an independent uniform draw a pixel. With it, each pick
    of a greedy selection is uniform over the centres that are still free; the probability of a window to be among
    several picks has no simple form, because picks suppress their neighbours.

    Args:
        logits: unnormalised class scores at the image's own size, 2 to 255 classes; computed in float32.
        score: what `ScoreMaps.score` holds. `impurity` and `entropy` are filled whatever is asked.
        radius: k of the window in pixels, at least 0.
        generator: the source of `random`; not used by the others.

    Raises:
        ValueError: too few or too many classes, negative radius, unknown score, or `random` without a generator.

    Source: `ripu` with its window is Xie et al. 2022, RIPU, arXiv:2111.12940 (RA), exact and divided by ln c.
    """
    num_classes = logits.shape[0]
    if num_classes > MAX_CLASSES:
        raise ValueError(f"Expected at most {MAX_CLASSES} classes; got logits of shape {tuple(logits.shape)}.")
    entropy = window_mean(predictive_entropy(logits), radius=radius)
    prediction = logits.max(dim=0).indices.to(torch.uint8)  # four times faster here than argmax
    impurity = region_impurity(prediction, radius=radius, num_classes=num_classes)
    match score:
        case "ripu":
            chosen = impurity * entropy
        case "impurity":
            chosen = impurity
        case "entropy":
            chosen = entropy
        case "margin":
            chosen = window_mean(margin_uncertainty(logits), radius=radius)
        case "random":
            if generator is None:
                raise ValueError("The random score needs a generator; got None.")
            draw = torch.rand(entropy.shape, generator=generator, device=generator.device)
            chosen = draw.to(logits.device)
        case _:
            raise ValueError(f"Expected one of ripu, impurity, entropy, margin, random; got {score!r}.")
    return ScoreMaps(score=chosen, impurity=impurity, entropy=entropy, prediction=prediction)
