"""Decoded images on the local disk: each is decoded, and brought to the size it is trained at, once a machine.

Files are read through the page cache, so that crops of images larger than memory cost what they touch, and ranks and
rounds share them. Nothing here is needed to go on: the folder may be deleted at any time.
"""

import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import structlog
import torch
from jaxtyping import UInt8
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from backend.domain.image_file import ImageSize, read_image, read_label_map
from backend.storage import BlobStore

log = structlog.get_logger()


class DecodedImages:
    """Images and label maps of blobs, as arrays of a size."""

    def __init__(self, blobs: BlobStore, folder: Path, *, limit_bytes: int) -> None:
        """Keep at most about `limit_bytes` in `folder`; what was not used for longest is deleted first, now."""
        self._blobs = blobs
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        files = sorted(folder.glob("*.npy"), key=lambda file: file.stat().st_mtime)
        used = sum(file.stat().st_size for file in files)
        while files and used > limit_bytes:
            used -= files[0].stat().st_size
            files.pop(0).unlink(missing_ok=True)
        self._left = limit_bytes - used

    def image(self, key: str, *, size: ImageSize) -> UInt8[Tensor, "3 h w"]:
        """RGB pixels, resized to `size` where the file has another."""

        def decode() -> NDArray[np.uint8]:
            pixels = read_image(self._blobs.get(key))
            if pixels.shape[:2] != (size.height, size.width):
                with Image.fromarray(pixels) as whole:
                    pixels = np.asarray(whole.resize((size.width, size.height), Image.Resampling.BICUBIC))
            return np.ascontiguousarray(pixels.transpose(2, 0, 1))

        return torch.from_numpy(self._kept(f"{key}-{size.width}x{size.height}", decode))

    def label_map(
        self, key: str, *, name: str, original: ImageSize, size: ImageSize, num_classes: int
    ) -> UInt8[Tensor, "h w"]:
        """Class ids of a file of the size `original`; brought to `size` by nearest neighbour (METHOD.md, trap T6)."""

        def decode() -> NDArray[np.uint8]:
            ids = read_label_map(self._blobs.get(key), name=name, size=original, num_classes=num_classes)
            return resize_labels(ids, size)

        return torch.from_numpy(self._kept(f"{key}-{size.width}x{size.height}-of-{num_classes}", decode))

    def _kept(self, name: str, decode: Callable[[], NDArray[np.uint8]]) -> NDArray[np.uint8]:
        file = self._folder / f"{name.replace('/', '-')}.npy"
        with suppress(OSError, ValueError):  # not there, deleted meanwhile, or cut short by a machine that died
            array: NDArray[np.uint8] = np.load(file, mmap_mode="c")
            os.utime(file)
            return array
        array = np.require(decode(), requirements="W")  # torch wants to be able to write
        if array.nbytes <= self._left:
            self._left -= array.nbytes
            self._write(file, array)
        return array

    def _write(self, file: Path, array: NDArray[np.uint8]) -> None:
        try:
            with tempfile.NamedTemporaryFile(dir=self._folder, suffix=".part", delete=False) as part:
                np.save(part, array)
            Path(part.name).replace(file)
        except OSError as error:
            self._left = 0  # a full disk: go on without
            log.warning("decoded_image_not_kept", file=file.name, reason=str(error))


def resize_labels(ids: NDArray[np.uint8], size: ImageSize) -> NDArray[np.uint8]:
    """Class ids at another size, by nearest neighbour."""
    if ids.shape == (size.height, size.width):
        return ids
    with Image.fromarray(ids) as whole:
        return np.array(whole.resize((size.width, size.height), Image.Resampling.NEAREST))
