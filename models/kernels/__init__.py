"""Scoring on a GPU in two Triton kernels; the PyTorch functions of `models.scoring` are their oracle.

Triton is looked for when this package is imported and missed only when a kernel is launched, so that the rest of the
code imports where there is none.

Shape letters: n images, c classes, h rows, w columns; h4 and w4 those of the network's logits.
"""

import importlib
from collections.abc import Callable
from typing import Any

triton: Any
tl: Any
try:
    triton, tl = importlib.import_module("triton"), importlib.import_module("triton.language")
except ModuleNotFoundError:  # PyTorch's builds for the CPU come without it
    triton = tl = None


class _Missing:
    """In the place of a kernel where Triton is not installed."""

    def __getitem__(self, grid: object) -> Callable[..., None]:
        raise RuntimeError(
            "The fused scoring needs Triton, which PyTorch's CUDA builds install; models.scoring runs without it."
        )


def jit(kernel: Callable[..., None]) -> Any:
    """The kernel compiled by Triton at its first launch, or one that cannot be launched."""
    return _Missing() if triton is None else triton.jit(kernel)
