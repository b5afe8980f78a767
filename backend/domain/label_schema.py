"""The ordered classes of a project: position in the logits, name, colour and key."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from backend.domain.errors import InvalidSchema

IGNORE_INDEX = 255  # "no supervision here"; never a class id
MAX_CLASSES = 255
MAX_GUIDELINE = 4000  # characters

#: Keys given to classes in this order: digits, then the letter rows of the keyboard, left to right.
CLASS_KEYS = tuple("1234567890qwertyuiopasdfghjklzxcvbnm")
#: Single keys that the labelling page needs for itself.
RESERVED_KEYS = frozenset("bxvu,.+-=?[]")

_COLOR = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelClass:
    """One class of a label schema.

    Attributes:
        class_id: 0…C-1, the position in the logits.
        name: unique within the schema.
        color: `#rrggbb`, lower case, unique within the schema.
        hotkey: one character; unique; not one of `RESERVED_KEYS`. None where the keys have run out.
        guideline: what people are told of the class, at most `MAX_GUIDELINE` characters. It binds nothing else.
    """

    class_id: int
    name: str
    color: str
    hotkey: str | None
    guideline: str = ""


def build_schema(
    classes: Sequence[tuple[int, str, str, str | None]], guidelines: Mapping[int, str] = MappingProxyType({})
) -> tuple[LabelClass, ...]:
    """Validate (class_id, name, color, hotkey) rows and give a free key to each class that has none.

    Args:
        classes: the rows.
        guidelines: by class id; classes that are left out have an empty one.

    Raises:
        InvalidSchema: ids are not 0…C-1, fewer than two classes, a name, colour or key is repeated or unusable, or a
            guideline is too long.
    """
    if not 2 <= len(classes) <= MAX_CLASSES:
        raise InvalidSchema(f"A label schema has 2 to {MAX_CLASSES} classes; got {len(classes)}.")
    rows = sorted(classes, key=lambda row: row[0])
    ids = [row[0] for row in rows]
    if ids != list(range(len(rows))):
        raise InvalidSchema(f"Class ids must be 0 to {len(rows) - 1} without gaps; got {ids}.", class_ids=ids)
    _refuse_repeats("name", [row[1].strip().lower() for row in rows])
    colors = [row[2].lower() for row in rows]
    for color in colors:
        if not _COLOR.fullmatch(color):
            raise InvalidSchema(f"A colour is written #rrggbb; got {color!r}.")
    _refuse_repeats("colour", colors)
    taken = [row[3].lower() for row in rows if row[3]]
    _refuse_repeats("key", taken)
    for key in taken:
        if len(key) != 1 or not key.isprintable() or key.isspace() or key in RESERVED_KEYS:
            reserved = ", ".join(sorted(RESERVED_KEYS))
            raise InvalidSchema(f"{key!r} cannot be a class key; use one character that is not {reserved}.")
    for row in rows:
        if len(guidelines.get(row[0], "")) > MAX_GUIDELINE:
            raise InvalidSchema(f"A guideline has at most {MAX_GUIDELINE} characters; that of {row[1]!r} has more.")
    free = iter([key for key in CLASS_KEYS if key not in taken and key not in RESERVED_KEYS])
    return tuple(
        LabelClass(
            class_id=class_id,
            name=name.strip(),
            color=color.lower(),
            hotkey=hotkey.lower() if hotkey else next(free, None),
            guideline=guidelines.get(class_id, ""),
        )
        for class_id, name, color, hotkey in rows
    )


def _refuse_repeats(what: str, values: Sequence[str]) -> None:
    repeated = sorted({value for value in values if values.count(value) > 1})
    if repeated:
        raise InvalidSchema(f"Each class needs its own {what}; repeated: {', '.join(repeated)}.", repeated=repeated)
    if any(not value for value in values):
        raise InvalidSchema(f"A class has an empty {what}.")
