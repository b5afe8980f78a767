"""Class, entropy and margin of every pixel, straight from the network's logits at low resolution."""

from __future__ import annotations  # Triton reads annotations as text, and without it `tl` has nothing to give

import math
from typing import Final, NamedTuple, no_type_check

import torch
from jaxtyping import Float, Float32, UInt8
from torch import Tensor

from models.kernels import jit, tl
from models.scoring.windows import MAX_CLASSES

_COLUMNS: Final = 128  # a program's; one a thread, so that a warp stores 128 bytes at a time
_OPTIONS: Final = {"num_warps": 4, "enable_fp_fusion": True}
_STRIDES: Final = (2, 4, 8, 16)
_FLOOR: Final = -1e30  # stands for -inf, which would make NaN of a difference; no logit of a network is near it
_RULED_OUT: Final = -1e25  # the share of one tap is at least 1/32, so that what was mixed with the floor is below this


class FusedMaps(NamedTuple):
    """What `fused_pixel_maps` knows of each pixel.

    Attributes:
        prediction: likeliest class; the lowest id of those that tie.
        entropy: predictive entropy in [0, 1], unitless, as `models.scoring.predictive_entropy`.
        margin: one minus the lead of the first class in [0, 1], unitless, as `models.scoring.margin_uncertainty`.
    """

    prediction: UInt8[Tensor, "n h w"]
    entropy: Float32[Tensor, "n h w"]
    margin: Float32[Tensor, "n h w"]


def fused_pixel_maps(logits: Float[Tensor, "n c h4 w4"], *, height: int, width: int, stride: int = 4) -> FusedMaps:
    """The maps of the logits, upsampled by `stride` and cropped to `height` by `width`, without the upsampled logits.

    Upsampling is bilinear without aligned corners, to exactly (h4 stride, w4 stride), as `models.losses.upsample` does
    it. Each logit is read once; the softmax is kept up class by class, in float32.

    -inf rules a class out wherever one of the four logits around a pixel has it. (PyTorch's own upsampling gives NaN
    in places, as it multiplies -inf by a weight of 0.) Where that leaves no class, all are taken as equal: class 0,
    entropy and margin 1. NaN and +inf among the logits around a pixel make its entropy and its margin NaN.

    Args:
        logits: unnormalised class scores, any float dtype and any memory layout, 2 to 255 classes.
        height: rows of the maps, at most h4 stride.
        width: columns of the maps, at most w4 stride.
        stride: pixels a logit, along either side: 2, 4, 8 or 16.

    Raises:
        ValueError: too few or too many classes, another stride, or more pixels than there are logits for.
        RuntimeError: Triton is missing.
    """
    images, classes, rows, columns = logits.shape
    if not 2 <= classes <= MAX_CLASSES:
        raise ValueError(f"Expected logits of 2 to {MAX_CLASSES} classes; got shape {tuple(logits.shape)}.")
    if stride not in _STRIDES:
        raise ValueError(f"Expected a stride among {_STRIDES}; got {stride}.")
    if not (0 < height <= rows * stride and 0 < width <= columns * stride):
        raise ValueError(
            f"Expected maps of at most {rows * stride} x {columns * stride} pixels; got {height} x {width}."
        )
    shape = (images, height, width)
    maps = FusedMaps(
        torch.empty(shape, dtype=torch.uint8, device=logits.device),
        torch.empty(shape, dtype=torch.float32, device=logits.device),
        torch.empty(shape, dtype=torch.float32, device=logits.device),
    )
    grid = (-(-width // _COLUMNS), (height - 1 + stride // 2) // stride + 1, images)
    with torch.cuda.device_of(logits):  # type: ignore[no-untyped-call]  # Triton launches on the current one
        _pixel_maps_kernel[grid](
            logits, *maps, height, width, rows, columns, *logits.stride(), **_constants(classes, stride), **_OPTIONS
        )  # fmt: skip
    return maps


def _constants(classes: int, stride: int) -> dict[str, int | float]:
    """What a kernel is compiled for."""
    return {
        "classes": classes,
        "stride": stride,
        "block": _COLUMNS,
        "per_nat": 1 / math.log(classes),
        "floor": _FLOOR,
        "ruled_out": _RULED_OUT,
    }


@jit
@no_type_check
def _row_of_logits(
    row: tl.tensor, left: tl.tensor, right: tl.tensor, right_share: tl.tensor, floor: tl.constexpr
) -> tl.tensor:
    """One row of one class, stretched to the columns of pixels."""
    mixed = tl.load(row + left).to(tl.float32) * (1 - right_share) + tl.load(row + right).to(tl.float32) * right_share
    return tl.where(mixed < floor, floor, mixed)[None, :]  # unlike a maximum, this keeps NaN


@jit
@no_type_check
def _pixel_maps_kernel(
    logits: tl.tensor, prediction: tl.tensor, entropy: tl.tensor, margin: tl.tensor,
    height: tl.tensor, width: tl.tensor, rows: tl.tensor, columns: tl.tensor,
    next_image: tl.tensor, next_class: tl.tensor, next_row: tl.tensor, next_column: tl.tensor,
    classes: tl.constexpr, stride: tl.constexpr, block: tl.constexpr, per_nat: tl.constexpr,
    floor: tl.constexpr, ruled_out: tl.constexpr,
) -> None:  # fmt: skip
    """One program: the `stride` rows of pixels between two rows of logits, over `block` columns.

    All of them share their two rows of logits, so a thread reads four logits a class for `stride` pixels. No weight is
    0 or 1 there: pixel r of them lies (r + 1/2) / stride of the way, and at the border both rows are the same one.
    """
    image = tl.program_id(2).to(tl.int64)
    cell = tl.program_id(1)
    within = tl.arange(0, stride)
    y = cell * stride - stride // 2 + within
    down = ((within + 0.5) / stride)[:, None]
    x = tl.program_id(0) * block + tl.arange(0, block)
    shifted = x + stride // 2
    left = tl.minimum(tl.maximum(shifted // stride - 1, 0), columns - 1) * next_column
    right = tl.minimum(shifted // stride, columns - 1) * next_column
    right_share = (shifted % stride + 0.5) / stride
    above = logits + image * next_image + tl.maximum(cell - 1, 0) * next_row
    below = logits + image * next_image + tl.minimum(cell, rows - 1) * next_row

    first = tl.full((stride, block), 2 * floor, tl.float32)  # the highest logit so far, and the next
    second = tl.full((stride, block), 2 * floor, tl.float32)
    label = tl.zeros((stride, block), tl.int32)
    mass = tl.zeros((stride, block), tl.float32)  # sum of exp(logit - first)
    moment = tl.zeros((stride, block), tl.float32)  # sum of exp(logit - first) (logit - first)
    for class_id in tl.range(classes, loop_unroll_factor=2):  # spares a tenth of the instructions
        top = _row_of_logits(above, left, right, right_share, floor)
        bottom = _row_of_logits(below, left, right, right_share, floor)
        above += next_class
        below += next_class
        logit = top + down * (bottom - top)
        gap = logit - first
        leads = gap > 0  # not at a tie: the lowest id stays
        share = tl.exp(-tl.abs(gap))  # the only exponential: of the new logit, or to rescale what there is
        second = tl.maximum(second, tl.minimum(logit, first))
        moment = tl.where(leads, (moment - gap * mass) * share, moment + gap * share)
        mass = tl.where(leads, mass * share + 1, mass + share)
        label = tl.where(leads, class_id, label)
        first = tl.where(leads, logit, first)

    uncertainty = (tl.log(mass) - moment / mass) * per_nat
    uncertainty = tl.where(uncertainty < 0, 0.0, tl.where(uncertainty > 1, 1.0, uncertainty))  # keeps NaN
    flaw = 0 * moment  # NaN where a logit was NaN or +inf
    closeness = 1 - (1 - tl.exp(second - first)) / mass + flaw
    none_left = first < ruled_out
    place = image * height * width + y[:, None] * width + x[None, :]
    inside = (y >= 0)[:, None] & (y < height)[:, None] & (x < width)[None, :]
    tl.store(prediction + place, tl.where(none_left, 0, label).to(tl.uint8), mask=inside)
    tl.store(entropy + place, tl.where(none_left, 1 + flaw, uncertainty), mask=inside)
    tl.store(margin + place, tl.where(none_left, 1 + flaw, closeness), mask=inside)
