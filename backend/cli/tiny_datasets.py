"""Tiny streets in the layouts of public datasets, to run a recipe on without any of them."""

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from backend.domain.class_presets import CLASS_PRESETS
from backend.domain.dataset_formats import CLASS_NAMES, ENCODINGS, DatasetFormat
from backend.domain.image_file import write_label_map

#: Columns and rows of the real images. METHOD.md, section 1.
SIZES: Final = {
    DatasetFormat.CITYSCAPES: (2048, 1024),
    DatasetFormat.GTAV: (1914, 1052),
    DatasetFormat.SYNTHIA: (1280, 760),
}
CITIES: Final = ("aachen", "bochum", "zurich")
VAL_CITY: Final = "frankfurt"
VOID: Final = 0  # in all of the datasets
NOISE: Final = 25.0  # of 255
#: What each dataset's pictures are tinted by: domains must differ in looks.
TINTS: Final = {
    DatasetFormat.CITYSCAPES: (0.7, 0.8, 0.7),
    DatasetFormat.GTAV: (1.0, 1.0, 1.0),
    DatasetFormat.SYNTHIA: (1.0, 0.9, 0.8),
}
_COLORS: Final = {name: color for _, name, color, _ in CLASS_PRESETS["cityscapes-19"]}
_BACKGROUND: Final = ("sky", "building", "vegetation", "sidewalk", "road")  # from top to bottom


def write_dataset(root: Path, dataset_format: DatasetFormat, *, train: int, val: int, shrink: int) -> None:
    """Write images with their labels; the same at every call.

    Args:
        root: of the dataset; made if need be.
        dataset_format: which one.
        train: images of the train split.
        val: images of the val split, of Cityscapes only.
        shrink: images have the dataset's sides divided by it, rounded up.
    """
    generator = np.random.default_rng(0)
    columns, rows = (-(-side // shrink) for side in SIZES[dataset_format])
    for image, label in _files(root, dataset_format, train=train, val=val):
        raw = _street(dataset_format, rows, columns, generator)
        for file in (image, label):
            file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(_picture(dataset_format, raw, generator)).save(image)
        label.write_bytes(_deep_png(raw) if dataset_format is DatasetFormat.SYNTHIA else _palette_png(raw))


def _files(root: Path, dataset_format: DatasetFormat, *, train: int, val: int) -> Iterator[tuple[Path, Path]]:
    for number in range(train):
        match dataset_format:
            case DatasetFormat.CITYSCAPES:
                yield _cityscapes(root, "train", CITIES[number % len(CITIES)], number)
            case DatasetFormat.GTAV:
                yield root / "images" / f"{number:05}.png", root / "labels" / f"{number:05}.png"
            case DatasetFormat.SYNTHIA:
                yield root / "RGB" / f"{number:07}.png", root / "GT" / "LABELS" / f"{number:07}.png"
    for number in range(val if dataset_format is DatasetFormat.CITYSCAPES else 0):
        yield _cityscapes(root, "val", VAL_CITY, number)


def _cityscapes(root: Path, split: str, city: str, number: int) -> tuple[Path, Path]:
    name = f"{city}_{number:06}_000019"
    return (
        root / "leftImg8bit" / split / city / f"{name}_leftImg8bit.png",
        root / "gtFine" / split / city / f"{name}_gtFine_labelIds.png",
    )


def _street(
    dataset_format: DatasetFormat, rows: int, columns: int, generator: np.random.Generator
) -> NDArray[np.uint8]:
    """Raw ids: bands of background, a thing of every other class, and some void."""
    raw_ids = {name: raw_id for raw_id, name in CLASS_NAMES[ENCODINGS[dataset_format]].items()}
    borders = np.linspace(0, rows, len(_BACKGROUND) + 1).astype(int)
    raw = np.empty((rows, columns), dtype=np.uint8)
    for name, top, bottom in zip(_BACKGROUND, borders, borders[1:], strict=False):
        raw[top:bottom] = raw_ids[name]
    things = [raw_id for name, raw_id in raw_ids.items() if name not in _BACKGROUND]
    for raw_id in (*things, VOID):
        height, width = generator.integers(4, rows // 4), generator.integers(4, columns // 4)
        top, left = generator.integers(0, rows - height), generator.integers(0, columns - width)
        raw[top : top + height, left : left + width] = raw_id
    return raw


def _picture(
    dataset_format: DatasetFormat, raw: NDArray[np.uint8], generator: np.random.Generator
) -> NDArray[np.uint8]:
    colors = np.zeros((256, 3))
    for raw_id, name in CLASS_NAMES[ENCODINGS[dataset_format]].items():
        colors[raw_id] = list(bytes.fromhex(_COLORS[name][1:]))
    noisy = colors[raw] * TINTS[dataset_format] + generator.normal(0, NOISE, (*raw.shape, 3))
    return noisy.clip(0, 255).astype(np.uint8)


def _palette_png(raw: NDArray[np.uint8]) -> bytes:
    names = CLASS_NAMES[ENCODINGS[DatasetFormat.GTAV]]
    last = max(names)
    return write_label_map(
        raw, [_COLORS[names[raw_id]] if raw_id in names else "#000000" for raw_id in range(last + 1)]
    )


def _deep_png(raw: NDArray[np.uint8]) -> bytes:
    """An RGB PNG of 16 bits: the class, the number of a thing, and nothing."""
    rows, columns = raw.shape
    channels = np.zeros((rows, columns, 3), dtype=">u2")
    channels[..., 0] = raw
    channels[..., 1] = np.arange(columns) * 7
    lines = np.concatenate([np.zeros((rows, 1), np.uint8), channels.view(np.uint8).reshape(rows, -1)], axis=1)
    header = struct.pack(">IIBBBBB", columns, rows, 16, 2, 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(lines.tobytes())), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
