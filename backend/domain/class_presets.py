"""Label schemas by name, in Cityscapes' order and colours."""

from collections.abc import Sequence
from typing import Final

from backend.domain.protocols import CITYSCAPES_19, SYNTHIA_16

_COLORS: Final = (
    "#804080", "#f423e8", "#464646", "#66669c", "#be9999", "#999999", "#faaa1e", "#dcdc00", "#6b8e23", "#98fb98",
    "#4682b4", "#dc143c", "#ff0000", "#00008e", "#000046", "#003c64", "#005064", "#0000e6", "#770b20",
)  # fmt: skip
_COLOR_OF: Final = dict(zip(CITYSCAPES_19, _COLORS, strict=True))

ClassRow = tuple[int, str, str, str | None]  # class_id, name, color, hotkey, as `build_schema` takes them


def _rows(names: Sequence[str]) -> tuple[ClassRow, ...]:
    return tuple((class_id, name, _COLOR_OF[name], None) for class_id, name in enumerate(names))


#: The 13 classes of SYNTHIA's mIoU* are an evaluation's only: see `protocols`.
CLASS_PRESETS: Final = {"cityscapes-19": _rows(CITYSCAPES_19), "cityscapes-16": _rows(SYNTHIA_16)}
