"""Run-length code of a label map, as it travels in JSON and lies in the database.

Format: the pixels of the box row by row, left to right, as `VALUExLENGTH` runs joined by one space, for instance
`"3x17 255x4 3x13"`. VALUE is 0…255 (255 is void), LENGTH is at least 1, neither has a leading zero, neighbouring runs
differ, and the lengths add up to width * height. There is exactly one text for each label map, so texts can be
compared and hashed.
"""

import re

import numpy as np
from numpy.typing import NDArray

from backend.domain.errors import MalformedLabelMap

_RUN = re.compile(r"(0|[1-9][0-9]{0,2})x([1-9][0-9]{0,8})")


def encode(label_map: NDArray[np.uint8]) -> str:
    """The text of a uint8 label map of shape (height, width), both at least 1."""
    flat = np.ascontiguousarray(label_map, dtype=np.uint8).ravel()
    starts = np.flatnonzero(np.concatenate(([True], flat[1:] != flat[:-1])))
    lengths = np.diff(np.append(starts, flat.size))
    return " ".join(f"{value}x{length}" for value, length in zip(flat[starts].tolist(), lengths.tolist(), strict=True))


def decode(text: str, *, width: int, height: int) -> NDArray[np.uint8]:
    """The label map, uint8 of shape (height, width), that `text` stands for.

    Raises:
        MalformedLabelMap: not the format above, not canonical, or not width * height pixels.
    """
    values: list[int] = []
    lengths: list[int] = []
    total = 0
    for run in text.split(" "):
        match = _RUN.fullmatch(run)
        if match is None:
            raise MalformedLabelMap(f"A run is written VALUExLENGTH, as in 3x17; got {run[:20]!r}.")
        value, length = int(match[1]), int(match[2])
        if value > 255:
            raise MalformedLabelMap(f"Run {run!r} needs a value of 0 to 255.")
        if values and values[-1] == value:
            raise MalformedLabelMap(f"Neighbouring runs have the same value {value}; join them.")
        total += length
        if total > width * height:
            break  # never allocate what a hostile text asks for
        values.append(value)
        lengths.append(length)
    if total != width * height:
        raise MalformedLabelMap(
            f"The runs do not fill the box of {width} x {height} = {width * height} pixels.",
            expected=width * height,
            got=total,
        )
    return np.repeat(np.array(values, dtype=np.uint8), lengths).reshape(height, width)
