"""Mixing: the student learns on images put together from two, while the labels follow the pixels.

Where a person has answered, nothing is pasted over: few pixels are worth more.

n images, h rows, w columns. A mask is True where the first image shows.
"""

import torch
from jaxtyping import Bool, UInt8
from torch import Generator, Tensor

from models.losses import IGNORE_INDEX


def class_masks(labels: UInt8[Tensor, "n h w"], *, generator: Generator) -> Bool[Tensor, "n h w"]:
    """A random half of the classes of each image, rounded up.

    Source: Olsson et al. 2021, ClassMix, arXiv:2007.07936, section 3.1; pasted from source onto target as in
    Tranheden et al. 2021, DACS, arXiv:2007.08702.
    """
    masks = []
    for label in labels:
        present = torch.unique(label)
        present = present[present != IGNORE_INDEX]
        order = torch.randperm(len(present), generator=generator)
        chosen = present[order[: (len(present) + 1) // 2].to(present.device)]
        masks.append(torch.isin(label, chosen))
    return torch.stack(masks)


def rectangle_masks(*, count: int, height: int, width: int, generator: Generator) -> Bool[Tensor, "n h w"]:
    """A rectangle of half the area for each image, its shape and place at random.

    Source: French et al. 2020, CutMix for semi-supervised segmentation, arXiv:1906.01916, section 3.4.
    """
    masks = torch.zeros(count, height, width, dtype=torch.bool)
    for mask in masks:
        share = 2.0 ** -float(torch.rand((), generator=generator))  # of the height, log-uniform in [1/2, 1]
        rows, columns = round(height * share), round(width * 0.5 / share)
        top = int(torch.randint(0, height - rows + 1, (), generator=generator))
        left = int(torch.randint(0, width - columns + 1, (), generator=generator))
        mask[top : top + rows, left : left + columns] = True
    return masks
