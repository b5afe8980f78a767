"""Boundary IoU and calibration error: by hand, and against loops over pixels."""

import json

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from models.evaluation import (
    Segmentation,
    Tally,
    boundary_counts,
    boundary_distance,
    calibration_counts,
    calibration_error,
    reliability,
)


def ids(rows) -> torch.Tensor:
    return torch.tensor(rows, dtype=torch.uint8)


def direct_band(labels: np.ndarray, known: np.ndarray, class_id: int, distance: int) -> set[tuple[int, int]]:
    """Pixels of a class that have, no farther away, one that is known to be of another class, or the image's end."""
    height, width = labels.shape
    found = set()
    for row, column in zip(*np.nonzero(known & (labels == class_id)), strict=True):
        for r in range(row - distance, row + distance + 1):
            for c in range(column - distance, column + distance + 1):
                outside = not (0 <= r < height and 0 <= c < width)
                if outside or (known[r, c] and labels[r, c] != class_id):
                    found.add((row, column))
    return found


@given(st.integers(0, 10**6), st.integers(1, 16), st.integers(1, 16), st.integers(1, 4), st.integers(2, 4))
def test_boundary_counts_are_those_of_distances(seed, height, width, distance, num_classes):
    generator = np.random.default_rng(seed)
    blocks = generator.integers(0, num_classes, (2, height // 4 + 1, width // 4 + 1), dtype=np.uint8)
    truth, prediction = blocks.repeat(4, axis=1).repeat(4, axis=2)[:, :height, :width]
    known = generator.random((height, width)) > 0.1
    truth = np.where(known, truth, 255).astype(np.uint8)
    counts = boundary_counts(
        torch.from_numpy(prediction.copy()), torch.from_numpy(truth), num_classes=num_classes, distance=distance
    )
    for class_id in range(num_classes):
        of_truth = direct_band(truth, known, class_id, distance)
        of_prediction = direct_band(prediction, known, class_id, distance)
        assert counts[:, class_id].tolist() == [len(of_truth & of_prediction), len(of_truth | of_prediction)]


def test_a_border_that_is_off_by_a_column_by_hand():
    """Class 0 has columns 0-2 of 6 x 6; 0-3 are predicted.

    Within one pixel of its contour (the image's end is one): 18 - 4 of truth, 24 - 8 of the prediction, 10 of both.
    """
    truth, prediction = ids([[0, 0, 0, 1, 1, 1]] * 6), ids([[0, 0, 0, 0, 1, 1]] * 6)
    counts = boundary_counts(prediction, truth, num_classes=2, distance=1)
    assert counts[:, 0].tolist() == [10, 20]


def test_what_is_unknown_neither_counts_nor_has_a_contour():
    truth = torch.zeros(9, 9, dtype=torch.uint8)
    truth[3:6, 3:6] = 255
    prediction = torch.where(truth == 255, 1, 0).to(torch.uint8)
    counts = boundary_counts(prediction, truth, num_classes=2, distance=1)
    assert counts.tolist() == [[32, 0], [32, 0]]  # the outermost ring of pixels


def test_the_distance_is_two_percent_of_the_diagonal():
    assert boundary_distance(1024, 2048) == 46
    assert boundary_distance(240, 320) == 8
    assert boundary_distance(10, 10) == 1
    assert boundary_distance(30, 40, share=0.1) == 5


def test_calibration_error_by_hand():
    confidence = torch.tensor([0.95, 0.97, 0.55, 0.58, 0.56, 0.99])
    prediction, truth = ids([1, 1, 0, 0, 0, 1]), ids([1, 0, 0, 0, 1, 255])  # right, wrong, right, right, wrong, void
    counts = calibration_counts(prediction[None], confidence[None], truth[None])
    # Two pixels of 1.92 in all in the last bin, one right; three of 1.69 in (8/15, 9/15], two right.
    assert calibration_error(counts) == pytest.approx((abs(1 - 1.92) + abs(2 - 1.69)) / 5, abs=1e-6)
    bins = reliability(counts)
    assert [found.pixels for found in bins] == [0] * 8 + [3] + [0] * 5 + [2]
    assert (bins[8].confidence, bins[8].accuracy) == (pytest.approx(1.69 / 3, abs=1e-6), pytest.approx(2 / 3))
    assert (bins[0].confidence, bins[0].accuracy) == (None, None)


@pytest.mark.parametrize(("confidence", "place"), [(0.2, 2), (0.201, 3), (1.0, 14), (1 / 15, 0), (0.0, 0)])
def test_a_bin_holds_its_upper_end(confidence, place):
    counts = calibration_counts(ids([[0]]), torch.tensor([[confidence]]), ids([[0]]))
    assert counts[0].nonzero().item() == place


def test_no_labelled_pixel_has_no_calibration_error():
    assert calibration_error(calibration_counts(ids([[0]]), torch.tensor([[0.5]]), ids([[255]]))) is None


def said(generator: torch.Generator, num_classes: int) -> tuple[Segmentation, torch.Tensor]:
    shape = (20, 30)
    prediction, truth = (torch.randint(0, num_classes, shape, generator=generator).to(torch.uint8) for _ in range(2))
    truth[0] = 255
    return Segmentation(prediction=prediction, confidence=torch.rand(shape, generator=generator)), truth


def test_a_tally_is_of_sums_and_goes_through_json_unchanged():
    generator = torch.Generator().manual_seed(5)
    (one, first), (other, second) = said(generator, 3), said(generator, 3)
    there = Tally.empty(3).plus(one, first)
    resumed = Tally.from_lists(json.loads(json.dumps(there.to_lists()))).plus(other, second)
    figures = there.plus(other, second).figures()
    assert resumed.figures() == figures
    # Sums of both images are what one image of both side by side has, but for its contour.
    both = Segmentation(
        prediction=torch.cat([one.prediction, other.prediction]),
        confidence=torch.cat([one.confidence, other.confidence]),
    )
    side_by_side = Tally.empty(3).plus(both, torch.cat([first, second])).figures()
    assert side_by_side.scores == figures.scores
    assert side_by_side.calibration_error == pytest.approx(figures.calibration_error)
    parts = [
        boundary_counts(part.prediction, truth, num_classes=3, distance=1)
        for part, truth in ((one, first), (other, second))
    ]
    hits, union = (parts[0] + parts[1]).tolist()
    assert figures.boundary_iou == tuple(h / u for h, u in zip(hits, union, strict=True))
    assert figures.boundary_miou == pytest.approx(sum(figures.boundary_iou) / 3)


def test_nothing_has_no_figures():
    figures = Tally.empty(2).figures()
    assert (figures.scores.miou, figures.boundary_miou, figures.calibration_error) == (None, None, None)
    assert figures.boundary_iou == (None, None)
