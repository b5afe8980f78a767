"""Windows and the crops around them, by hand and for any place on an image."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.domain.regions import Box, close_up_box, context_box, default_radius, encoded_mask, region_mask


@pytest.mark.parametrize(
    ("width", "height", "side"),
    [(480, 360, 17), (360, 480, 17), (320, 240, 17), (2048, 1024, 43), (1920, 1080, 41), (16, 16, 17)],
)
def test_the_default_window_has_a_human_size(width, height, side):
    """PRODUCT.md, section 1: 17 px at 480, 43 px at 2048, never less than 17."""
    assert 2 * default_radius(width, height) + 1 == side


def test_a_close_up_shows_half_the_side_around_the_region():
    assert close_up_box(Box(x=100, y=100, width=17, height=17), image_width=480, image_height=360) == Box(
        x=92, y=92, width=33, height=33
    )


def test_a_small_region_is_shown_with_enough_around_it():
    assert close_up_box(Box(x=100, y=100, width=1, height=1), image_width=480, image_height=360) == Box(
        x=84, y=84, width=33, height=33
    )


def test_a_region_is_its_box_or_the_ones_of_its_code():
    assert region_mask(None, width=3, height=2).tolist() == [[True] * 3] * 2
    assert region_mask("0x1 1x3 0x2", width=3, height=2).tolist() == [[False, True, True], [True, False, False]]
    assert encoded_mask(np.array([[False, True, True], [True, False, False]])) == "0x1 1x3 0x2"
    assert encoded_mask(np.ones((2, 3), dtype=np.bool_)) is None


def test_crops_are_moved_inside_the_image_and_not_cut():
    corner = Box(x=0, y=343, width=17, height=17)
    assert close_up_box(corner, image_width=480, image_height=360) == Box(x=0, y=327, width=33, height=33)
    assert context_box(corner, image_width=2048, image_height=1024) == Box(x=0, y=95, width=512, height=512)
    assert context_box(corner, image_width=480, image_height=360) == Box(x=0, y=0, width=480, height=360)


def test_the_context_grows_with_a_large_region():
    region = Box(x=1000, y=400, width=200, height=100)
    assert context_box(region, image_width=4000, image_height=4000) == Box(x=700, y=50, width=800, height=800)


@st.composite
def regions_on_images(draw) -> tuple[Box, int, int]:
    width, height = draw(st.integers(1, 700)), draw(st.integers(1, 700))
    x, y = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
    side = st.integers(1, 121)
    return Box(x=x, y=y, width=min(draw(side), width - x), height=min(draw(side), height - y)), width, height


@settings(deadline=None)
@given(regions_on_images())
def test_every_box_lies_in_the_image_and_every_crop_holds_its_region(found):
    region, width, height = found
    assert region.area == region.width * region.height > 0
    for around in (
        close_up_box(region, image_width=width, image_height=height),
        context_box(region, image_width=width, image_height=height),
    ):
        assert 0 <= around.x <= region.x
        assert 0 <= around.y <= region.y
        assert region.x + region.width <= around.x + around.width <= width
        assert region.y + region.height <= around.y + around.height <= height
