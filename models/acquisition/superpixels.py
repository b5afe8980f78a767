"""Partitions of an image: superpixels along its edges, and square tiles. Shape letters: h rows, w columns."""

from typing import Final

import numpy as np
from jaxtyping import Int32, UInt8
from numpy.typing import NDArray
from skimage.segmentation import slic

COMPACTNESS: Final = 20.0  # of SLIC: how square against how true to colour
SMOOTHING: Final = 1.0  # px, standard deviation; without it, noise tears pieces apart and joins others to huge ones


def superpixels(image: UInt8[np.ndarray, "h w 3"], *, count: int) -> Int32[np.ndarray, "h w"]:
    """SLIC superpixels: connected pieces of similar size that follow the edges of an image.

    Nothing in it is random. Store the map nevertheless where people have seen it: another version of the library, or
    another processor's rounding, may draw other borders.

    Args:
        image: RGB.
        count: how many are wanted, at least 1. Of 400 in a street of 480 x 360, some 375 come out.

    Returns:
        The superpixel of each pixel, numbered as `numbered` does.

    Raises:
        ValueError: a count below 1, or an image without pixels.

    Source: Achanta et al. 2012, SLIC superpixels, IEEE TPAMI 34(11), by scikit-image.
    """
    if count < 1:
        raise ValueError(f"Expected at least 1 superpixel; got {count}.")
    if image.size == 0:
        raise ValueError(f"Expected an image with pixels; got shape {image.shape}.")
    labels = slic(image, n_segments=count, compactness=COMPACTNESS, sigma=SMOOTHING, start_label=0, channel_axis=-1)
    return numbered(labels)


def tiles(height: int, width: int, *, side: int) -> Int32[np.ndarray, "h w"]:
    """Squares of `side` pixels from the upper left corner on; those at the right and lower border are smaller.

    Raises:
        ValueError: a side below 1.
    """
    if side < 1:
        raise ValueError(f"Expected tiles of at least 1 pixel a side; got {side}.")
    rows, columns = np.arange(height) // side, np.arange(width) // side
    return (columns * (-(-height // side)) + rows[:, None]).astype(np.int32)


def numbered(labels: NDArray[np.integer]) -> Int32[np.ndarray, "h w"]:
    """The same partition, its parts numbered by their first pixel, column by column: the order that settles ties."""
    by_column = labels.T
    _, first, inverse = np.unique(by_column, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int32)
    rank[np.argsort(first)] = np.arange(len(first), dtype=np.int32)
    return np.ascontiguousarray(rank[inverse].reshape(by_column.shape).T)
