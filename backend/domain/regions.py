"""Where on an image a query lies, and what is shown around it. Integer pixels, origin top left, all boxes inside."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.domain import rle

CONTEXT_SIDE = 512  # px of the original image; the context pane's crop
CLOSE_UP_SIDE = 33  # px; at least so much of the image is in the close-up
CLOSE_UP_MARGIN = 0.5  # of the region's side, shown on each side of it in the close-up


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A rectangle of whole pixels: columns x … x+width-1, rows y … y+height-1."""

    x: int
    y: int
    width: int
    height: int

    @property
    def area(self) -> int:
        return self.width * self.height


def default_radius(width: int, height: int) -> int:
    """Radius k of the default window for an image of this size, in pixels: max(8, long side / 96).

    A window is (2k+1) pixels a side: 17 px at a long side of 480, 43 px at 2048 (PRODUCT.md, section 1).
    """
    return max(8, max(width, height) // 96)


def region_mask(region: str | None, *, width: int, height: int) -> NDArray[np.bool_]:
    """Which pixels of its box belong to a region: the run-length code of ones and zeros, or None for all of them."""
    if region is None:
        return np.ones((height, width), dtype=np.bool_)
    mask: NDArray[np.bool_] = rle.decode(region, width=width, height=height) == 1
    return mask


def encoded_mask(mask: NDArray[np.bool_]) -> str | None:
    """The run-length code of a region in its box; None where it is the whole box."""
    return None if mask.all() else rle.encode(mask.astype(np.uint8))


def close_up_box(region: Box, *, image_width: int, image_height: int) -> Box:
    """The region with a margin of half its longer side around it, moved inside the image.

    A small region is shown with more around it: nobody can judge a pixel that is alone on the screen.
    """
    longer = max(region.width, region.height)
    side = max(CLOSE_UP_SIDE, longer + 2 * round(longer * CLOSE_UP_MARGIN))
    return _centred(region, side, image_width, image_height)


def context_box(region: Box, *, image_width: int, image_height: int) -> Box:
    """A square of at most `CONTEXT_SIDE` pixels around the region, moved inside the image."""
    side = max(CONTEXT_SIDE, 4 * max(region.width, region.height))
    return _centred(region, side, image_width, image_height)


def _centred(region: Box, side: int, image_width: int, image_height: int) -> Box:
    width, height = min(side, image_width), min(side, image_height)
    x = region.x + region.width // 2 - width // 2
    y = region.y + region.height // 2 - height // 2
    return Box(
        x=min(max(0, x), image_width - width), y=min(max(0, y), image_height - height), width=width, height=height
    )
