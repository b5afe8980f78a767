"""Means over the classes that papers report, found by their names in a project's label schema."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

CITYSCAPES_19: Final = (
    "road", "sidewalk", "building", "wall", "fence", "pole", "traffic light", "traffic sign", "vegetation", "terrain",
    "sky", "person", "rider", "car", "truck", "bus", "train", "motorcycle", "bicycle",
)  # fmt: skip
SYNTHIA_16: Final = tuple(name for name in CITYSCAPES_19 if name not in {"terrain", "truck", "train"})
SYNTHIA_13: Final = tuple(name for name in SYNTHIA_16 if name not in {"wall", "fence", "pole"})

PROTOCOLS: Final = {"cityscapes_19": CITYSCAPES_19, "synthia_16": SYNTHIA_16, "synthia_13": SYNTHIA_13}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolMean:
    """MIoU by one of the protocols.

    Attributes:
        name: one of `PROTOCOLS`.
        num_classes: how many of its classes occur in truth or prediction; the mean is over those.
        miou: in [0, 1]; None where none occurs.
    """

    name: str
    num_classes: int
    miou: float | None


def protocol_means(names: Sequence[str], iou: Sequence[float | None]) -> tuple[ProtocolMean, ...]:
    """Those protocols of which the schema has every class.

    A mean over fewer classes is of the same confusion matrix: pixels of the classes that are left out still count as
    wrong where they are predicted as one of the others.

    Args:
        names: of the classes, in the order of their ids; case, and whether words are joined by spaces, `_` or `-`, do
            not matter.
        iou: of each class; None where it occurs neither in truth nor in prediction.

    Source: METHOD.md, section 1.1. 13 classes are what papers on SYNTHIA call mIoU*.
    """
    by_name = dict(zip(map(plain_name, names), iou, strict=True))
    means = []
    for name, classes in PROTOCOLS.items():
        if not by_name.keys() >= set(classes):
            continue
        present = [value for value in (by_name[wanted] for wanted in classes) if value is not None]
        miou = sum(present) / len(present) if present else None
        means.append(ProtocolMean(name=name, num_classes=len(present), miou=miou))
    return tuple(means)


def plain_name(name: str) -> str:
    """The name of a class without what people write differently: case, and how words are joined."""
    return re.sub(r"[\s_-]+", " ", name.strip()).casefold()
