"""Logits of a box are those of the whole image there."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models.inference import Logits, predict, predict_logits
from models.networks import build_network


@st.composite
def boxes(draw) -> tuple[int, int, int, int, int, int]:
    height, width = draw(st.integers(1, 70)), draw(st.integers(1, 70))
    row, column = draw(st.integers(0, height - 1)), draw(st.integers(0, width - 1))
    return height, width, row, column, draw(st.integers(1, height - row)), draw(st.integers(1, width - column))


@settings(deadline=None, max_examples=200)
@given(boxes())
def test_the_logits_of_a_box_are_those_of_the_whole_image(found):
    height, width, row, column, rows, columns = found
    padded = (3, (height + 31) // 32 * 8, (width + 31) // 32 * 8)
    logits = Logits(coarse=torch.randn(padded, generator=torch.Generator().manual_seed(0)), height=height, width=width)
    whole = torch.nn.functional.interpolate(logits.coarse[None], scale_factor=4, mode="bilinear")[0, :, :height, :width]
    torch.testing.assert_close(logits.full(), whole)
    box = logits.of_box(row=row, column=column, height=rows, width=columns)
    torch.testing.assert_close(box, whole[:, row : row + rows, column : column + columns], atol=1e-5, rtol=0)


@pytest.mark.parametrize(("height", "width"), [(32, 64), (33, 61), (5, 7)])
def test_an_image_of_any_size_has_logits_of_its_size(height, width):
    network = build_network("tiny_fpn", num_classes=4).eval()
    image = torch.randint(0, 256, (3, height, width), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))
    assert predict_logits(network, image).shape == (4, height, width)
    assert torch.equal(predict(network, image).full(), predict_logits(network, image))
