"""One effort model: what an answer cost a person, in clicks, pixels and seconds, with its assumptions.

Clicks are key presses or pointer presses. A region answered with one class, as void, unsure or bad query is 1. A
region that was drawn is 1 to split it and 1 for each class in it. A whole image is drawn along the outlines of what is
in it: one click each `OUTLINE_SHARE` of its long side (16 px at 2048), and one for each class. Seconds are measured
in the browser with idle time cut off; where a project has fewer than `ENOUGH_ANSWERS` of a unit, a forecast assumes
`ASSUMED_SECONDS` of it.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backend.domain.round_config import Unit

# s an answer: PEERS.md, section 5.4 (a 33 px window, a superpixel, a pixel), and an image at a second a click
ASSUMED_SECONDS: Final = {Unit.WINDOW: 3.0, Unit.SUPERPIXEL: 2.0, Unit.PIXEL: 1.5, Unit.IMAGE: 2000.0}
# a street of 480 x 360 drawn in full takes some 2,000 (CamVid, counted by `clicks_of_image`); all else one key
ASSUMED_CLICKS: Final = {Unit.WINDOW: 1, Unit.SUPERPIXEL: 1, Unit.PIXEL: 1, Unit.IMAGE: 2000}
ENOUGH_ANSWERS: Final = 20
OUTLINE_SHARE: Final = 1 / 128


def clicks_of_map(label_map: NDArray[np.uint8]) -> int:
    """Clicks of a drawn region: one to split, one a class."""
    return 1 + len(np.unique(label_map))


def clicks_of_image(label_map: NDArray[np.uint8]) -> int:
    """Clicks of a whole image, drawn: along the borders between its classes, and one a class."""
    across, along = label_map[1:] != label_map[:-1], label_map[:, 1:] != label_map[:, :-1]
    borders = int(across.sum()) + int(along.sum())
    spacing: float = max(1.0, max(label_map.shape) * OUTLINE_SHARE)
    return math.ceil(borders / spacing) + len(np.unique(label_map))


def forecast_seconds(unit: Unit, *, measured_seconds: float, num_answers: int) -> tuple[float, bool]:
    """Seconds to expect for an answer, and whether they were measured.

    Args:
        unit: what will be asked.
        measured_seconds: sum over the project's answers to that unit so far.
        num_answers: how many those are.
    """
    if num_answers >= ENOUGH_ANSWERS:
        return measured_seconds / num_answers, True
    return ASSUMED_SECONDS[unit], False
