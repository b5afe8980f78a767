"""Maps as PNG, for people."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def grey_picture(values: NDArray[np.float32], *, peak: float) -> bytes:
    """A grey PNG: 0 is black, `peak` is white."""
    scaled = np.clip(values / peak, 0, 1) if peak > 0 else np.zeros_like(values)
    buffer = io.BytesIO()
    Image.fromarray(np.round(255 * scaled).astype(np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()
