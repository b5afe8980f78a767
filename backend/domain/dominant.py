"""The class that stands for a label map where one number has to."""

import numpy as np
from numpy.typing import NDArray

from backend.domain.label_schema import IGNORE_INDEX


def dominant_class(label_map: NDArray[np.uint8]) -> int | None:
    """The class of most pixels, the smallest of those that tie; None where every pixel is void."""
    counts = np.bincount(label_map.ravel(), minlength=IGNORE_INDEX + 1)[:IGNORE_INDEX]
    return int(counts.argmax()) if counts.any() else None
