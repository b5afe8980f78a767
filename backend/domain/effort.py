"""One effort model: what an answer cost a person, in clicks, pixels and seconds, with its assumptions.

Clicks are key presses or pointer presses. A region answered with one class, as void, unsure or bad query is 1. A
region that was drawn is 1 to split it and 1 for each class in it. Seconds are measured in the browser with idle time
cut off; where a project has fewer than `ENOUGH_ANSWERS`, a forecast assumes `ASSUMED_SECONDS` an answer.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

ASSUMED_SECONDS: Final = 3.0  # s an answer; a 33 px window in PEERS.md, section 5.4
ENOUGH_ANSWERS: Final = 20


def clicks_of_map(label_map: NDArray[np.uint8]) -> int:
    """Clicks of a drawn region: one to split, one a class."""
    return 1 + len(np.unique(label_map))


def forecast_seconds(*, measured_seconds: float, num_answers: int) -> tuple[float, bool]:
    """Seconds to expect for an answer, and whether they were measured.

    Args:
        measured_seconds: sum over the project's answers so far.
        num_answers: how many those are.
    """
    if num_answers >= ENOUGH_ANSWERS:
        return measured_seconds / num_answers, True
    return ASSUMED_SECONDS, False
