"""The public datasets that can be imported as they come: what their labels mean, by name.

A label file has raw ids of the dataset's own. Each goes through the name of what it stands for to the class of that
name in a project's label schema, whatever its id there (METHOD.md, trap T3). Raw ids that the dataset gives no class,
or one that the schema lacks, become 255; raw ids that the dataset does not have are an error.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backend.domain.errors import InvalidSchema, UnknownClass
from backend.domain.label_schema import IGNORE_INDEX
from backend.domain.protocols import CITYSCAPES_19, plain_name


class DatasetFormat(StrEnum):
    """A dataset whose files lie as its makers give them. What has no such format lies as docs/formats.md says."""

    CITYSCAPES = "cityscapes"
    GTAV = "gtav"
    SYNTHIA = "synthia"  # SYNTHIA-RAND-CITYSCAPES


class LabelEncoding(StrEnum):
    """What the numbers in a label file are."""

    CLASS_IDS = "class_ids"  # the project's own
    LABEL_IDS = "label_ids"  # Cityscapes' labelIds, of which GTAV's palette has the indices, too
    TRAIN_IDS = "train_ids"  # Cityscapes' labelTrainIds
    SYNTHIA = "synthia"  # the first channel of a PNG of 16 bits


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """What a person who lacks a dataset must know.

    Attributes:
        title: its name.
        layout: of its files.
        access: who gives it, and on what terms.
    """

    title: str
    layout: str
    access: str


DATASETS: Final[Mapping[DatasetFormat, Dataset]] = {
    DatasetFormat.CITYSCAPES: Dataset(
        title="Cityscapes",
        layout="leftImg8bit/{train,val}/CITY/*_leftImg8bit.png and gtFine/{train,val}/CITY/*_gtFine_labelIds.png (or "
        "*_gtFine_labelTrainIds.png)",
        access="given by its makers (Cordts et al. 2016) to those who register and accept their terms of use",
    ),
    DatasetFormat.GTAV: Dataset(
        title="GTAV (Playing for Data)",
        layout="images/*.png and labels/*.png of the same names",
        access="given by its makers (Richter et al. 2016), on their terms",
    ),
    DatasetFormat.SYNTHIA: Dataset(
        title="SYNTHIA-RAND-CITYSCAPES",
        layout="RGB/*.png and GT/LABELS/*.png of the same names",
        access="given by its makers (Ros et al. 2016), on their terms",
    ),
}

#: What each dataset's labels are; Cityscapes' may be train ids instead, of the same names.
ENCODINGS: Final[Mapping[DatasetFormat, LabelEncoding]] = {
    DatasetFormat.CITYSCAPES: LabelEncoding.LABEL_IDS,
    DatasetFormat.GTAV: LabelEncoding.LABEL_IDS,
    DatasetFormat.SYNTHIA: LabelEncoding.SYNTHIA,
}

_LABEL_IDS: Final = (7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33)  # of CITYSCAPES_19
_SYNTHIA: Final = {
    1: "sky", 2: "building", 3: "road", 4: "sidewalk", 5: "fence", 6: "vegetation", 7: "pole", 8: "car",
    9: "traffic sign", 10: "person", 11: "bicycle", 12: "motorcycle", 15: "traffic light", 17: "rider", 19: "bus",
    21: "wall",
}  # fmt: skip

#: Name of each raw id that stands for a class. METHOD.md, section 1.1.
CLASS_NAMES: Final[Mapping[LabelEncoding, Mapping[int, str]]] = {
    LabelEncoding.LABEL_IDS: dict(zip(_LABEL_IDS, CITYSCAPES_19, strict=True)),
    LabelEncoding.TRAIN_IDS: dict(enumerate(CITYSCAPES_19)),
    LabelEncoding.SYNTHIA: _SYNTHIA,
}
#: Raw ids that are in order, though none but the above has a class. 255 is also how 8 bits write Cityscapes' -1.
_RAW_IDS: Final[Mapping[LabelEncoding, frozenset[int]]] = {
    LabelEncoding.LABEL_IDS: frozenset(range(35)) | {255},
    LabelEncoding.TRAIN_IDS: frozenset(range(19)) | {255},
    LabelEncoding.SYNTHIA: frozenset(range(23)),
}
_UNKNOWN: Final = -1


def class_table(encoding: LabelEncoding, class_names: Sequence[str]) -> NDArray[np.int16]:
    """The class id of each raw id, int16 of shape (65536,): 255 where there is no class, -1 where there is no such id.

    Args:
        encoding: of the raw ids; not `CLASS_IDS`.
        class_names: of the label schema, in the order of its ids; case, and whether words are joined by spaces, `_` or
            `-`, do not matter.

    Raises:
        InvalidSchema: the schema has none of the dataset's classes.
    """
    class_ids = {plain_name(name): class_id for class_id, name in enumerate(class_names)}
    table = np.full(2**16, _UNKNOWN, dtype=np.int16)
    table[list(_RAW_IDS[encoding])] = IGNORE_INDEX
    names = CLASS_NAMES[encoding]
    for raw_id, name in names.items():
        table[raw_id] = class_ids.get(name, IGNORE_INDEX)
    if not class_ids.keys() & set(names.values()):
        raise InvalidSchema(
            f"The label schema has none of the classes that the dataset has: {', '.join(sorted(names.values()))}. "
            "Name its classes like these, or make the project from a schema that does."
        )
    return table


def to_class_ids(raw: NDArray[np.unsignedinteger], table: NDArray[np.int16], *, name: str) -> NDArray[np.uint8]:
    """Class ids of raw ids, uint8 of the same shape, by a `class_table`.

    Raises:
        UnknownClass: a raw id that the dataset does not have; `name` is of the file.
    """
    found: NDArray[np.int16] = table[raw]
    if (found == _UNKNOWN).any():
        unknown = [int(raw_id) for raw_id in np.unique(raw[found == _UNKNOWN])]
        raise UnknownClass(
            f"{name}: the dataset has no label of the numbers {unknown[:5]}. Was it resized with interpolation, or is "
            "it of another dataset?",
            class_ids=unknown,
        )
    return found.astype(np.uint8)
