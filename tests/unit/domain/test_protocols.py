"""Protocols are found by the names of classes."""

import pytest

from backend.domain.protocols import protocol_means

NAMES = [
    "road", "sidewalk", "building", "wall", "fence", "pole", "traffic light", "traffic sign", "vegetation", "terrain",
    "sky", "person", "rider", "car", "truck", "bus", "train", "motorcycle", "bicycle",
]  # fmt: skip
IOU = [i / 20 for i in range(19)]


def means(names, iou):
    return {found.name: (found.num_classes, found.miou) for found in protocol_means(names, iou)}


def test_three_means_by_hand():
    """The sum of 0...18 is 171. Terrain is 9, truck 14, train 16; wall 3, fence 4, pole 5."""
    assert means(NAMES, IOU) == {
        "cityscapes_19": (19, pytest.approx(171 / 20 / 19)),
        "synthia_16": (16, pytest.approx((171 - 39) / 20 / 16)),
        "synthia_13": (13, pytest.approx((171 - 39 - 12) / 20 / 13)),
    }


def test_ids_order_and_spelling_do_not_matter():
    names = [name.upper().replace(" ", "_") for name in NAMES]
    assert means(names[::-1], IOU[::-1]) == means(NAMES, IOU)
    assert means([*(name.replace(" ", "-") for name in NAMES), "ego vehicle"], [*IOU, 1.0]) == means(NAMES, IOU)


@pytest.mark.parametrize(
    ("missing", "left"), [("train", ["synthia_16", "synthia_13"]), ("wall", ["synthia_13"]), ("car", [])]
)
def test_a_protocol_needs_all_of_its_classes(missing, left):
    names, iou = zip(*(pair for pair in zip(NAMES, IOU, strict=True) if pair[0] != missing), strict=True)
    assert list(means(names, iou)) == left


def test_a_class_that_occurs_nowhere_is_not_zero():
    iou = [None if name == "rider" else value for name, value in zip(NAMES, IOU, strict=True)]
    assert means(NAMES, iou)["synthia_13"] == (12, pytest.approx((171 - 39 - 12 - 12) / 20 / 12))
    assert means(NAMES, [None] * 19)["cityscapes_19"] == (0, None)
