"""Mixing: the student learns on images put together from two, while the labels follow the pixels.

A mask says where the donor shows; `paste` applies it to all that belongs to a crop. Where a person has answered,
nothing is pasted over: few pixels are worth more.

Every crop has a generator of its own, on the CPU, and takes as many draws whatever its labels show. So a crop gets the
same mask whichever process works on it, and only `adaptive_rectangles` waits for the device.

n crops, h rows, w columns, c classes.
"""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Bool, Float, Shaped, UInt8
from numpy.typing import NDArray
from skimage.measure import label as connected_components
from torch import Generator, Tensor

from models.losses import IGNORE_INDEX

PRESENCE = 0.01  # share of a crop from which on it shows a class; AEL
COMPONENT = 0.005  # share of a crop above which a connected component is worth its rectangle; AEL


def partners(count: int) -> list[int]:
    """The donor of each crop of a batch: 0 and 1 give to each other, 2 and 3, and so on.

    The last of an odd count is its own donor, and so stays as it is. Processes that share a batch hold an even number
    of crops each, or their last ones find no partner.
    """
    return [index ^ 1 if index ^ 1 < count else index for index in range(count)]


def paste(
    under: Sequence[Shaped[Tensor, "n ... h w"]],
    over: Sequence[Shaped[Tensor, "n ... h w"]],
    mask: Bool[Tensor, "n h w"],
    *,
    answered: Bool[Tensor, "n h w"],
) -> list[Shaped[Tensor, "n ... h w"]]:
    """Crops with those pixels of their donors that `mask` says, in every plane alike.

    Give all that belongs to a crop at once: image, label map, where people have answered, weights.

    Args:
        under: planes of the crops, (n, h, w) or (n, k, h, w).
        over: the same planes of the donors.
        mask: True where the donor shows.
        answered: True where a person has spoken in the crops; there the crop shows, whatever the mask says.
    """
    shown = mask & ~answered
    return [
        torch.where(shown[:, None] if below.ndim == 4 else shown, above, below)
        for below, above in zip(under, over, strict=True)
    ]


def class_masks(labels: UInt8[Tensor, "n h w"], *, generators: Sequence[Generator]) -> Bool[Tensor, "n h w"]:
    """ClassMix: all pixels of a random half of the classes that each donor shows, rounded up.

    Args:
        labels: of the donors: class ids, 255 without. Void is in no mask.
        generators: one a crop.

    Source: Olsson et al. 2021, ClassMix, arXiv:2007.07936, section 3.1; pasted from source onto target as in
    Tranheden et al. 2021, DACS, arXiv:2007.08702.
    """
    keys = _uniforms(generators, IGNORE_INDEX + 1).to(labels.device, non_blocking=True)
    found = labels.flatten(1).long()
    present = torch.zeros_like(keys, dtype=torch.bool).scatter_(1, found, value=True)
    present[:, IGNORE_INDEX] = False
    order = keys.masked_fill(~present, torch.inf).argsort(dim=1).argsort(dim=1)
    half = (present.sum(dim=1, keepdim=True) + 1) // 2
    return (order < half).gather(1, found).view_as(labels)


def rectangle_masks(
    *, height: int, width: int, device: torch.device, generators: Sequence[Generator]
) -> Bool[Tensor, "n h w"]:
    """CutMix: a rectangle of half the area for each crop, its shape and place at random.

    Args:
        height: of the crops, pixels.
        width: of the crops, pixels.
        device: where the masks go.
        generators: one a crop.

    Source: French et al. 2020, CutMix for semi-supervised segmentation, arXiv:1906.01916, section 3.4.
    """
    boxes = [_half(height, width, draws) for draws in _uniforms(generators, 3).tolist()]
    return _inside(boxes, height, width, device)


def adaptive_rectangles(
    labels: UInt8[Tensor, "n h w"], kappa: Float[Tensor, " c"], *, generators: Sequence[Generator]
) -> Bool[Tensor, "n h w"]:
    r"""Adaptive CutMix: a rectangle around a thing of a class that the student knows badly.

    Of the classes that cover at least 1 % of the donor one is drawn,

    .. math:: P(c) \propto \exp(1 - \kappa_c),

    and of its connected components larger than 0.5 % of the crop one, all as likely; the rectangle is its bounding
    box. Pixels that touch at a corner are connected. Where there is no such class or component the rectangle is one of
    `rectangle_masks`. AEL draws the class first and then, from a bank over the whole pool, a donor that shows it; here
    the donor is given, for what to load is the data's matter.

    Args:
        labels: what is taught on the donors: class ids below c, 255 without.
        kappa: of the confidence bank.
        generators: one a crop.

    Source: Hu et al. 2021, AEL, arXiv:2110.05474, adaptive CutMix.
    """
    _, height, width = labels.shape
    likely = np.exp(1 - kappa.double().cpu().numpy())
    boxes = []
    for planes, draws in zip(labels.cpu().numpy(), _uniforms(generators, 5).tolist(), strict=True):
        counts = np.bincount(planes.ravel(), minlength=IGNORE_INDEX + 1)[: len(likely)]
        weights = np.where(counts >= PRESENCE * planes.size, likely, 0.0)
        box = _thing(planes == _drawn(weights, draws[0]), draws[1]) if weights.any() else None
        boxes.append(box or _half(height, width, draws[2:]))
    return _inside(boxes, height, width, labels.device)


def copy_paste_masks(
    labels: UInt8[Tensor, "n h w"],
    kappa: Float[Tensor, " c"],
    *,
    generators: Sequence[Generator],
    background: frozenset[int],
    draws: int = 3,
    probability: float = 0.5,
) -> Bool[Tensor, "n h w"]:
    r"""Adaptive Copy-Paste: all pixels of some classes that the student knows badly.

    Classes are drawn with replacement among all that are no background, shown or not:

    .. math:: P(c) \propto \exp \sqrt{1 - \kappa_c}

    AEL draws once for a whole batch, and rescales the donor by 0.1 to 2. Here each crop has draws of its own, and the
    donor stays as it is: every crop has been scaled already, and a second resampling would blur what it pastes.

    Args:
        labels: of the donors: class ids, 255 without. Void is in no mask.
        kappa: of the confidence bank, in [0, 1].
        generators: one a crop.
        background: classes that are never pasted, such as road and sky: they fill the image and hide all else.
        draws: classes drawn a crop.
        probability: of pasting at all, a crop.

    Source: Hu et al. 2021, AEL, arXiv:2110.05474, adaptive Copy-Paste.
    """
    device = labels.device
    uniforms = _uniforms(generators, draws + 1).to(device, non_blocking=True)
    allowed = torch.tensor([class_id not in background for class_id in range(len(kappa))])
    edges = ((1 - kappa.double()).sqrt().exp() * allowed.to(device, non_blocking=True)).cumsum(0)
    drawn = torch.searchsorted(edges, uniforms[:, 1:] * edges[-1:], right=True)
    chosen = torch.zeros(len(labels), IGNORE_INDEX + 1, dtype=torch.bool, device=device).scatter_(1, drawn, value=True)
    chosen &= uniforms[:, :1] < probability
    chosen[:, len(kappa) :] = False  # one past the last class is drawn where all are background
    return chosen.gather(1, labels.flatten(1).long()).view_as(labels)


def _uniforms(generators: Sequence[Generator], count: int) -> Float[Tensor, "n count"]:
    """`count` draws of each generator in [0, 1), in double, so that a product with a total stays below it."""
    return torch.stack([torch.rand(count, generator=generator, dtype=torch.float64) for generator in generators])


def _drawn(weights: NDArray[np.float64], uniform: float) -> int:
    """An index with a probability in proportion to its weight."""
    edges = np.cumsum(weights)
    return int(np.searchsorted(edges, uniform * edges[-1], side="right"))


def _half(height: int, width: int, draws: Sequence[float]) -> tuple[int, int, int, int]:
    """Top, left, bottom and right of a rectangle of half the area."""
    share = 2.0 ** -draws[0]  # of the height, log-uniform in [1/2, 1]
    rows, columns = round(height * share), round(width * 0.5 / share)
    top, left = int(draws[1] * (height - rows + 1)), int(draws[2] * (width - columns + 1))
    return top, left, top + rows, left + columns


def _thing(plane: NDArray[np.bool_], uniform: float) -> tuple[int, int, int, int] | None:
    """Top, left, bottom and right of one of the components that are large enough, if there are any."""
    components: NDArray[np.intp] = connected_components(plane, connectivity=2)  # type: ignore[no-untyped-call]
    areas = np.bincount(components.ravel())
    areas[0] = 0
    large = np.flatnonzero(areas > COMPONENT * plane.size)
    if not len(large):
        return None
    rows, columns = np.nonzero(components == large[int(uniform * len(large))])
    return int(rows.min()), int(columns.min()), int(rows.max()) + 1, int(columns.max()) + 1


def _inside(
    boxes: Sequence[tuple[int, int, int, int]], height: int, width: int, device: torch.device
) -> Bool[Tensor, "n h w"]:
    top, left, bottom, right = torch.tensor(boxes).T[..., None].to(device, non_blocking=True).unbind()
    rows, columns = torch.arange(height, device=device), torch.arange(width, device=device)
    return ((top <= rows) & (rows < bottom))[:, :, None] & ((left <= columns) & (columns < right))[:, None, :]
