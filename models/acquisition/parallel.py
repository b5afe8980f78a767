"""The greedy choice of `models.acquisition.greedy` on the device, for many images at once.

Shape letters: n images, h rows, w columns, m candidates of an image, k picks. R is the reach of a pick's suppression.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

import torch
from jaxtyping import Bool, Float32, Int32, Int64
from torch import Tensor

from models.acquisition.greedy import Pick, select_centres

_ROUNDS: Final = 16  # between two looks at whether all is settled, each of which waits for the device
_LOOKS: Final = 4  # then the exact sweep takes over
_NEIGHBOURS: Final = 9  # cells: the pixel's own and those around it
_OWN: Final = 4  # the middle one of them
_LARGEST: Final = 2**24  # candidates times neighbours of one batch; about 0.5 GB of scratch
_NEVER: Final = torch.iinfo(torch.int64).min  # the key of a pixel that may not be picked
_NOWHERE: Final = -(2**62)  # row and column of no pick, far from any


class BatchedPicks(NamedTuple):
    """The picks of each image, in the order in which they are chosen.

    Attributes:
        rows: of the centres, in pixels; -1 where there is no pick.
        columns: likewise.
        scores: that the picks were chosen for; -inf where there is no pick.
        valid: whether there is a pick. An image's picks come first.
    """

    rows: Int32[Tensor, "n k"]
    columns: Int32[Tensor, "n k"]
    scores: Float32[Tensor, "n k"]
    valid: Bool[Tensor, "n k"]


def select_windows_batched(
    score: Float32[Tensor, "n h w"], *, reach: int, count: int, blocked: Bool[Tensor, "n h w"] | None = None
) -> BatchedPicks:
    """The first `count` picks of the greedy choice with suppression, of each image: those of `select_centres`.

    In rounds: every candidate that is sure to come before all that are left within its reach is picked, and those
    within its reach are ruled out. A greedy choice would pick it, too, as only what comes before could rule it out, and
    would not pick those: so all rounds together give the greedy choice, and the first `count` by order are its first.
    (This is the lexicographically first maximal independent set, found by its local maxima.)

    Sure is what comes before all that are left in the 3 x 3 cells around, of R+1 pixels a side. They contain the reach,
    and the best that is left in the whole image is always sure, so that each round settles something. A cell has one
    pick at most, as any two of its pixels are within reach.

    Candidates are the best count (2R+1)^2 pixels of an image, as in `select_centres`. Rounds are run sixteen at a time
    without waiting for the device, and then one look tells whether anything that is left could still be among the first
    `count`. Maps that take more than 64 rounds, such as a slope or large areas of one score, are given to
    `select_centres`, so that the result is always exact.

    Args:
        score: how worth asking each pixel, or the window around it, is; any range. -inf is never picked.
        reach: R in pixels, at least 0. Windows of radius k do not overlap with R = 2k.
        count: how many are wanted of each image.
        blocked: centres that may not be picked. Unlike picks, they rule out only themselves.

    Raises:
        ValueError: NaN in `score`, negative `reach` or `count`, or `blocked` of another shape.

    Source: the greedy choice is that of Xie et al. 2022, RIPU, arXiv:2111.12940; local maxima in rounds are Blelloch et
    al. 2012, arXiv:1202.3205.
    """
    if reach < 0 or count < 0:
        raise ValueError(f"Expected reach and count of at least 0; got reach {reach}, count {count}.")
    if blocked is not None and blocked.shape != score.shape:
        raise ValueError(f"Expected blocked of the score's shape {tuple(score.shape)}; got {tuple(blocked.shape)}.")
    if score.isnan().any():
        raise ValueError(f"Expected scores that can be ordered; got NaN for {int(score.isnan().sum())} pixels.")
    images, height, width = score.shape
    reach = min(reach, max(height, width))
    candidates = min(height * width, count * (2 * reach + 1) ** 2)
    if images * candidates == 0:
        return _no_picks(images, count, score.device)
    batch = max(1, _LARGEST // (candidates * _NEIGHBOURS))
    parts = [
        _select(
            score[start : start + batch],
            None if blocked is None else blocked[start : start + batch],
            reach=reach,
            count=count,
            candidates=candidates,
        )
        for start in range(0, images, batch)
    ]
    return BatchedPicks(*(torch.cat(columns) for columns in zip(*parts, strict=True)))


def select_on_device(
    score: Float32[Tensor, "h w"], *, reach: int, count: int, blocked: Bool[Tensor, "h w"] | None = None
) -> list[Pick]:
    """`select_centres` of one image whose score is on a GPU, by `select_windows_batched`; `blocked` may be anywhere."""
    found = select_windows_batched(
        score[None], reach=reach, count=count, blocked=None if blocked is None else blocked[None].to(score.device)
    )
    places = torch.stack([found.rows[0].double(), found.columns[0].double(), found.scores[0].double()]).cpu()
    rows, columns, scores = places[:, : int(found.valid[0].sum())].tolist()
    return [Pick(int(row), int(column), value) for row, column, value in zip(rows, columns, scores, strict=True)]


@dataclass(slots=True)
class _Candidates:
    """Pixels of each image in the order of choice; whatever is said of one is at its place in that order.

    Attributes:
        key: the order: score, column, row. Descending.
        row: in pixels.
        column: in pixels.
        cells: the numbers of the pixel's own cell, in the middle, and of those around it.
        num_cells: of an image, with a rim of empty ones.
        left: neither picked nor ruled out yet.
        picked: chosen in some round.
    """

    key: Int64[Tensor, "n m"]
    row: Int64[Tensor, "n m"]
    column: Int64[Tensor, "n m"]
    cells: Int64[Tensor, "n m 9"]
    num_cells: int
    left: Bool[Tensor, "n m"]
    picked: Bool[Tensor, "n m"]


def _select(
    score: Float32[Tensor, "n h w"],
    blocked: Bool[Tensor, "n h w"] | None,
    *,
    reach: int,
    count: int,
    candidates: int,
) -> BatchedPicks:
    among = _best(score, blocked, candidates, cell=reach + 1)
    for _ in range(_LOOKS):
        for _ in range(_ROUNDS):
            _pick_local_maxima(among, reach)
        unsettled = _unsettled(among, count)
        if not unsettled.any():
            break
    picks = _in_order(score, among, count)
    for image in unsettled.nonzero().flatten().tolist():
        _sweep(score[image], None if blocked is None else blocked[image], picks, image, reach=reach, count=count)
    return picks


def _best(
    score: Float32[Tensor, "n h w"], blocked: Bool[Tensor, "n h w"] | None, candidates: int, *, cell: int
) -> _Candidates:
    """The best pixels of each image in the order of choice."""
    images, height, width = score.shape
    may = score > -torch.inf
    if blocked is not None:
        may &= ~blocked
    keys = _order_keys(score).masked_fill_(~may.transpose(1, 2).flatten(1), _NEVER)
    best = torch.topk(keys, candidates, dim=1)
    column, row = best.indices // height, best.indices % height
    across = -(-width // cell) + 2  # a rim of one cell on either side
    own = (row // cell + 1) * across + column // cell + 1
    aside = torch.arange(-1, 2, device=score.device)
    around = (aside[:, None] * across + aside).flatten()
    return _Candidates(
        key=best.values,
        row=row,
        column=column,
        cells=own[:, :, None] + around,
        num_cells=across * (-(-height // cell) + 2),
        left=best.values != _NEVER,
        picked=torch.zeros(images, candidates, dtype=torch.bool, device=score.device),
    )


def _order_keys(score: Float32[Tensor, "n h w"]) -> Int64[Tensor, "n m"]:
    """One whole number a pixel, column by column, descending in the order of choice; no two of an image are equal.

    The upper half is the score's bits, turned so that they ascend with it (IEEE 754: a positive float's bits do, and a
    negative one's descend); the lower half puts the first index highest.
    """
    by_column = score.transpose(1, 2).flatten(1) + 0.0  # -0.0 + 0.0 is 0.0: they must tie
    bits = by_column.view(torch.int32)
    ascending = torch.where(bits < 0, bits ^ torch.iinfo(torch.int32).max, bits)
    return (ascending.long() << 32) + torch.arange(bits.shape[1] - 1, -1, -1, device=score.device)


def _pick_local_maxima(among: _Candidates, reach: int) -> None:
    """One round."""
    images, candidates = among.key.shape
    order = torch.arange(candidates, device=among.key.device).expand(images, -1)
    first = _by_cell(among, torch.where(among.left, order, candidates), nothing=candidates, reduce="amin")
    around = first.gather(1, among.cells.flatten(1)).view_as(among.cells).amin(2)
    chosen = among.left & (around == order)
    among.picked |= chosen
    # No cell has two picks, so that the largest of its places is that of its pick.
    places = torch.where(chosen, (among.row << 32) | among.column, _NOWHERE)
    by_cell = _by_cell(among, places, nothing=_NOWHERE, reduce="amax")
    picks = by_cell.gather(1, among.cells.flatten(1)).view_as(among.cells)
    beside = ((picks >> 32) - among.row[:, :, None]).abs_() <= reach
    beside &= ((picks & 0xFFFFFFFF) - among.column[:, :, None]).abs_() <= reach
    among.left &= ~beside.any(2)


def _by_cell(among: _Candidates, values: Int64[Tensor, "n m"], *, nothing: int, reduce: str) -> Int64[Tensor, "n c"]:
    cells = values.new_full((values.shape[0], among.num_cells), nothing)
    return cells.scatter_reduce_(1, among.cells[:, :, _OWN], values, reduce)


def _unsettled(among: _Candidates, count: int) -> Bool[Tensor, " n"]:
    """Which images have something left that comes before their last wanted pick."""
    enough = among.picked.cumsum(1) >= count  # from the last wanted pick on
    return (among.left & ~enough).any(1)


def _in_order(score: Float32[Tensor, "n h w"], among: _Candidates, count: int) -> BatchedPicks:
    """The first `count` of what was picked."""
    images, _, width = score.shape
    picks = _no_picks(images, count + 1, score.device)  # all that is not among them goes to one place more
    slot = torch.where(among.picked, among.picked.cumsum(1) - 1, count).clamp_(max=count)
    picks.rows.scatter_(1, slot, among.row.int())
    picks.columns.scatter_(1, slot, among.column.int())
    picks.scores.scatter_(1, slot, score.flatten(1).gather(1, among.row * width + among.column))
    picks.valid.scatter_(1, slot, among.picked)
    return BatchedPicks(*(part[:, :count] for part in picks))


def _no_picks(images: int, count: int, device: torch.device) -> BatchedPicks:
    shape = (images, count)
    return BatchedPicks(
        torch.full(shape, -1, dtype=torch.int32, device=device),
        torch.full(shape, -1, dtype=torch.int32, device=device),
        torch.full(shape, -torch.inf, dtype=torch.float32, device=device),
        torch.zeros(shape, dtype=torch.bool, device=device),
    )


def _sweep(
    score: Float32[Tensor, "h w"],
    blocked: Bool[Tensor, "h w"] | None,
    picks: BatchedPicks,
    image: int,
    *,
    reach: int,
    count: int,
) -> None:
    """Write the picks of one image as `select_centres` has them."""
    chosen = select_centres(
        score.cpu().numpy(), reach=reach, count=count, blocked=None if blocked is None else blocked.cpu().numpy()
    )
    fresh = _no_picks(1, count, torch.device("cpu"))
    for place, pick in enumerate(chosen):
        for part, value in zip(fresh, (pick.row, pick.column, pick.score, True), strict=True):
            part[0, place] = value
    for part, values in zip(picks, fresh, strict=True):
        part[image] = values[0]
