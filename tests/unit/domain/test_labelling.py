"""What is hidden, which class stands for a map, and which windows are practised on."""

from itertools import pairwise

import numpy as np
import pytest

from backend.domain.dominant import dominant_class
from backend.domain.errors import InvalidInput
from backend.domain.hiding import hidden_suggestions
from backend.domain.practice import practice_windows
from backend.domain.round_config import LabellingConfig, RoundConfig
from backend.services import configs


def test_a_share_of_the_suggestions_is_hidden_by_the_seed():
    hidden = hidden_suggestions(20_000, share=0.05, seed=3)
    assert 900 <= sum(hidden) <= 1100  # 1000 and three standard deviations of 31
    assert hidden_suggestions(20_000, share=0.05, seed=3) == hidden != hidden_suggestions(20_000, share=0.05, seed=4)
    assert hidden_suggestions(100, share=0.05, seed=3) == hidden[:100]


@pytest.mark.parametrize(("share", "expected"), [(0.0, [False] * 50), (1.0, [True] * 50)])
def test_none_or_all_may_be_hidden(share, expected):
    assert hidden_suggestions(50, share=share, seed=0) == expected


@pytest.mark.parametrize("share", [-0.01, 1.01])
def test_a_share_is_one(share):
    with pytest.raises(InvalidInput):
        LabellingConfig(hidden_share=share)


def test_configs_from_before_labelling_take_its_default():
    stored = configs.to_json(RoundConfig(labelling=LabellingConfig(hidden_share=0.5)))
    assert configs.from_json(stored).labelling.hidden_share == 0.5
    del stored["labelling"]
    assert configs.from_json(stored).labelling.hidden_share == 0.05


@pytest.mark.parametrize(
    ("pixels", "expected"),
    [([[3, 3, 5]], 3), ([[5, 5, 3, 3, 255, 255, 255]], 3), ([[255, 255]], None), ([[0]], 0), ([[254, 255]], 254)],
)
def test_most_pixels_say_which_class_stands_for_a_map(pixels, expected):
    assert dominant_class(np.array(pixels, dtype=np.uint8)) == expected


def windows(labels, radius=2, num_boundary=4, num_anywhere=4, seed=0):
    generator = np.random.default_rng(seed)
    return practice_windows(
        labels, radius=radius, num_boundary=num_boundary, num_anywhere=num_anywhere, generator=generator
    )


def halves(height=60, width=80) -> np.ndarray:
    """Class 1 on the left, class 2 from the middle column on."""
    labels = np.ones((height, width), dtype=np.uint8)
    labels[:, width // 2 :] = 2
    return labels


def test_windows_at_a_boundary_are_centred_on_its_pixels():
    found = windows(halves(), num_boundary=5, num_anywhere=0)
    assert len(found) == 5
    assert {(box.x, box.width, box.height) for box in found} == {(37, 5, 5)}  # column 39, whose neighbour is 2
    rows = [box.y for box in found]
    assert rows == sorted(rows)
    assert min(below - above for above, below in pairwise(rows)) >= 5


def test_they_are_inside_and_do_not_overlap():
    painted = np.zeros((60, 80), dtype=int)
    for box in windows(halves(), num_boundary=5, num_anywhere=25):
        assert (box.width, box.height) == (5, 5)
        painted[box.y : box.y + 5, box.x : box.x + 5] += 1
    assert painted.max() == 1
    assert painted.sum() == 30 * 25


def test_where_no_classes_meet_others_take_their_place():
    assert len(windows(np.zeros((60, 80), dtype=np.uint8))) == 8


def test_void_makes_no_boundary_and_fills_half_of_a_window_at_most():
    labels = np.full((40, 40), 255, dtype=np.uint8)
    labels[:, :20] = 1
    found = windows(labels, num_boundary=5, num_anywhere=20)
    assert found
    assert max(box.x for box in found) <= 17  # of columns 18 to 22 three of five are void
    assert windows(np.full((40, 40), 255, dtype=np.uint8)) == []


def test_a_window_larger_than_the_image_is_the_image_and_there_is_one():
    labels = halves(6, 8)
    assert [(box.x, box.y, box.width, box.height) for box in windows(labels, radius=10)] == [(0, 0, 8, 6)]
    assert [(box.width, box.height) for box in windows(halves(6, 80), radius=10, num_boundary=1, num_anywhere=0)] == [
        (21, 6)
    ]


def test_a_radius_of_nothing_is_a_pixel():
    assert {(box.width, box.height) for box in windows(halves(), radius=0)} == {(1, 1)}


def test_windows_come_again_with_the_seed():
    labels = halves()
    assert windows(labels, seed=1) == windows(labels, seed=1) != windows(labels, seed=2)
