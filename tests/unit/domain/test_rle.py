"""The run-length text: the vectors that the browser is held to too, and one text for each label map."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.domain import rle
from backend.domain.errors import MalformedLabelMap

VECTORS = json.loads((Path(__file__).parents[2] / "fixtures" / "rle_vectors.json").read_text())


@pytest.mark.parametrize("vector", VECTORS["valid"], ids=lambda vector: vector["text"])
def test_vectors_that_are_valid(vector):
    width, height = vector["width"], vector["height"]
    pixels = np.array(vector["pixels"], dtype=np.uint8).reshape(height, width)
    assert rle.encode(pixels) == vector["text"]
    decoded = rle.decode(vector["text"], width=width, height=height)
    assert (decoded.dtype, decoded.shape, decoded.tolist()) == (np.uint8, (height, width), pixels.tolist())


@pytest.mark.parametrize("vector", VECTORS["invalid"], ids=lambda vector: vector["why"])
def test_vectors_that_are_not(vector):
    with pytest.raises(MalformedLabelMap):
        rle.decode(vector["text"], width=vector["width"], height=vector["height"])


@pytest.mark.parametrize(
    "text", ["01x2", "1x02", "1X2", "1x2\n", "\t1x2", "1x2  1x0", "1 x2", "\u0661x2", "1x", "x2", "1x+2"]
)
def test_other_ways_to_write_two_pixels_are_refused(text):
    with pytest.raises(MalformedLabelMap):
        rle.decode(text, width=2, height=1)


@st.composite
def label_maps(draw) -> np.ndarray:
    width, height = draw(st.integers(1, 9)), draw(st.integers(1, 9))
    values = st.sampled_from([0, 1, 7, 255])  # few, so that there are runs
    return np.array(draw(st.lists(values, min_size=width * height, max_size=width * height)), np.uint8).reshape(
        height, width
    )


@settings(deadline=None)
@given(label_maps())
def test_there_and_back_for_any_label_map(label_map):
    text = rle.encode(label_map)
    assert np.array_equal(rle.decode(text, width=label_map.shape[1], height=label_map.shape[0]), label_map)
    written_out = [int(value) for run in text.split(" ") for value in [run.split("x")[0]] * int(run.split("x")[1])]
    assert written_out == label_map.ravel().tolist()


@settings(deadline=None)
@given(label_maps(), st.data())
def test_no_second_text_stands_for_the_same_label_map(label_map, data):
    runs = rle.encode(label_map).split(" ")
    index = data.draw(st.integers(0, len(runs) - 1))
    value, length = runs[index].split("x")
    cut = data.draw(st.integers(1, max(1, int(length) - 1)))
    parts = [f"{value}x{cut}", f"{value}x{int(length) - cut}"]  # one run as two, or with an empty one behind it
    other = " ".join([*runs[:index], *parts, *runs[index + 1 :]])
    with pytest.raises(MalformedLabelMap):
        rle.decode(other, width=label_map.shape[1], height=label_map.shape[0])


def test_a_map_that_is_a_view_is_read_in_its_own_order():
    turned = np.arange(6, dtype=np.uint8).reshape(2, 3).T
    assert rle.encode(turned) == "0x1 3x1 1x1 4x1 2x1 5x1"
