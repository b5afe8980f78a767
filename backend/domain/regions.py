"""Where on an image a query lies, and what is shown around it. Integer pixels, origin top left, all boxes inside."""

from dataclasses import dataclass

CONTEXT_SIDE = 512  # px of the original image; the context pane's crop
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


def window_box(*, row: int, column: int, radius: int, image_width: int, image_height: int) -> Box:
    """The (2 * radius + 1) square around a pixel, clipped to the image."""
    left, top = max(0, column - radius), max(0, row - radius)
    right, bottom = min(image_width, column + radius + 1), min(image_height, row + radius + 1)
    return Box(x=left, y=top, width=right - left, height=bottom - top)


def close_up_box(region: Box, *, image_width: int, image_height: int) -> Box:
    """The region with a margin of half its longer side around it, moved inside the image."""
    side = max(region.width, region.height)
    return _centred(region, side + 2 * round(side * CLOSE_UP_MARGIN), image_width, image_height)


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
