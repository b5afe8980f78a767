"""Shapes are said of classes: from Python 3.12 on numpy's NDArray is none, and jaxtyping refuses it.

Looked for in the sources, for the Python that runs this may be one where NDArray still is a class.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = [
    file
    for folder in ("backend", "worker", "models", "demo", "benchmarks", "migrations", "tests")
    for file in sorted((ROOT / folder).rglob("*.py"))
]


def shapes_of_ndarray(source: str) -> Iterator[int]:
    """The lines where a type of jaxtyping takes NDArray, by whatever name it was imported."""
    tree = ast.parse(source)
    imported = {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "numpy.typing"
        for alias in node.names
    }
    for node in ast.walk(tree):
        # A shape is a string; no other subscript has one behind a comma.
        if not (isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple) and len(node.slice.elts) == 2):
            continue
        array, shape = node.slice.elts
        if isinstance(shape, ast.Constant) and isinstance(shape.value, str):
            for part in ast.walk(array):
                name = part.attr if isinstance(part, ast.Attribute) else getattr(part, "id", None)
                if name is not None and imported.get(name, name) == "NDArray":
                    yield node.lineno


def test_no_shape_is_said_of_numpys_alias():
    assert len(SOURCES) > 200
    assert [
        f"{file.relative_to(ROOT)}:{line}" for file in SOURCES for line in shapes_of_ndarray(file.read_text())
    ] == []


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ('mask: Bool[NDArray[np.bool_], "h w"] | None', [1]),
        ('\ndef f(x: jaxtyping.Float32[np.typing.NDArray[np.float32], " n"]) -> None: ...', [2]),
        ('from numpy.typing import NDArray as Array\nx: UInt8[Array[np.uint8] | Tensor, "h w 3"]', [2]),
        ('x: UInt8[np.ndarray, "h w 3"]\ny: NDArray[np.uint8]\nz: dict[str, NDArray[np.uint8]]', []),
    ],
)
def test_the_guard_sees_it_however_it_is_written(source, lines):
    assert list(shapes_of_ndarray(source)) == lines
