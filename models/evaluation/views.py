"""One look at an image, at one size and whole or in windows: logits of its pixels where they are asked for.

Logits stay at stride 4, a sixteenth of the memory, and are interpolated for a strip of rows at a time. That goes from
the place of a pixel straight to the places of its logits, so that windows need not begin at multiples of the stride,
and an image that was resized or mirrored needs no map of its own size between.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import torch
from jaxtyping import Float, Float32, Float64, Int64
from torch import Tensor
from torch.nn import functional

from models.inference import coarse_logits
from models.networks import OUTPUT_STRIDE, SegmentationNetwork

WINDOWS_AT_ONCE: Final = 4  # forwarded together: a GPU is busy with four of 769 px, and their feature maps fit 8 GB


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """Logits of a window.

    Attributes:
        coarse: at stride 4, of the window with its padding.
        row: of the window's top-left pixel in the view.
        column: likewise.
        height: of what the window shows of the view, pixels.
        width: likewise.
    """

    coarse: Float32[Tensor, "c h4 w4"]
    row: int
    column: int
    height: int
    width: int


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Logits of an image that was seen at `height` x `width`, and perhaps mirrored.

    Attributes:
        tiles: windows that cover every pixel.
        height: pixels.
        width: pixels.
        mirrored: left and right were exchanged.
    """

    tiles: tuple[Tile, ...]
    height: int
    width: int
    mirrored: bool

    def logits(self, first: int, last: int, *, height: int, width: int) -> Float32[Tensor, "c rows width"]:
        """Logits of the rows `first` to `last` (without it) of the image at `height` x `width`.

        A pixel's logits are the mean over the windows that show its centre, of logits and not of probabilities, as STAL
        averages them (METHOD.md, section 7).
        """
        rows = (torch.arange(first, last, dtype=torch.float64) + 0.5) * (self.height / height)
        columns = (torch.arange(width, dtype=torch.float64) + 0.5) * (self.width / width)
        if self.mirrored:
            columns = self.width - columns
        coarse = self.tiles[0].coarse
        total = coarse.new_zeros(coarse.shape[0], len(rows), width)
        times = coarse.new_zeros(len(rows), width)
        for tile in self.tiles:
            down = _inside(rows, tile.row, tile.height)
            across = _inside(columns, tile.column, tile.width)
            if down.start == down.stop or across.start == across.stop:
                continue
            total[:, down, across] += _sample(tile.coarse, rows[down] - tile.row, columns[across] - tile.column)
            times[down, across] += 1
        return total.div_(times)


def view_of(
    network: SegmentationNetwork,
    image: Float[Tensor, "3 h w"],
    *,
    window: tuple[int, int] | None,
    stride: tuple[int, int] | None,
    mirrored: bool,
) -> View:
    """Have the network look at an image, whole or window by window.

    Args:
        network: in eval mode, on the device of the image.
        image: RGB, 0...255.
        window: rows and columns; None sees the image whole. An image that is smaller is padded with its border.
        stride: rows and columns from window to window; None takes two thirds of the window, rounded up.
        mirrored: exchange left and right.
    """
    if mirrored:
        image = image.flip(-1)
    height, width = image.shape[-2:]
    rows, columns = window or (height, width)
    down, across = stride or (-(-2 * rows // 3), -(-2 * columns // 3))
    places = [
        (row, column)
        for row in offsets(height, window=rows, stride=down)
        for column in offsets(width, window=columns, stride=across)
    ]
    padded = functional.pad(image[None], (0, max(0, columns - width), 0, max(0, rows - height)), mode="replicate")[0]
    tiles = []
    for some in _groups(places, WINDOWS_AT_ONCE):
        crops = torch.stack([padded[:, row : row + rows, column : column + columns] for row, column in some])
        tiles += [
            Tile(coarse=coarse, row=row, column=column, height=min(rows, height), width=min(columns, width))
            for coarse, (row, column) in zip(coarse_logits(network, crops), some, strict=True)
        ]
    return View(tiles=tuple(tiles), height=height, width=width, mirrored=mirrored)


def offsets(length: int, *, window: int, stride: int) -> list[int]:
    """Where windows begin along a side, so that they cover it, and the last one ends at its end.

    Args:
        length: of the side, pixels.
        window: pixels; one that is longer than the side begins at 0, and is the only one.
        stride: pixels from window to window, at least 1 and at most the window; the last step may be shorter.

    Raises:
        ValueError: the stride would leave pixels out, or never arrive.
    """
    if not 1 <= stride <= window:
        raise ValueError(f"The stride of windows is 1 to their side, {window}; got {stride}.")
    if length <= window:
        return [0]
    return [*range(0, length - window, stride), length - window]


def _groups(places: list[tuple[int, int]], size: int) -> Iterator[list[tuple[int, int]]]:
    for begin in range(0, len(places), size):
        yield places[begin : begin + size]


def _inside(positions: Float64[Tensor, " n"], begin: int, length: int) -> slice:
    """Which of the positions, which go up or down, lie in [begin, begin + length)."""
    found = ((positions >= begin) & (positions < begin + length)).nonzero().flatten()
    return slice(int(found[0]), int(found[-1]) + 1) if len(found) else slice(0, 0)


def _sample(
    coarse: Float32[Tensor, "c h4 w4"], rows: Float64[Tensor, " n"], columns: Float64[Tensor, " m"]
) -> Float32[Tensor, "c n m"]:
    """Bilinear between the four nearest logits, as `models.losses.upsample`; positions in pixels of the window."""
    above, below, down = _neighbours(rows, coarse.shape[1])
    left, right, across = _neighbours(columns, coarse.shape[2])
    device = coarse.device
    above, below, left, right = above.to(device), below.to(device), left.to(device), right.to(device)
    lines = torch.lerp(coarse[:, above], coarse[:, below], down.to(device)[:, None])
    return torch.lerp(lines[..., left], lines[..., right], across.to(device))


def _neighbours(
    positions: Float64[Tensor, " n"], length: int
) -> tuple[Int64[Tensor, " n"], Int64[Tensor, " n"], Float32[Tensor, " n"]]:
    """The logits before and after each position, and how far it is from the one to the other, in [0, 1)."""
    places = (positions / OUTPUT_STRIDE - 0.5).clamp(0, length - 1)
    before = places.floor().long()
    return before, (before + 1).clamp(max=length - 1), (places - before).float()
