"""Files that people send: what is read is what was in them, and what cannot be used is refused."""

import io
from contextlib import suppress

import numpy as np
import pytest
from PIL import Image as Pillow

from backend.domain.errors import MalformedLabelMap, UnknownClass, UnsupportedImage
from backend.domain.image_file import ImageSize, check_image, read_image, read_label_map, write_label_map

IDS = np.array([[0, 1, 2], [10, 255, 0]], dtype=np.uint8)
SIZE = ImageSize(width=3, height=2)


def encoded(image: Pillow.Image, kind: str = "PNG", **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def grey(ids: np.ndarray = IDS) -> Pillow.Image:
    return Pillow.fromarray(ids)


def read(data: bytes, *, size: ImageSize = SIZE, num_classes: int = 11) -> np.ndarray:
    return read_label_map(data, name="street.png", size=size, num_classes=num_classes)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "BMP"])
def test_the_usual_formats_are_images(kind):
    data = encoded(Pillow.new("RGB", (5, 4), (10, 200, 30)), kind)
    assert check_image(data, name="x", max_pixels=20) == ImageSize(width=5, height=4)
    pixels = read_image(data)
    assert (pixels.shape, pixels.dtype) == ((4, 5, 3), np.uint8)
    assert np.abs(pixels.astype(int) - (10, 200, 30)).max() <= 4  # JPEG and WebP lose a little


def test_an_image_of_more_pixels_than_allowed_is_refused_undecoded():
    bomb = encoded(Pillow.new("1", (8001, 8000)))
    assert len(bomb) < 100_000
    with pytest.raises(UnsupportedImage, match="8001 x 8000 pixels are more than the limit of 64000000") as caught:
        check_image(bomb, name="bomb.png", max_pixels=64_000_000)
    assert caught.value.context == {"width": 8001, "height": 8000}
    check_image(encoded(Pillow.new("RGB", (5, 4))), name="x", max_pixels=20)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")  # Pillow, of a TIFF, before it fails
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "BMP"])
def test_an_image_cut_short_anywhere_is_refused(kind):
    noise = np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    data = encoded(Pillow.fromarray(noise), kind)
    for length in (0, 1, 8, 20, len(data) // 2, int(len(data) * 0.9)):
        with pytest.raises(UnsupportedImage, match=r"photo"):
            check_image(data[:length], name="photo", max_pixels=10_000)


@pytest.mark.parametrize("data", [b"", b"hello", b"\x89PNG\r\n\x1a\n", b"GIF89a" + bytes(40), b"<svg/>" * 20])
def test_what_is_no_image_is_refused(data):
    with pytest.raises(UnsupportedImage, match="not an image of a known kind"):
        check_image(data, name="notes.txt", max_pixels=100)


def test_a_png_with_a_damaged_chunk_is_refused():
    data = bytearray(encoded(grey()))
    data[data.index(b"IDAT") + 6] ^= 0xFF
    with pytest.raises(UnsupportedImage):
        read(bytes(data))


def test_ids_are_read_from_grey_and_from_palette():
    palette = grey().convert("L").copy()
    palette.putpalette([value for index in range(256) for value in (255 - index, 0, index)])
    assert palette.mode == "P"
    for image in (grey(), palette):
        assert np.array_equal(read(encoded(image)), IDS)


def test_a_palette_of_few_bits_keeps_its_ids():
    image = Pillow.new("P", (3, 2), 1)
    image.putpalette([0, 0, 0, 255, 255, 255])
    assert read(encoded(image, bits=1), num_classes=2).tolist() == [[1, 1, 1], [1, 1, 1]]


def test_greys_that_readers_stretch_are_refused():
    """An id of 1 in one bit would be read as 255: void."""
    with pytest.raises(MalformedLabelMap, match="8-bit PNG"):
        read(encoded(Pillow.new("1", (3, 2), 1)), num_classes=2)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "I;16"])
def test_colours_instead_of_ids_are_refused(mode):
    with pytest.raises(MalformedLabelMap, match="8-bit PNG of class ids"):
        read(encoded(Pillow.new(mode, (3, 2))))


def test_a_label_map_that_is_a_jpeg_is_refused():
    with pytest.raises(UnsupportedImage, match="PNG"):
        read(encoded(grey(), "JPEG"))


@pytest.mark.parametrize("size", [ImageSize(width=2, height=3), ImageSize(width=3, height=3)])
def test_a_label_map_of_another_size_is_refused(size):
    with pytest.raises(MalformedLabelMap, match=rf"3 x 2 pixels, its image {size.width} x {size.height}"):
        read(encoded(grey()), size=size)


def test_an_id_beyond_the_schema_is_named_and_void_is_none():
    with pytest.raises(UnknownClass, match=r"class ids \[10\] are not in the label schema \(0 to 9") as caught:
        read(encoded(grey()), num_classes=10)
    assert caught.value.context == {"class_ids": [10]}
    assert "interpolation" not in caught.value.message


def test_a_label_map_that_was_resized_with_interpolation_is_guessed_as_such():
    ids = np.triu(np.full((40, 40), 255, dtype=np.uint8))
    smooth = grey(ids).resize((25, 25), Pillow.Resampling.BICUBIC)
    assert len(np.unique(np.asarray(smooth))) > 5
    with pytest.raises(UnknownClass, match="resized with interpolation"):
        read(encoded(smooth), size=ImageSize(width=25, height=25))


def test_a_written_label_map_is_read_again_and_shows_its_colours():
    colors = [f"#{number:02x}80{255 - number:02x}" for number in range(11)]
    data = write_label_map(IDS, colors)
    assert np.array_equal(read(data), IDS)
    shown = np.asarray(Pillow.open(io.BytesIO(data)).convert("RGB"))
    assert shown[0].tolist() == [[0, 128, 255], [1, 128, 254], [2, 128, 253]]
    assert shown[1, 0].tolist() == [10, 128, 245]


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow, of odd metadata in a file that it reads all the same
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "BMP"])
def test_a_file_with_damaged_bytes_is_read_or_refused_and_never_a_crash(kind):
    random = np.random.default_rng(3)
    noise = random.integers(0, 256, (24, 24, 3), dtype=np.uint8)
    whole = np.frombuffer(encoded(Pillow.fromarray(noise), kind), dtype=np.uint8)
    for _ in range(300):
        data = whole.copy()
        places = random.integers(0, min(len(data), 200), size=3)  # heads break in more ways than pixels
        data[places] = random.integers(0, 256, size=3)
        for use in (
            lambda data: check_image(data, name="x", max_pixels=1_000_000),
            lambda data: read(data, size=ImageSize(width=24, height=24)),
        ):
            with suppress(UnsupportedImage, MalformedLabelMap, UnknownClass):
                use(data.tobytes())
