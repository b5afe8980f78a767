"""Reading uploaded and imported files: bytes in, checked values out."""

import io
import warnings
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from backend.domain.errors import MalformedLabelMap, UnknownClass, UnsupportedImage
from backend.domain.label_schema import IGNORE_INDEX

FORMATS: Final = ("JPEG", "PNG", "WEBP", "TIFF", "BMP")


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
    image = _open(data, name=name, max_pixels=max_pixels)
    _load(image, name)
    return ImageSize(width=image.width, height=image.height)


def read_image(data: bytes) -> NDArray[np.uint8]:
    """RGB pixels, uint8 of shape (height, width, 3), of a file that `check_image` has passed."""
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


def read_label_map(data: bytes, *, name: str, size: ImageSize, num_classes: int) -> NDArray[np.uint8]:
    """Class ids, uint8 of shape (height, width), 255 where unlabelled.

    The file is an 8-bit PNG whose palette index or grey value is the class id.

    Raises:
        UnsupportedImage: not a PNG, or truncated.
        MalformedLabelMap: colours instead of ids, or another size than its image.
        UnknownClass: an id that is neither a class nor 255.
    """
    image = _open(data, name=name, max_pixels=size.width * size.height + 1, formats=("PNG",))
    if image.mode not in ("L", "P", "1"):
        raise MalformedLabelMap(
            f"{name}: a label map is an 8-bit PNG of class ids (palette or grey); this one has mode {image.mode}."
        )
    if (image.width, image.height) != (size.width, size.height):
        raise MalformedLabelMap(
            f"{name}: the label map has {image.width} x {image.height} pixels, its image {size.width} x {size.height}."
        )
    _load(image, name)
    ids = np.asarray(image.convert("L") if image.mode == "1" else image, dtype=np.uint8)
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


def _open(data: bytes, *, name: str, max_pixels: int, formats: tuple[str, ...] = FORMATS) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data), formats=formats)
    except Image.DecompressionBombError as error:
        raise UnsupportedImage(f"{name}: too many pixels.") from error
    except (OSError, ValueError, SyntaxError) as error:
        raise UnsupportedImage(f"{name}: not an image of a known kind ({', '.join(formats)}).") from error
    if image.width * image.height > max_pixels:
        raise UnsupportedImage(
            f"{name}: {image.width} x {image.height} pixels are more than the limit of {max_pixels}.",
            width=image.width,
            height=image.height,
        )
    return image


def _load(image: Image.Image, name: str) -> None:
    try:
        image.load()
    except (OSError, ValueError, SyntaxError) as error:
        raise UnsupportedImage(f"{name}: the file is damaged or cut short ({error}).") from error
