"""Decoded images: the file is decoded once, a limit is kept, and nothing there is needed to go on."""

import os

import numpy as np
import pytest
from obstore.store import MemoryStore

from backend.domain.image_file import ImageSize
from backend.storage import BlobStore
from tests.factories import png
from worker import decoded as module
from worker.decoded import DecodedImages

SIZE = ImageSize(width=6, height=4)
PIXELS = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3)


@pytest.fixture
def blobs() -> BlobStore:
    return BlobStore(MemoryStore())


@pytest.fixture
def decodes(monkeypatch) -> list[int]:
    """Grows by one whenever a file is decoded."""
    seen: list[int] = []
    real = module.read_image
    monkeypatch.setattr(module, "read_image", lambda data: seen.append(1) or real(data))
    return seen


def test_an_image_is_decoded_once_for_all_that_ask(blobs, decodes, tmp_path):
    key = blobs.put(png(PIXELS))
    for _ in range(2):
        images = DecodedImages(blobs, tmp_path, limit_bytes=10**6)
        for _ in range(2):
            assert (images.image(key, size=SIZE).numpy() == PIXELS.transpose(2, 0, 1)).all()
    assert len(decodes) == 1


def test_what_is_read_may_be_written_to_without_harm(blobs, tmp_path):
    key = blobs.put(png(PIXELS))
    images = DecodedImages(blobs, tmp_path, limit_bytes=10**6)
    images.image(key, size=SIZE)
    images.image(key, size=SIZE).zero_()
    assert images.image(key, size=SIZE).numpy().any()


def test_label_maps_keep_their_ids_at_every_size(blobs, tmp_path):
    ids = np.tile(np.array([[0, 2], [2, 255]], np.uint8), (4, 4))
    key = blobs.put(png(ids))
    images = DecodedImages(blobs, tmp_path, limit_bytes=10**6)
    original = ImageSize(width=8, height=8)
    small = images.label_map(key, name="x", original=original, size=ImageSize(width=5, height=3), num_classes=3)
    assert small.shape == (3, 5)
    assert set(small.unique().tolist()) <= {0, 2, 255}
    whole = images.label_map(key, name="x", original=original, size=original, num_classes=3)
    assert (whole.numpy() == ids).all()


def test_beyond_the_limit_nothing_is_kept_and_all_is_read(blobs, decodes, tmp_path):
    key = blobs.put(png(PIXELS))
    images = DecodedImages(blobs, tmp_path, limit_bytes=PIXELS.nbytes - 1)
    for _ in range(2):
        assert (images.image(key, size=SIZE).numpy() == PIXELS.transpose(2, 0, 1)).all()
    assert len(decodes) == 2
    assert list(tmp_path.iterdir()) == []


def test_what_was_not_used_for_longest_is_deleted_first(blobs, tmp_path):
    keys = [blobs.put(png(PIXELS + value)) for value in range(3)]
    images = DecodedImages(blobs, tmp_path, limit_bytes=10**6)
    for age, key in enumerate(keys):
        images.image(key, size=SIZE)
        newest = max(tmp_path.iterdir(), key=lambda file: file.stat().st_ctime_ns)
        os.utime(newest, (1000 + age, 1000 + age))
    images.image(keys[0], size=SIZE)  # used again: now the youngest
    size = next(tmp_path.iterdir()).stat().st_size
    DecodedImages(blobs, tmp_path, limit_bytes=size)
    assert len(list(tmp_path.iterdir())) == 1
    assert keys[0] in next(tmp_path.iterdir()).name


def test_a_file_that_was_cut_short_is_decoded_again(blobs, decodes, tmp_path):
    key = blobs.put(png(PIXELS))
    images = DecodedImages(blobs, tmp_path, limit_bytes=10**6)
    images.image(key, size=SIZE)
    file = next(tmp_path.iterdir())
    file.write_bytes(file.read_bytes()[:-5])
    assert (images.image(key, size=SIZE).numpy() == PIXELS.transpose(2, 0, 1)).all()
    assert len(decodes) == 2


def test_a_folder_that_cannot_be_written_to_is_done_without(blobs, tmp_path, monkeypatch):
    key = blobs.put(png(PIXELS))
    images = DecodedImages(blobs, tmp_path, limit_bytes=10**6)

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.np, "save", full)
    for _ in range(2):
        assert (images.image(key, size=SIZE).numpy() == PIXELS.transpose(2, 0, 1)).all()
