"""Near-duplicates: frames of a video that show the same thing."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from jaxtyping import UInt8
from PIL import Image

SIDE: Final = 8  # the hash compares SIDE x SIDE pairs of neighbouring cells


def difference_hash(image: UInt8[np.ndarray, "h w 3"]) -> int:
    """64 bits that hardly change when an image does: whether each of 8 x 9 grey cells is darker than its neighbour.

    Args:
        image: RGB.

    Returns:
        A whole number below 2**64; compare two by the bits in which they differ.

    Source: N. Krawetz 2013, difference hash (dHash).
    """
    grey = Image.fromarray(image).convert("L").resize((SIDE + 1, SIDE), Image.Resampling.BOX)
    cells = np.asarray(grey, dtype=np.int16)
    bits = (cells[:, 1:] > cells[:, :-1]).ravel()
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


def near_duplicates(hashes: Sequence[int], *, distance: int) -> list[list[int]]:
    """For each image, the positions of the others whose hash differs in at most `distance` bits.

    Raises:
        ValueError: negative distance.
    """
    if distance < 0:
        raise ValueError(f"Expected a distance of at least 0 bits; got {distance}.")
    known = np.array(hashes, dtype=np.uint64)
    found = []
    for position, own in enumerate(known):
        near = np.bitwise_count(known ^ own) <= distance
        near[position] = False
        found.append(near.nonzero()[0].tolist())
    return found
