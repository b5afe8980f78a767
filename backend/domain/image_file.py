"""Reading uploaded and imported files: bytes in, checked values out."""

import io
import struct
import zlib
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from backend.domain.errors import MalformedLabelMap, UnknownClass, UnsupportedImage
from backend.domain.label_schema import IGNORE_INDEX

FORMATS: Final = ("JPEG", "PNG", "WEBP", "TIFF", "BMP")

# Our own limit, which is settable, is checked before a pixel is decoded.
Image.MAX_IMAGE_PIXELS = None
_PNG_BITS: Final = 24  # where a PNG says how many bits a channel has
# What Pillow's readers raise at damaged files; it has no root of its own for that.
_DAMAGED: Final = (OSError, ValueError, SyntaxError, EOFError, LookupError, TypeError, struct.error, zlib.error)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageSize:
    width: int
    height: int


def check_image(data: bytes, *, name: str, max_pixels: int) -> ImageSize:
    """Decode an image once, to know that it can be.

    Args:
        data: the file.
        name: for the error message.
        max_pixels: larger images are refused before they are decoded.

    Raises:
        UnsupportedImage: not an image that we read, truncated, or too large.
    """
    image = _open(data, name=name, formats=FORMATS)
    if image.width * image.height > max_pixels:
        raise UnsupportedImage(
            f"{name}: {image.width} x {image.height} pixels are more than the limit of {max_pixels}.",
            width=image.width,
            height=image.height,
        )
    _load(image, name)
    return ImageSize(width=image.width, height=image.height)


def read_image(data: bytes) -> NDArray[np.uint8]:
    """RGB pixels, uint8 of shape (height, width, 3), of a file that `check_image` has passed."""
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


def read_label_map(data: bytes, *, name: str, size: ImageSize, num_classes: int) -> NDArray[np.uint8]:
    """Class ids, uint8 of shape (height, width), 255 where unlabelled.

    The file is a PNG whose palette index, or grey value of 8 bits, is the class id. (Greys of fewer bits are stretched
    by readers, so that an id would become another.)

    Raises:
        UnsupportedImage: not a PNG, or truncated.
        MalformedLabelMap: colours or stretched greys instead of ids, or another size than its image.
        UnknownClass: an id that is neither a class nor 255.
    """
    image = _open(data, name=name, formats=("PNG",))
    bits = data[_PNG_BITS]
    if not (image.mode == "P" or (image.mode == "L" and bits == 8)):
        raise MalformedLabelMap(
            f"{name}: a label map is an 8-bit PNG of class ids (palette or grey); this one has mode {image.mode} of "
            f"{bits} bits."
        )
    if (image.width, image.height) != (size.width, size.height):
        raise MalformedLabelMap(
            f"{name}: the label map has {image.width} x {image.height} pixels, its image {size.width} x {size.height}."
        )
    _load(image, name)
    ids = np.asarray(image, dtype=np.uint8)
    check_class_ids(ids, name=name, num_classes=num_classes)
    return ids


def check_class_ids(ids: NDArray[np.uint8], *, name: str, num_classes: int) -> None:
    """Raise `UnknownClass` where a pixel is neither a class of the schema nor 255."""
    present = np.flatnonzero(np.bincount(ids.ravel(), minlength=256))
    unknown = [int(i) for i in present if i >= num_classes and i != IGNORE_INDEX]
    if unknown:
        hint = " Was it resized with interpolation?" if len(unknown) > 3 else ""
        raise UnknownClass(
            f"{name}: class ids {unknown[:5]} are not in the label schema (0 to {num_classes - 1}, 255 void).{hint}",
            class_ids=unknown,
        )


def write_label_map(ids: NDArray[np.uint8], colors: list[str]) -> bytes:
    """A palette PNG of class ids, for viewers; the index is the id. `colors[i]` is the `#rrggbb` of class i."""
    image = Image.fromarray(ids)
    palette = bytearray(768)
    for class_id, color in enumerate(colors):
        palette[3 * class_id : 3 * class_id + 3] = bytes.fromhex(color[1:])
    image.putpalette(bytes(palette))
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _open(data: bytes, *, name: str, formats: tuple[str, ...]) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data), formats=formats)
    except _DAMAGED as error:
        raise UnsupportedImage(f"{name}: not an image of a known kind ({', '.join(formats)}).") from error


def _load(image: Image.Image, name: str) -> None:
    try:
        image.load()
    except _DAMAGED as error:
        raise UnsupportedImage(f"{name}: the file is damaged or cut short ({error}).") from error
