"""Region impurity and mean of the window around every pixel, at a cost that hardly grows with the window."""

from __future__ import annotations  # Triton reads annotations as text, and without it `tl` has nothing to give

import functools
import math
from dataclasses import dataclass
from typing import Final, NamedTuple, no_type_check

import torch
from jaxtyping import Float32, Int64, UInt8
from torch import Tensor

from models.kernels import jit, tl
from models.scoring.windows import FIXED_POINT, MAX_CLASSES, n_log_n

_WORD_BITS: Final = 63  # of an int64, so that a field is never its sign
_LOOK_UP_BITS: Final = 12  # several small counts share a look-up; 2^12 entries of 8 bytes stay in the first cache
_MOST_COUNTS: Final = 4096  # words times columns of a program, which are to fit the registers; then more launches
_PART: Final = 4  # columns side by side that a thread has, and adds up by itself
_ROWS: Final = 64  # a program's; it reads 2k more to begin with
_BLOCKS: Final = (128, 256, 512, 1024, 2048, 4096, 8192)  # columns of a program, those beside its own included
_MAGIC: Final = 3.0  # a float32 near it is a multiple of 2^-22; so are values then, and what four of them differ by


class WindowMaps(NamedTuple):
    """What `fused_window_maps` knows of the window around each pixel.

    Attributes:
        impurity: in [0, 1], unitless, as `models.scoring.region_impurity`.
        mean: of the values, as `models.scoring.window_mean`.
    """

    impurity: Float32[Tensor, "n h w"]
    mean: Float32[Tensor, "n h w"]


@dataclass(frozen=True, slots=True)
class _Packing:
    """How the counts of several classes share one whole number: as fields of as many bits as the largest count has.

    Sums and differences of such numbers are those of all their counts at once, as long as the result fits its fields;
    what overflows on the way cancels out again.
    """

    bits: int  # of a count
    per_word: int  # counts in an int64
    per_look_up: int  # counts that one entry of the table is for
    words: int  # of a launch, a power of two
    launches: int

    @classmethod
    def of(cls, largest: int, classes: int, block: int) -> _Packing:
        bits = largest.bit_length()
        words = -(-classes // (_WORD_BITS // bits))
        launches = -(-words // max(1, _MOST_COUNTS // block))
        per_launch = 1 << (-(-words // launches) - 1).bit_length()
        per_word = -(-classes // (per_launch * launches))
        per_look_up = min(per_word, max(1, _LOOK_UP_BITS // bits))
        return cls(bits, per_word, per_look_up, per_launch, launches)


def fused_window_maps(
    prediction: UInt8[Tensor, "n h w"], values: Float32[Tensor, "n h w"], *, radius: int, num_classes: int
) -> WindowMaps:
    """Region impurity of the predictions and mean of the values, over the window around every pixel.

    A program slides down a strip of the image and keeps, for each column, the counts of every class in the 2k+1 rows
    around it; running sums along the row make windows of them. So a pixel costs the same at any radius, but for the
    2k rows that a strip of 64 begins with, for the 2k columns beside it, and for the room that larger counts take.

    Counts are whole numbers, and n ln n comes from the same fixed-point table as in `models.scoring.region_impurity`,
    so that the impurity equals its result bit for bit: pure windows are exactly 0, and windows with the same counts tie
    exactly. Values are rounded to multiples of 2^-22 (2.4e-7), and their sums are exact then, too: where a strip begins
    does not show, and zeros have the mean zero. NaN makes NaN of means around it, and of more to its right and below.

    Args:
        prediction: class id of each pixel, below `num_classes`. That is not checked, as it would have to
            wait for the device; what is counted where an id is too high is not specified.
        values: in [0, 1], such as entropies.
        radius: k in pixels, at least 0. It may exceed the image.
        num_classes: C, from 2 to 255.

    Raises:
        ValueError: negative radius, too few or too many classes, or windows wider than 8192 pixels less one strip.
        RuntimeError: Triton is missing.
    """
    if radius < 0:
        raise ValueError(f"Expected a radius of at least 0 pixels; got {radius}.")
    if not 2 <= num_classes <= MAX_CLASSES:
        raise ValueError(f"Expected 2 to {MAX_CLASSES} classes; got {num_classes}.")
    images, height, width = prediction.shape
    prediction, values = prediction.contiguous(), values.contiguous()
    maps = WindowMaps(torch.empty_like(values), torch.empty_like(values))
    if prediction.numel() == 0:
        return maps
    reach_y, reach_x = min(radius, height - 1), min(radius, width - 1)  # more reaches nothing more
    block, span, lead = _columns(width, reach_x)
    largest = min(2 * reach_y + 1, height) * min(2 * reach_x + 1, width)
    packing = _Packing.of(largest, num_classes, block)
    table, sizes = _tables(largest, packing.bits, packing.per_look_up, prediction.device)
    totals = maps.mean  # not read or written by a launch that is first and last
    if packing.launches > 1:
        totals = torch.empty(prediction.shape, dtype=torch.int64, device=prediction.device)
    grid = (-(-width // span), -(-height // _ROWS), images)
    with torch.cuda.device_of(prediction):  # type: ignore[no-untyped-call]  # Triton launches on the current one
        for launch in range(packing.launches):
            _window_maps_kernel[grid](
                prediction, values, *maps, totals, table, sizes,
                height, width, reach_y, reach_x, span, lead, launch * packing.words,
                **_constants(packing, num_classes, block, launch), **_options(block),
            )  # fmt: skip
    return maps


def _constants(packing: _Packing, classes: int, block: int, launch: int) -> dict[str, int | float]:
    """What a kernel is compiled for."""
    return {
        "words": packing.words,
        "bits": packing.bits,
        "per_word": packing.per_word,
        "per_look_up": packing.per_look_up,
        "part": _PART,
        "threads": block // _PART,
        "strip": _ROWS,
        "is_first": launch == 0,
        "is_last": launch == packing.launches - 1,
        "scale": FIXED_POINT * math.log(classes),
        "magic": _MAGIC,
    }


def _options(block: int) -> dict[str, int]:
    return {"num_warps": min(8, block // (32 * _PART)), "enable_fp_fusion": False}


def _columns(width: int, reach: int) -> tuple[int, int, int]:
    """Lanes of a program, columns that are its own, and lanes before those: the choice that leaves the fewest idle.

    Lanes before are for the 2k columns that windows reach; where one program has the whole width, half of those lie
    outside the image.
    """
    choices = []
    for block in _BLOCKS:
        if width + reach <= block:
            choices.append((block, block, width, reach))
        elif block > 2 * reach:
            programs = -(-width // (block - 2 * reach))
            choices.append((programs * block, block, -(-width // programs), 2 * reach))
    if not choices:
        raise ValueError(f"Windows of radius {reach} on images {width} pixels wide are too wide for the fused kernel.")
    return min(choices)[1:]


@functools.lru_cache(maxsize=8)
def _tables(
    largest: int, bits: int, per_look_up: int, device: torch.device
) -> tuple[Int64[Tensor, " m"], Int64[Tensor, " n"]]:
    """The sum of n ln n over the counts in an index of `per_look_up` fields, and n ln n alone; in fixed point."""
    single = n_log_n(torch.arange(largest + 1))
    field = torch.arange(1 << bits).clamp_(max=largest)  # no count is larger
    table = single[field]
    for _ in range(per_look_up - 1):
        table = (single[field][:, None] + table).flatten()
    return table.to(device), single.to(device)


@jit
@no_type_check
def _counts(
    labels: tl.tensor, x: tl.tensor, start: tl.tensor, stop: tl.tensor,
    word: tl.tensor, per_word: tl.constexpr, bits: tl.constexpr,
) -> tl.tensor:  # fmt: skip
    """A one in the field of each column's class; nothing outside [start, stop)."""
    there = (x >= start) & (x < stop)
    label = tl.load(labels + x, mask=there, other=0).to(tl.int32)
    one = there.to(tl.int64) << (label % per_word * bits).to(tl.int64)
    return tl.where((label // per_word)[None, :, :] == word, one[None, :, :], 0)


@jit
@no_type_check
def _gain(
    labels: tl.tensor, entering: tl.tensor, leaving: tl.tensor, start: tl.tensor, stop: tl.tensor,
    word: tl.tensor, per_word: tl.constexpr, bits: tl.constexpr,
) -> tl.tensor:  # fmt: skip
    """What each lane's window has more than its left neighbour's, in one row."""
    more = _counts(labels, entering, start, stop, word, per_word, bits)
    return more - _counts(labels, leaving, start, stop, word, per_word, bits)


@jit
@no_type_check
def _rounded(row: tl.tensor, x: tl.tensor, start: tl.tensor, stop: tl.tensor, magic: tl.constexpr) -> tl.tensor:
    """Each column's value as a whole multiple of the quantum; 0 outside [start, stop).

    `magic` is so large that a float32 near it has no room for smaller parts.
    """
    return (tl.load(row + x, mask=(x >= start) & (x < stop), other=0.0) + magic) - magic


@jit
@no_type_check
def _value_gain(
    row: tl.tensor, entering: tl.tensor, leaving: tl.tensor, start: tl.tensor, stop: tl.tensor, magic: tl.constexpr
) -> tl.tensor:
    """The same of the values."""
    return _rounded(row, entering, start, stop, magic) - _rounded(row, leaving, start, stop, magic)


@jit
@no_type_check
def _store(
    row: tl.tensor, values: tl.tensor, first: tl.tensor, lead: tl.tensor, span: tl.tensor, width: tl.tensor
) -> None:
    """Write a row, neighbours by neighbouring threads."""
    in_order = tl.ravel(tl.trans(values))
    lane = tl.arange(0, in_order.shape[0])
    tl.store(row + first + lane, in_order, mask=(lane >= lead) & (lane < lead + span) & (first + lane < width))


@jit
@no_type_check
def _running(gains: tl.tensor) -> tl.tensor:
    """Running sums over all columns: over a thread's own, and then what all threads before it have."""
    own = tl.sum(gains, 1)
    return tl.cumsum(gains, 1) + (tl.cumsum(own, 1) - own)[:, None, :]


@jit
@no_type_check
def _window_maps_kernel(
    prediction: tl.tensor, values: tl.tensor, impurity: tl.tensor, mean: tl.tensor, totals: tl.tensor,
    table: tl.tensor, sizes: tl.tensor,
    height: tl.tensor, width: tl.tensor, reach_y: tl.tensor, reach_x: tl.tensor, span: tl.tensor, lead: tl.tensor,
    first_word: tl.tensor,
    words: tl.constexpr, bits: tl.constexpr, per_word: tl.constexpr, per_look_up: tl.constexpr,
    part: tl.constexpr, threads: tl.constexpr, strip: tl.constexpr, is_first: tl.constexpr, is_last: tl.constexpr,
    scale: tl.constexpr, magic: tl.constexpr,
) -> None:  # fmt: skip
    """One program: `span` columns of `strip` rows. A launch counts `words` words of classes.

    A lane keeps what its window has more than its left neighbour's: the last column of its window less the column
    before the first. What lies left of the program's first window counts as nothing, so that from lane `lead` on the
    running sum is the whole window's.
    """
    image = tl.program_id(2).to(tl.int64) * height * width
    top = tl.program_id(1) * strip
    lanes = tl.arange(0, part)[:, None] + tl.arange(0, threads)[None, :] * part
    lanes = tl.max_contiguous(lanes, (1, 1))  # or Triton would lay neighbours across threads, and move all sums around
    first = tl.program_id(0) * span - lead
    x = first + lanes
    entering = x + reach_x
    leaving = x - reach_x - 1
    start = tl.maximum(tl.program_id(0) * span - reach_x, 0)
    ours = (lanes >= lead) & (lanes < lead + span) & (x < width)
    columns = tl.minimum(x + reach_x, width - 1) - tl.maximum(x - reach_x, 0) + 1
    word = first_word + tl.arange(0, words)[:, None, None]
    look_ups: tl.constexpr = (per_word + per_look_up - 1) // per_look_up
    index_bits: tl.constexpr = bits * per_look_up

    counts = tl.zeros((words, part, threads), tl.int64)
    sums = tl.zeros((1, part, threads), tl.float64)
    for row in range(tl.maximum(top - reach_y - 1, 0), tl.minimum(top + reach_y, height)):
        place = image + row * width
        counts += _gain(prediction + place, entering, leaving, start, width, word, per_word, bits)
        if is_last:
            sums += _value_gain(values + place, entering, leaving, start, width, magic).to(tl.float64)[None, :, :]
    for row in range(top, tl.minimum(top + strip, height)):
        new = image + (row + reach_y) * width
        old = image + (row - reach_y - 1) * width
        below = tl.where(row + reach_y < height, width, 0)  # no column of a row outside the image
        above = tl.where(row > reach_y, width, 0)
        counts += _gain(prediction + new, entering, leaving, start, below, word, per_word, bits)
        counts -= _gain(prediction + old, entering, leaving, start, above, word, per_word, bits)
        if is_last:
            gain = _value_gain(values + new, entering, leaving, start, below, magic)
            gain -= _value_gain(values + old, entering, leaving, start, above, magic)
            sums += gain.to(tl.float64)[None, :, :]
        window = _running(counts)
        total = tl.zeros((part, threads), tl.int64)
        for look_up in tl.static_range(look_ups):
            index = (window >> (look_up * index_bits)) & ((1 << index_bits) - 1)
            total += tl.sum(tl.load(table + index), 0)
        place = image + row * width + x
        if not is_first:
            total += tl.load(totals + place, mask=ours, other=0)
        if is_last:
            rows = tl.minimum(row + reach_y, height - 1) - tl.maximum(row - reach_y, 0) + 1
            size = tl.where(ours, rows * columns, 1)
            left = (tl.load(sizes + size) - total).to(tl.float64)
            nats = left / size.to(tl.float64) / tl.full((part, threads), scale, tl.float64)
            average = tl.sum(_running(sums), 0).to(tl.float32) / size.to(tl.float32)
            _store(impurity + image + row * width, nats.to(tl.float32), first, lead, span, width)
            _store(mean + image + row * width, average, first, lead, span, width)
        else:
            tl.store(totals + place, total, mask=ours)
