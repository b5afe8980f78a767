"""IoU by hand."""

import numpy as np
import pytest
import torch

from models.metrics import confusion_matrix, scores_of


def test_confusion_counts_pairs_and_leaves_void_out():
    truth = torch.tensor([[0, 0, 1], [1, 255, 2]], dtype=torch.uint8)
    prediction = torch.tensor([[0, 1, 1], [1, 0, 0]], dtype=torch.uint8)
    assert confusion_matrix(prediction, truth, num_classes=3).tolist() == [[1, 1, 0], [0, 2, 0], [1, 0, 0]]


@pytest.mark.parametrize("num_classes", [2, 19, 255])
def test_confusion_is_what_a_loop_over_pixels_counts(num_classes):
    generator = np.random.default_rng(num_classes)
    truth = generator.integers(0, num_classes, (13, 17))
    truth[generator.random(truth.shape) < 0.2] = 255
    prediction = generator.integers(0, num_classes, (13, 17))
    expected = np.zeros((num_classes, num_classes), dtype=np.int64)
    for row, column in zip(truth.ravel(), prediction.ravel(), strict=True):
        if row != 255:
            expected[row, column] += 1
    maps = [torch.from_numpy(ids.astype(np.uint8)) for ids in (prediction, truth)]
    assert confusion_matrix(*maps, num_classes=num_classes).tolist() == expected.tolist()


def test_scores_by_hand():
    scores = scores_of(torch.tensor([[1, 1, 0, 0], [0, 2, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]]))
    assert scores.iou == (pytest.approx(1 / 3), pytest.approx(2 / 3), 0.0, None)  # class 3 occurs nowhere
    assert scores.miou == pytest.approx((1 / 3 + 2 / 3 + 0) / 3)
    assert scores.pixel_accuracy == pytest.approx(3 / 5)


def test_nothing_is_not_zero():
    scores = scores_of(torch.zeros(2, 2, dtype=torch.int64))
    assert (scores.miou, scores.pixel_accuracy) == (None, None)


def test_shapes_must_agree():
    one, other = torch.zeros(2, 2, dtype=torch.uint8), torch.zeros(2, 3, dtype=torch.uint8)
    with pytest.raises(ValueError, match="shape"):
        confusion_matrix(one, other, num_classes=2)
