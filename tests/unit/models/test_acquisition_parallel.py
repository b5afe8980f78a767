"""Batched selection against a direct loop: take the best, rule out its neighbours, begin again."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from torch.utils._python_dispatch import TorchDispatchMode

from models.acquisition.greedy import select_centres
from models.acquisition.parallel import BatchedPicks, select_on_device, select_windows_batched

TIED = [-np.inf, -1.5, -1.0, -0.0, 0.0, 1e-45, 0.25, 0.5, 0.5, 1.0, np.inf]
needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")


def direct_loop(score: np.ndarray, reach: int, count: int, blocked: np.ndarray | None) -> list[tuple]:
    left = score.astype(np.float64)
    if blocked is not None:
        left[blocked] = -np.inf
    picks = []
    while len(picks) < count and left.size and left.max() > -np.inf:
        column, row = np.unravel_index(np.argmax(left.T), left.T.shape)  # the first: lowest column, then lowest row
        picks.append((int(row), int(column), float(score[row, column])))
        left[max(0, row - reach) : row + reach + 1, max(0, column - reach) : column + reach + 1] = -np.inf
    return picks


def listed(picks: BatchedPicks, image: int) -> list[tuple]:
    """The picks of one image; what comes after them is marked as none."""
    valid = picks.valid[image].tolist()
    assert valid == sorted(valid, reverse=True)
    number = sum(valid)
    assert set(picks.rows[image, number:].tolist()) <= {-1}
    assert set(picks.columns[image, number:].tolist()) <= {-1}
    assert set(picks.scores[image, number:].tolist()) <= {-math.inf}
    columns = (part[image, :number].tolist() for part in picks[:3])
    return list(zip(*columns, strict=True))


def check(score: np.ndarray, reach: int, count: int, blocked: np.ndarray | None = None, device: str = "cpu") -> None:
    picks = select_windows_batched(
        torch.from_numpy(score).to(device),
        reach=reach,
        count=count,
        blocked=None if blocked is None else torch.from_numpy(blocked).to(device),
    )
    assert picks.rows.shape == picks.columns.shape == picks.scores.shape == picks.valid.shape == (len(score), count)
    assert picks.rows.dtype == picks.columns.dtype == torch.int32
    for image in range(len(score)):
        mask = None if blocked is None else blocked[image]
        assert listed(picks, image) == direct_loop(score[image], reach, count, mask)


@st.composite
def scores(draw) -> np.ndarray:
    """Few values and many ties, any values, or hills, where one pick rules out most of what is best."""
    shape = draw(st.tuples(st.integers(1, 3), st.integers(1, 13), st.integers(1, 13)))
    kind = draw(st.sampled_from(["tied", "any", "hills"]))
    if kind == "tied":
        return draw(hnp.arrays(np.float32, shape, elements=st.sampled_from(TIED)))
    if kind == "any":
        return draw(hnp.arrays(np.float32, shape, elements=st.floats(-1, 1, width=32)))
    images, rows, columns = np.indices(shape)
    tops = draw(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12), st.integers(0, 3)), min_size=1, max_size=4))
    hills = [height * 4 - np.maximum(abs(rows - row - images), abs(columns - column)) for row, column, height in tops]
    return np.max(hills, axis=0).astype(np.float32)


@settings(deadline=None, max_examples=400)
@given(scores(), st.sampled_from([0, 1, 2, 2, 3, 5, 18]), st.one_of(st.integers(0, 6), st.just(200)), st.data())
def test_the_picks_of_the_direct_loop_in_its_order(score, reach, count, data):
    blocked = data.draw(st.one_of(st.none(), hnp.arrays(np.bool_, score.shape)))
    before = score.copy(), None if blocked is None else blocked.copy()
    check(score, reach, count, blocked)
    assert np.array_equal(score, before[0])
    assert blocked is None or np.array_equal(blocked, before[1])


@pytest.mark.parametrize(("reach", "count"), [(0, 50), (2, 5), (2, 300), (4, 40), (16, 10), (16, 1000), (600, 3)])
@pytest.mark.parametrize("kind", ["noise", "steps", "smooth", "pure with islands"])
def test_larger_maps(kind, reach, count):
    rng = np.random.default_rng(5)
    noise = rng.random((2, 90, 110), dtype=np.float32)
    coarse = torch.from_numpy(rng.random((2, 1, 9, 11), dtype=np.float32))
    smooth = torch.nn.functional.interpolate(coarse, size=(90, 110), mode="bicubic")[:, 0].numpy()
    score = {
        "noise": noise,
        "steps": np.floor(smooth * 8) / 8,
        "smooth": smooth,
        "pure with islands": np.where(smooth > 0.7, noise, np.float32(0)),
    }[kind]
    check(score, reach, count)
    picks = select_windows_batched(torch.from_numpy(score), reach=reach, count=count)
    assert [(pick.row, pick.column) for pick in select_centres(score[1], reach=reach, count=count)] == [
        place[:2] for place in listed(picks, 1)
    ]


@pytest.mark.parametrize("step", [1, 0, -1])
def test_a_slope_is_chosen_exactly_though_each_round_settles_one_pick(step):
    score = (step * np.arange(900, dtype=np.float32)).reshape(3, 300)[None].repeat(2, axis=0)
    score[1] = score[1, ::-1, ::-1]
    blocked = np.zeros(score.shape, dtype=np.bool_)
    blocked[:, :, 7] = True
    check(score, 1, 150, blocked)


def test_one_image_gives_the_picks_of_the_sweep():
    score = np.random.default_rng(3).random((60, 80), dtype=np.float32)
    blocked = np.zeros((60, 80), dtype=np.bool_)
    blocked[:, :40] = True
    picks = select_on_device(torch.from_numpy(score), reach=6, count=200, blocked=torch.from_numpy(blocked))
    assert picks == select_centres(score, reach=6, count=200, blocked=blocked)
    assert 10 < len(picks) < 200


def test_images_do_not_see_each_other():
    score = torch.rand(4, 20, 30, generator=torch.Generator().manual_seed(0))
    together = select_windows_batched(score, reach=3, count=20)
    for image in range(4):
        alone = select_windows_batched(score[image : image + 1], reach=3, count=20)
        assert all(torch.equal(part[image], own[0]) for part, own in zip(together, alone, strict=True))


def test_a_batch_too_large_for_the_scratch_is_done_in_parts(monkeypatch):
    monkeypatch.setattr("models.acquisition.parallel._LARGEST", 9 * 600 * 2)
    score = np.random.default_rng(0).random((5, 20, 30), dtype=np.float32)
    check(score, 3, 20)


def test_zeros_of_either_sign_tie():
    score = np.array([[[0.0, -0.0, 0.0, -0.0]]], dtype=np.float32)
    assert select_windows_batched(torch.from_numpy(score), reach=0, count=4).columns.tolist() == [[0, 1, 2, 3]]


@pytest.mark.parametrize("shape", [(0, 4, 5), (2, 0, 5), (2, 4, 0)])
def test_nothing_to_choose_from(shape):
    picks = select_windows_batched(torch.empty(shape), reach=1, count=3)
    assert picks.valid.shape == (shape[0], 3)
    assert not picks.valid.any()


class Looks(TorchDispatchMode):
    """Counts what would wait for the device."""

    WAITING = ("_local_scalar_dense", "nonzero", "masked_select", "is_nonzero")

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.count += func.overloadpacket.__name__ in self.WAITING
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("count", [1, 10, 100])
def test_the_device_is_waited_for_three_times_whatever_the_number_of_picks(count):
    score = torch.rand(3, 60, 80, generator=torch.Generator().manual_seed(count))
    with Looks() as looks:
        select_windows_batched(score, reach=2, count=count)
    assert looks.count == 3


def test_what_cannot_be_ordered_or_counted_is_refused():
    score = torch.zeros(1, 3, 4)
    with pytest.raises(ValueError, match="NaN for 1 pixels"):
        select_windows_batched(torch.where(torch.arange(4) == 2, math.nan, score)[:, :1], reach=1, count=1)
    with pytest.raises(ValueError, match="reach -1"):
        select_windows_batched(score, reach=-1, count=1)
    with pytest.raises(ValueError, match="count -1"):
        select_windows_batched(score, reach=1, count=-1)


@needs_gpu
@pytest.mark.parametrize(("reach", "count"), [(2, 300), (16, 20), (0, 50)])
def test_on_a_gpu(reach, count):
    rng = np.random.default_rng(7)
    check(rng.integers(0, 50, (3, 200, 300)).astype(np.float32), reach, count, device="cuda")
    check(rng.random((3, 200, 300), dtype=np.float32), reach, count, device="cuda")
