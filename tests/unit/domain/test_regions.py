"""Windows and the crops around them, by hand and for any place on an image."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.domain.regions import Box, close_up_box, context_box, default_radius, window_box


@pytest.mark.parametrize(
    ("width", "height", "side"),
    [(480, 360, 17), (360, 480, 17), (320, 240, 17), (2048, 1024, 43), (1920, 1080, 41), (16, 16, 17)],
)
def test_the_default_window_has_a_human_size(width, height, side):
    """PRODUCT.md, section 1: 17 px at 480, 43 px at 2048, never less than 17."""
    assert 2 * default_radius(width, height) + 1 == side


@pytest.mark.parametrize(
    ("row", "column", "expected"),
    [
        (50, 60, Box(x=58, y=48, width=5, height=5)),
        (0, 0, Box(x=0, y=0, width=3, height=3)),
        (99, 199, Box(x=197, y=97, width=3, height=3)),
        (1, 198, Box(x=196, y=0, width=4, height=4)),
    ],
)
def test_a_window_is_clipped_at_the_borders(row, column, expected):
    assert window_box(row=row, column=column, radius=2, image_width=200, image_height=100) == expected


def test_a_close_up_shows_half_the_side_around_the_region():
    assert close_up_box(Box(x=100, y=100, width=17, height=17), image_width=480, image_height=360) == Box(
        x=92, y=92, width=33, height=33
    )


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
    region = window_box(
        row=draw(st.integers(0, height - 1)),
        column=draw(st.integers(0, width - 1)),
        radius=draw(st.integers(0, 60)),
        image_width=width,
        image_height=height,
    )
    return region, width, height


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
