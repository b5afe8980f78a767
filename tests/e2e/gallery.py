"""The pictures of every screen, for the documents: docs/screens, made anew by the browser tests under SHOTS=docs."""

import ast
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from tests.factories import ROOT

SCREENS = ROOT / "docs" / "screens"
#: Copies for the README and the guides, at their full size.
DOCUMENTED = {"label-light-1440", "label-dark-1440", "project-light-1440", "inspector-light-1440"}
HEAVY = 90_000  # bytes that no picture may have
COLUMNS = ("light-1440", "dark-1440", "light-900")
HEADINGS = ("light", "dark", "in a small window")


def is_wanted() -> bool:
    return os.environ.get("SHOTS") == "docs"


def keep(shot: Path) -> None:
    """Put a picture among the documents, made small."""
    if not shot.stem.endswith(COLUMNS):
        return  # a size that the index does not show
    SCREENS.mkdir(exist_ok=True)
    with Image.open(shot) as picture:
        picture.convert("RGB").save(_file(shot.stem), "WEBP", quality=80, method=6)
    if shot.stem in DOCUMENTED:
        shutil.copy(shot, ROOT / "docs" / "images" / f"{shot.stem.rsplit('-', 1)[0]}.png")


def _file(picture: str) -> Path:
    return SCREENS / f"{picture}.webp"


def index(pictures: set[str]) -> str:
    """A page of all pictures, a screen a row."""
    names = sorted({re.sub(r"-(light|dark)-\d+$", "", picture) for picture in pictures})
    rows = [f"| `{name}` | {' | '.join(_cell(f'{name}-{column}', pictures) for column in COLUMNS)} |" for name in names]
    return "\n".join(
        [
            "# Screens",
            "",
            "Every screen that the browser tests look at. `SHOTS=docs make test` makes all of this anew.",
            "",
            f"| screen | {' | '.join(HEADINGS)} |",
            f"| --- |{' --- |' * len(COLUMNS)}",
            *rows,
            "",
        ]
    )


def _cell(picture: str, pictures: set[str]) -> str:
    image = f'<img src="{picture}.webp" alt="{picture}" width="260">'
    return f'<a href="{picture}.webp">{image}</a>' if picture in pictures else ""


def pictures() -> set[str]:
    return {path.stem for path in SCREENS.glob("*.webp")}


def write_index() -> None:
    (SCREENS / "README.md").write_text(index(pictures()))


def looked_at() -> set[str]:
    """The pictures that the tests' calls of `look` make, as their sources have them."""
    found: set[str] = set()
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        for name, is_small_too in _looks(ast.parse(path.read_text())):
            found |= {f"{name}-{column}" for column in COLUMNS[: 3 if is_small_too else 2]}
    return found


def _looks(tree: ast.Module) -> Iterator[tuple[str, bool]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "look":
            name = node.args[1] if len(node.args) > 1 else None
            assert isinstance(name, ast.Constant), f"a screen's name must be written out: {ast.unparse(node)}"
            yield str(name.value), any(keyword.arg == "sizes" for keyword in node.keywords)
