"""IoU by hand."""

import numpy as np
import pytest

from models.metrics import confusion_matrix, scores_of


def test_confusion_counts_pairs_and_leaves_void_out():
    truth = np.array([[0, 0, 1], [1, 255, 2]], dtype=np.uint8)
    prediction = np.array([[0, 1, 1], [1, 0, 0]], dtype=np.uint8)
    assert confusion_matrix(prediction, truth, num_classes=3).tolist() == [[1, 1, 0], [0, 2, 0], [1, 0, 0]]


def test_scores_by_hand():
    scores = scores_of(np.array([[1, 1, 0, 0], [0, 2, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]], dtype=np.int64))
    assert scores.iou == (pytest.approx(1 / 3), pytest.approx(2 / 3), 0.0, None)  # class 3 occurs nowhere
    assert scores.miou == pytest.approx((1 / 3 + 2 / 3 + 0) / 3)
    assert scores.pixel_accuracy == pytest.approx(3 / 5)


def test_nothing_is_not_zero():
    scores = scores_of(np.zeros((2, 2), dtype=np.int64))
    assert (scores.miou, scores.pixel_accuracy) == (None, None)


def test_shapes_must_agree():
    with pytest.raises(ValueError, match="shape"):
        confusion_matrix(np.zeros((2, 2), np.uint8), np.zeros((2, 3), np.uint8), num_classes=2)
