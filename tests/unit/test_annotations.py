"""jaxtyping is given classes: from Python 3.12 on numpy's NDArray is an alias, which it refuses."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("backend", "worker", "models", "demo", "benchmarks", "migrations", "tests")


def refused(source: str) -> list[int]:
    """The lines with a shape of an NDArray, as in UInt8[NDArray[np.uint8], "h w"]."""
    tree = ast.parse(source)
    shapes = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "jaxtyping"
        for alias in node.names
    }
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple)
        if ast.unparse(node.value) in shapes or ast.unparse(node.value).startswith("jaxtyping.")
        if "NDArray" in ast.unparse(node.slice.elts[0])
    ]


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_shape_is_of_an_ndarray(folder):
    files = sorted((ROOT / folder).rglob("*.py"))
    assert files
    assert [f"{file.relative_to(ROOT)}:{line}" for file in files for line in refused(file.read_text())] == []


@pytest.mark.parametrize(
    ("annotation", "lines"),
    [
        ('UInt8[NDArray[np.uint8], "h w"]', [4]),
        ('UInt8[npt.NDArray[np.uint8], "h w"]', [4]),
        ('Mask[NDArray[np.bool_], "h w"] | None', [4]),
        ('jaxtyping.UInt8[NDArray[np.uint8], "h w"]', [4]),
        ('UInt8[np.ndarray, "h w"]', []),
        ("dict[NDArray[np.uint8], str]", []),
        ("NDArray[np.uint8]", []),
    ],
)
def test_what_is_refused(annotation, lines):
    source = "import jaxtyping\nfrom jaxtyping import Bool as Mask\nfrom jaxtyping import UInt8\n"
    assert refused(f"{source}def picture(of: {annotation}): ...") == lines
