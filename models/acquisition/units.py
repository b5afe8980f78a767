"""What can be asked: windows, pixels, superpixels, whole images. Four names, two kinds.

`Centred` regions lie around a pixel and are chosen greedily, far enough from one another. `Partition` regions are the
parts of an image that were there before, and the best are taken. Shape letters: h rows, w columns, s segments.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, TypeAlias

import numpy as np
import torch
from jaxtyping import Bool, Float, Float32, Int32
from numpy.typing import NDArray
from torch import Tensor

from models.acquisition.greedy import Pick, select_centres
from models.acquisition.parallel import select_on_device
from models.acquisition.superpixels import tiles
from models.scoring import Segments, Windows, window_mean

PIXEL_RADIUS: Final = 32  # px: k of the impurity of a single pixel, and how far apart two are; RIPU's PA


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """Some pixels of an image: a box, and which of its pixels.

    Attributes:
        row: first row of the box.
        column: first column of the box.
        mask: True where the region is, of the size of the box.
    """

    row: int
    column: int
    mask: Bool[np.ndarray, "height width"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Centred:
    """Squares around pixels.

    Attributes:
        height: of the image, pixels.
        width: of the image, pixels.
        radius: k of the (2k+1) square that is shown and answered, clipped to the image; 0 is a single pixel.
        impurity_radius: k of the square whose predicted classes are counted.
        reach: Chebyshev distance within which a pick rules out others.
    """

    height: int
    width: int
    radius: int
    impurity_radius: int
    reach: int

    def __post_init__(self) -> None:
        if not 0 <= self.radius <= self.reach:
            raise ValueError(f"Expected 0 <= radius <= reach; got radius {self.radius}, reach {self.reach}.")

    @property
    def regions(self) -> Windows:
        """Over what scores are summed up."""
        return Windows(radius=self.radius, impurity_radius=self.impurity_radius)

    def select(
        self,
        score: Float32[np.ndarray, "h w"] | Float32[Tensor, "h w"],
        *,
        count: int,
        answered: Bool[np.ndarray, "h w"] | None = None,
    ) -> list[Pick]:
        """The first `count` picks, in order; none has a pixel that is `answered`.

        Greedy; what was answered keeps others at the distance that the picks of a round keep.
        """
        blocked = None
        if answered is not None:
            blocked = window_mean(torch.from_numpy(np.array(answered)).float(), radius=self.reach - self.radius) > 0
        if isinstance(score, Tensor) and score.is_cuda:
            return select_on_device(score, reach=self.reach, count=count, blocked=blocked)
        return select_centres(
            np.asarray(score), reach=self.reach, count=count, blocked=None if blocked is None else blocked.numpy()
        )

    def region(self, pick: Pick) -> Region:
        """The pixels of a pick."""
        top, left = max(0, pick.row - self.radius), max(0, pick.column - self.radius)
        bottom, right = min(self.height, pick.row + self.radius + 1), min(self.width, pick.column + self.radius + 1)
        return Region(row=top, column=left, mask=np.ones((bottom - top, right - left), dtype=np.bool_))

    def index(self, pick: Pick) -> tuple[int, int]:
        """Where the summaries have the number of a pick."""
        return pick.row, pick.column

    def as_map(self, summaries: Float[Tensor, "h w"]) -> Float[Tensor, "h w"]:
        """The summary of each pixel's region, to look at: itself."""
        return summaries

    def partition(self) -> "Partition":
        """Disjoint regions like these that cover the image, for random draws: tiles of the size of a window."""
        return Partition(labels=tiles(self.height, self.width, side=2 * self.radius + 1))


@dataclass(frozen=True, eq=False, kw_only=True)
class Partition:
    """The parts of an image, numbered by `superpixels.numbered`, so that the number settles ties.

    Attributes:
        labels: the part of each pixel.
    """

    labels: Int32[np.ndarray, "h w"]
    _firsts: NDArray[np.intp] = field(init=False, repr=False)  # each part's first pixel, counted column by column

    def __post_init__(self) -> None:
        numbers, firsts = np.unique(self.labels.T, return_index=True)
        if not (np.array_equal(numbers, np.arange(len(numbers))) and (np.diff(firsts) > 0).all()):
            raise ValueError("Expected parts numbered from 0 by their first pixel, column by column; see `numbered`.")
        object.__setattr__(self, "_firsts", firsts)

    @cached_property
    def regions(self) -> Segments:
        """See `Centred.regions`."""
        return Segments(torch.from_numpy(self.labels))

    def select(
        self,
        score: Float32[np.ndarray, " s"] | Float32[Tensor, " s"],
        *,
        count: int,
        answered: Bool[np.ndarray, "h w"] | None = None,
    ) -> list[Pick]:
        """See `Centred.select`: the highest scores, ties by number. -inf is never picked.

        Raises:
            ValueError: NaN among the scores, or a negative count.
        """
        if count < 0:
            raise ValueError(f"Expected a count of at least 0; got {count}.")
        score = np.asarray(score)
        if np.isnan(score).any():
            raise ValueError(f"Expected scores that can be ordered; got NaN for {int(np.isnan(score).sum())} segments.")
        free = self.free(answered) & (score > -np.inf)
        order = np.argsort(-score, kind="stable")
        chosen = order[free[order]][:count]
        return [self.pick(int(number), float(score[number])) for number in chosen]

    def free(self, answered: Bool[np.ndarray, "h w"] | None) -> Bool[np.ndarray, " s"]:
        """Whether none of a part's pixels is answered."""
        free = np.ones(len(self._firsts), dtype=np.bool_)
        if answered is not None:
            free[self.labels[answered]] = False
        return free

    def pick(self, number: int, score: float) -> Pick:
        """The part of this number."""
        column, row = divmod(int(self._firsts[number]), len(self.labels))
        return Pick(row, column, score)

    def region(self, pick: Pick) -> Region:
        """See `Centred.region`."""
        mask = self.labels == self.labels[pick.row, pick.column]
        rows, columns = mask.any(axis=1).nonzero()[0], mask.any(axis=0).nonzero()[0]
        box = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        return Region(row=int(rows[0]), column=int(columns[0]), mask=box)

    def index(self, pick: Pick) -> tuple[int]:
        """See `Centred.index`."""
        return (int(self.labels[pick.row, pick.column]),)

    def as_map(self, summaries: Float[Tensor, " s"]) -> Float[Tensor, "h w"]:
        """See `Centred.as_map`."""
        return summaries[torch.from_numpy(self.labels).long()]

    def partition(self) -> "Partition":
        """See `Centred.partition`: itself."""
        return self


Unit: TypeAlias = Centred | Partition


def windows(height: int, width: int, *, radius: int) -> Centred:
    """Disjoint (2k+1) squares, k = `radius` pixels. RIPU's regions."""
    return Centred(height=height, width=width, radius=radius, impurity_radius=radius, reach=2 * radius)


def pixels(height: int, width: int) -> Centred:
    """Single pixels, more than `PIXEL_RADIUS` apart, each judged by the classes around it. RIPU's PA."""
    return Centred(height=height, width=width, radius=0, impurity_radius=PIXEL_RADIUS, reach=PIXEL_RADIUS)


def whole_image(height: int, width: int) -> Partition:
    """The image itself. STAL's unit."""
    return Partition(labels=np.zeros((height, width), dtype=np.int32))
