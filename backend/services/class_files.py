"""Classes of a project in a JSON file: `[{"class_id": 0, "name": "sky", "color": "#808080", "hotkey": "1"?}, …]`.

The list may also be the value of `"classes"` in an object, beside the project's `"name"`.
"""

import json
from pathlib import Path
from typing import Any

from backend.domain.errors import InvalidSchema


def read(path: Path) -> list[tuple[int, str, str, str | None]]:
    """Rows of (class_id, name, color, hotkey) as `build_schema` takes them, unchecked against each other.

    Raises:
        InvalidSchema: no such file, or it is not as above.
    """
    return [(one["class_id"], one["name"], one["color"], one.get("hotkey")) for one in read_json(path)]


def read_json(path: Path) -> list[dict[str, Any]]:
    """As `read`, for those who send them on as JSON."""
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise InvalidSchema(f"The classes cannot be read from {path}: {error}") from error
    classes = found.get("classes") if isinstance(found, dict) else found
    if not isinstance(classes, list) or not all(_is_row(one) for one in classes):
        raise InvalidSchema(f'{path} does not hold [{{"class_id": 0, "name": "…", "color": "#rrggbb"}}, …].')
    return classes


def _is_row(one: object) -> bool:
    return (
        isinstance(one, dict)
        and isinstance(one.get("class_id"), int)
        and isinstance(one.get("name"), str)
        and isinstance(one.get("color"), str)
    )
