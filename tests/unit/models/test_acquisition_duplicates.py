"""Hashes of pictures made by hand, and near-duplicates against a loop over all pairs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.acquisition import difference_hash, near_duplicates

ROW = np.uint8([10, 20, 30, 40, 50, 60, 70, 80, 90])  # one cell after the other is brighter


def picture(cells: np.ndarray, *, size: int = 5) -> np.ndarray:
    """Grey cells, each a square of `size` pixels."""
    return np.ascontiguousarray(cells.repeat(size, axis=0).repeat(size, axis=1)[:, :, None].repeat(3, axis=2))


def flat() -> np.ndarray:
    return np.full((8, 9), 128, dtype=np.uint8)


@pytest.mark.parametrize("size", [1, 2, 5, 40])
def test_hashes_worked_out_by_hand(size):
    brighter = np.tile(ROW, (8, 1))
    assert difference_hash(picture(brighter, size=size)) == 0xFFFF_FFFF_FFFF_FFFF
    assert difference_hash(picture(brighter[:, ::-1], size=size)) == 0
    stripes = np.tile(np.uint8([20, 10, 20, 10, 20, 10, 20, 10, 20]), (8, 1))
    assert difference_hash(picture(stripes, size=size)) == 0x5555_5555_5555_5555
    downwards = np.tile(ROW[:8, None], (1, 9))  # rows are not compared with one another
    assert difference_hash(picture(downwards, size=size)) == 0
    assert difference_hash(picture(flat(), size=size)) == 0


def test_the_first_bit_is_the_upper_left_one_and_bits_go_along_the_rows():
    cells = flat()
    cells[0, 1:] = 200
    assert difference_hash(picture(cells)) == 1 << 63
    cells = flat()
    cells[0] = ROW
    assert difference_hash(picture(cells)) == 0xFF << 56
    cells = flat()
    cells[7, 8] = 200
    assert difference_hash(picture(cells)) == 1


def test_another_brightness_keeps_the_hash_and_another_scene_does_not():
    cells = np.random.default_rng(0).integers(60, 180, (8, 9), dtype=np.uint8)
    known = difference_hash(picture(cells))
    assert difference_hash(picture(cells + np.uint8(60))) == known
    assert difference_hash(picture(cells - np.uint8(60))) == known
    noise = np.random.default_rng(1).integers(-2, 3, (40, 45, 3))
    assert (difference_hash((picture(cells) + noise).astype(np.uint8)) ^ known).bit_count() <= 3
    other = np.random.default_rng(2).integers(60, 180, (8, 9), dtype=np.uint8)
    assert (difference_hash(picture(other)) ^ known).bit_count() > 16


def test_colours_count_as_grey():
    image = picture(flat())
    image[:, 20:] = (128, 160, 128)  # greener is brighter
    expected = flat()
    expected[:, 4:] = 147
    assert difference_hash(image) == difference_hash(picture(expected)) == 0x1010_1010_1010_1010


def test_a_single_pixel_is_a_flat_picture():
    assert difference_hash(np.full((1, 1, 3), 77, dtype=np.uint8)) == 0


hashes = st.lists(st.one_of(st.integers(0, 7), st.integers(0, 2**64 - 1)), max_size=12)


@given(hashes, st.integers(0, 65))
def test_near_duplicates_are_the_others_within_so_many_bits(known, distance):
    expected = [
        [other for other in range(len(known)) if other != own and (known[own] ^ known[other]).bit_count() <= distance]
        for own in range(len(known))
    ]
    assert near_duplicates(known, distance=distance) == expected


@given(hashes, st.integers(0, 65))
def test_likeness_is_mutual_and_nobody_is_like_itself(known, distance):
    found = near_duplicates(known, distance=distance)
    for own, others in enumerate(found):
        assert own not in others
        assert all(own in found[other] for other in others)


def test_bits_are_counted_to_the_last():
    assert near_duplicates([0, 2**64 - 1, 2**63], distance=63) == [[2], [2], [0, 1]]
    assert near_duplicates([5, 5, 4], distance=0) == [[1], [0], []]


def test_a_negative_distance_is_refused():
    with pytest.raises(ValueError, match="at least 0 bits; got -1"):
        near_duplicates([1], distance=-1)
