"""PNGs of 16 bits a channel, of which the first one counts in all its bits."""

import io

import numpy as np
import pytest
from PIL import Image

from backend.domain.deep_png import read_first_channel
from backend.domain.errors import MalformedLabelMap, UnsupportedImage
from backend.domain.image_file import ImageSize
from tests.unit.domain.deep_png_by_hand import encode

SIZE = ImageSize(width=7, height=5)
PIXELS = np.random.default_rng(0).integers(0, 2**16, (5, 7, 3), dtype=np.uint16)


def png(mode: str) -> bytes:
    file = io.BytesIO()
    Image.new(mode, (7, 5)).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize("filters", [[0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [0] * 5])
def test_the_first_channel_is_read_whole_by_every_filter_of_lines(filters):
    read = read_first_channel(encode(PIXELS, filters), name="file", size=SIZE)
    assert read.dtype == np.uint16
    np.testing.assert_array_equal(read, PIXELS[..., 0])


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "I;16", "RGBA"])
def test_another_kind_of_png_is_refused(mode):
    with pytest.raises(MalformedLabelMap, match="expected an RGB PNG of 16 bits"):
        read_first_channel(png(mode), name="file", size=SIZE)


def test_no_png_is_refused():
    with pytest.raises(MalformedLabelMap):
        read_first_channel(b"no image", name="file", size=SIZE)


def test_another_size_than_the_image_is_refused():
    with pytest.raises(MalformedLabelMap, match="7 x 5 pixels, its image 8 x 5"):
        read_first_channel(encode(PIXELS, [0] * 5), name="file", size=ImageSize(width=8, height=5))


def test_a_file_that_was_cut_short_is_refused():
    data = encode(PIXELS, [0] * 5)
    with pytest.raises(UnsupportedImage):
        read_first_channel(data[: len(data) // 2], name="file", size=SIZE)
