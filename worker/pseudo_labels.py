"""What the inspector of pseudo labels shows: how sure a teacher is of each pixel, what people have said, and counts.

The rule is that of training (`models.self_training.pseudo_labels`): of the pixels that nobody has answered, the open
ones, the share alpha of the most uncertain is dropped. Training takes the percentile over the crops of one batch; here
it is taken over the whole pool, in 256 steps of entropy. c classes, n images, s steps of alpha.
"""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from PIL import Image as Pillow
from torch import Tensor

from backend.domain.label_schema import IGNORE_INDEX
from backend.services.manifests import ManifestImage
from models.inference import Logits
from models.self_training.pseudo_labels import contradicted
from worker.data import COARSE, answers_of

LEVELS: Final = 256
STEPS: Final = 20  # of alpha, from where a round begins down to 0
OUTCOMES: Final = ("agreed", "overruled", "void", "sieved")  # of what the teacher said where people have answered
NOT_SPOKEN, SIEVED, SPOKEN = 0, 128, 255  # the opacity of a pixel of the map of answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What people had said of an image when the round's training began.

    Attributes:
        labels: class ids; 255 where they said void, and where nobody has spoken.
        spoken: `SPOKEN` where they have, `SIEVED` where the teacher is so sure of another class that the answer
            teaches nothing, `NOT_SPOKEN` elsewhere.
    """

    labels: NDArray[np.uint8]
    spoken: NDArray[np.uint8]

    def picture(self) -> bytes | None:
        """A PNG of grey with opacity: `labels` and `spoken`; None where nobody has spoken."""
        if not self.spoken.any():
            return None
        return _png(np.stack([self.labels, self.spoken], axis=-1))


def said_of(image: ManifestImage, logits: Logits, *, sieve: float | None) -> Said:
    """The answers of an image as training sees them, sieved by the teacher's logits."""
    labels, answered = answers_of(image)
    spoken = np.where(answered > 0, SPOKEN, NOT_SPOKEN).astype(np.uint8)
    coarse = answered == COARSE
    if sieve is not None and coarse.any():
        full = logits.full()
        given, where = torch.from_numpy(labels).to(full.device), torch.from_numpy(coarse).to(full.device)
        sieved = contradicted(full[None], given[None], where[None], confidence=sieve)[0]
        spoken[sieved.cpu().numpy()] = SIEVED
    return Said(labels=labels, spoken=spoken)


def nobody_said(height: int, width: int) -> Said:
    """No answer at all."""
    return Said(
        labels=np.full((height, width), IGNORE_INDEX, dtype=np.uint8), spoken=np.zeros((height, width), dtype=np.uint8)
    )


def entropy_levels(entropy: Float[Tensor, "h w"]) -> NDArray[np.uint8]:
    """Normalised entropy u in [0, 1] as the whole number nearest to 255 sqrt(u).

    The root, because a trained network is sure of most pixels: with even steps all of them would be 0 or 1.
    """
    return (entropy.clamp(0, 1).sqrt() * (LEVELS - 1)).round().to(torch.uint8).cpu().numpy()


def levels_picture(levels: NDArray[np.uint8]) -> bytes:
    """A grey PNG, each level as it is."""
    return _png(levels)


def counts(prediction: NDArray[np.uint8], levels: NDArray[np.uint8], said: Said, *, num_classes: int) -> dict[str, Any]:
    """An image's pixels by the class that the teacher gives them, as JSON.

    `open` has a row of 256 levels a class. The `OUTCOMES` have a number a class: `agreed` where people have said the
    same, `overruled` where another class, `void` where void, and `sieved` where their answer is left out.
    """
    open_ = said.spoken == NOT_SPOKEN
    bins = prediction[open_].astype(np.int64) * LEVELS + levels[open_]
    spoken, void = said.spoken == SPOKEN, said.labels == IGNORE_INDEX
    where = {
        "agreed": spoken & (said.labels == prediction),
        "overruled": spoken & ~void & (said.labels != prediction),
        "void": spoken & void,
        "sieved": said.spoken == SIEVED,
    }
    told = {name: np.bincount(prediction[mask], minlength=num_classes).tolist() for name, mask in where.items()}
    return {"open": np.bincount(bins, minlength=num_classes * LEVELS).reshape(-1, LEVELS).tolist(), **told}


def alphas(first: float) -> list[float]:
    """The share dropped from a round's first iteration to its end, alpha_t = alpha_0 (1 - t / T), in even steps.

    Source: STAL, arXiv:2301.13361, eq. 7.
    """
    return [round(first * (1 - step / STEPS), 6) for step in range(STEPS + 1)]


def kept_levels(histogram: NDArray[np.int64], shares: Sequence[float]) -> list[int]:
    """The highest level that is kept, for each share to drop.

    It is the lowest at or below which lie at least the share 1 - alpha, as in `pseudo_labels`; so a little more than
    that may be kept, for pixels of one level are not told apart.
    """
    below = np.cumsum(histogram)
    total = int(below[-1])
    if total == 0:
        return [LEVELS - 1 for _ in shares]
    return [int(np.searchsorted(below, max(1, round((1 - alpha) * total)))) for alpha in shares]


def summary(
    found: Iterable[tuple[str, dict[str, Any]]], shares: Sequence[float], *, num_classes: int
) -> dict[str, Any]:
    """What is kept of the pool and of each of its images, for each share that is dropped, as JSON.

    Args:
        found: (image id, `counts`) of each image.
        shares: see `alphas`.
        num_classes: C.
    """
    by_class = np.zeros((num_classes, LEVELS), dtype=np.int64)
    outcomes = {name: np.zeros(num_classes, dtype=np.int64) for name in OUTCOMES}
    image_ids, below, answered = [], [], []
    for image_id, counted in found:
        image_ids.append(image_id)
        open_ = np.array(counted["open"], dtype=np.int64)
        by_class += open_
        below.append(np.cumsum(open_.sum(axis=0)))
        for name in OUTCOMES:
            outcomes[name] += counted[name]
        answered.append(sum(sum(counted[name]) for name in OUTCOMES))
    levels = kept_levels(by_class.sum(axis=0), shares)
    entropy = (np.arange(LEVELS) / (LEVELS - 1)) ** 2
    return {
        "alphas": list(shares),
        "levels": levels,
        "classes": [
            {
                "open": int(row.sum()),
                "kept": np.cumsum(row)[levels].tolist(),
                "entropy": float(row @ entropy / row.sum()) if row.any() else None,
                **{name: int(outcomes[name][class_id]) for name in OUTCOMES},
            }
            for class_id, row in enumerate(by_class)
        ],
        "images": [
            {"image_id": image_id, "open": int(sums[-1]), "kept": sums[levels].tolist(), "answered": spoken}
            for image_id, sums, spoken in zip(image_ids, below, answered, strict=True)
        ],
    }


def _png(pixels: NDArray[np.uint8]) -> bytes:
    buffer = io.BytesIO()
    Pillow.fromarray(pixels).save(buffer, "PNG", compress_level=3)  # a third of the time of 6, a tenth larger
    return buffer.getvalue()
