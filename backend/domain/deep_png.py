"""Reading PNGs of 16 bits and three channels, of which Pillow's images keep only the high bytes."""

import io
import struct
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from backend.domain.errors import MalformedLabelMap
from backend.domain.image_file import ImageSize, check_image

_SIZE: Final = slice(16, 24)  # where a PNG has its width and height
_KIND: Final = slice(24, 26)  # bits a channel, and the colour type: 2 is RGB


def read_first_channel(data: bytes, *, name: str, size: ImageSize) -> NDArray[np.uint16]:
    """The first channel, uint16 of shape (height, width).

    Args:
        data: the file.
        name: for the error message.
        size: that it must have.

    Raises:
        UnsupportedImage: not an image, or truncated.
        MalformedLabelMap: not an RGB PNG of 16 bits, or of another size.
    """
    if not data.startswith(b"\x89PNG") or data[_KIND] != b"\x10\x02":
        raise MalformedLabelMap(f"{name}: expected an RGB PNG of 16 bits a channel, whose first one has the labels.")
    width, height = struct.unpack(">II", data[_SIZE])
    if (width, height) != (size.width, size.height):
        raise MalformedLabelMap(
            f"{name}: the label map has {width} x {height} pixels, its image {size.width} x {size.height}."
        )
    check_image(data, name=name, max_pixels=width * height)
    high, low = _bytes(data, "RGB;16B"), _bytes(data, "RGB;16L")
    return np.stack([high, low], axis=-1).view(">u2")[..., 0].astype(np.uint16)


def _bytes(data: bytes, order: str) -> NDArray[np.uint8]:
    """One byte of each pixel's first channel: the high one, or the low one if told that low bytes come first."""
    with Image.open(io.BytesIO(data)) as image:
        image.tile = [tile._replace(args=order) for tile in image.tile]
        return np.asarray(image)[..., 0]
