"""Selection against the loop it stands for: look at every pixel, take the best, suppress its neighbours, begin again.

One image and a merged pool, over maps that are made to go wrong. The loops are NumPy's argmax over the transposed map,
which finds the lowest column first and then the lowest row.
"""

from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from models.acquisition import PoolRules, merge_pool, select_centres

Place = tuple[int, int, float]


def ours(score: np.ndarray, reach: int, count: int, blocked: np.ndarray | None) -> list[Place]:
    picks = select_centres(score, reach=reach, count=count, blocked=blocked)
    return [(pick.row, pick.column, pick.score) for pick in picks]


def our_pool(
    images: list[tuple[np.ndarray, np.ndarray | None]], reach: int, count: int, cap: int | None
) -> list[tuple[int, Place]]:
    picks = [select_centres(score, reach=reach, count=count, blocked=blocked) for score, blocked in images]
    merged = islice(merge_pool(picks, rules=PoolRules(per_image=cap)), count)
    return [
        (image, (picks[image][index].row, picks[image][index].column, picks[image][index].score))
        for image, index in merged
    ]


def candidates(score: np.ndarray, blocked: np.ndarray | None) -> np.ndarray:
    """The map as columns by rows, -inf where nothing may be picked."""
    left = score.T.astype(np.float64)
    if blocked is not None:
        left[blocked.T] = -np.inf
    return left


def best_of(left: np.ndarray) -> Place | None:
    column, row = np.unravel_index(int(left.argmax()), left.shape)
    value = float(left[column, row])
    return None if value == -np.inf else (int(row), int(column), value)


def suppress(left: np.ndarray, place: Place, reach: int) -> None:
    row, column, _ = place
    left[max(0, column - reach) : column + reach + 1, max(0, row - reach) : row + reach + 1] = -np.inf


def direct(score: np.ndarray, reach: int, count: int, blocked: np.ndarray | None) -> list[Place]:
    left = candidates(score, blocked)
    places: list[Place] = []
    while len(places) < count and (best := best_of(left)) is not None:
        places.append(best)
        suppress(left, best, reach)
    return places


def direct_pool(
    images: list[tuple[np.ndarray, np.ndarray | None]], reach: int, count: int, cap: int | None
) -> list[tuple[int, Place]]:
    """Before each pick, the best of every image that may give more; the first of the pool where they tie."""
    lefts = [candidates(score, blocked) for score, blocked in images]
    taken: list[tuple[int, Place]] = []
    while len(taken) < count:
        bests = [
            (image, best)
            for image, left in enumerate(lefts)
            if (cap is None or sum(i == image for i, _ in taken) < cap) and (best := best_of(left)) is not None
        ]
        if not bests:
            break
        image, best = max(bests, key=lambda entry: (entry[1][2], -entry[0]))
        taken.append((image, best))
        suppress(lefts[image], best, reach)
    return taken


# Every float that is easily got wrong: both zeros, the smallest, neighbours of 1, the largest, both infinities.
EDGES = [-np.inf, -3.4e38, -1.0, -1e-45, -0.0, 0.0, 1e-45, 1e-38, 0.5, 0.99999994, 1.0, 1.0000001, 3.4e38, np.inf]
KINDS = ["flat", "edges", "any", "ramp", "comb", "hills", "border", "holes"]


@st.composite
def maps(draw, largest: int = 24) -> np.ndarray:
    shape = draw(
        st.one_of(hnp.array_shapes(min_dims=2, max_dims=2, max_side=largest), st.sampled_from([(1, 60), (60, 1)]))
    )
    rows, columns = np.indices(shape)
    match draw(st.sampled_from(KINDS)):
        case "flat":
            score = np.full(shape, draw(st.sampled_from(EDGES)))
        case "edges":
            return draw(hnp.arrays(np.float32, shape, elements=st.sampled_from(EDGES)))
        case "any":
            return draw(hnp.arrays(np.float32, shape, elements=st.floats(width=32, allow_nan=False)))
        case "ramp":  # every pick suppresses the next best ones
            score = draw(st.sampled_from([1, -1])) * rows + draw(st.sampled_from([1, 0, -1])) * columns
        case "comb":  # equal teeth, as far apart as a reach is, or one less
            period = draw(st.integers(1, 7))
            score = (rows % period == 0) & (columns % period == 0)
        case "hills":
            seed, levels = draw(st.integers(0, 2**32 - 1)), draw(st.integers(1, 6))
            tops = np.random.default_rng(seed).integers(0, [*shape, levels], size=(5, 3))
            score = np.max([top * 3 - np.maximum(abs(rows - r), abs(columns - c)) for r, c, top in tops], axis=0)
        case "border":  # the best are clipped
            score = -np.minimum(np.minimum(rows, shape[0] - 1 - rows), np.minimum(columns, shape[1] - 1 - columns))
        case _:  # hardly anything may be picked
            seed = draw(st.integers(0, 2**32 - 1))
            score = np.where(np.random.default_rng(seed).random(shape) < 0.9, -np.inf, rows // 3)
    return score.astype(np.float32)


def blocks(shape: tuple[int, int]) -> st.SearchStrategy[np.ndarray | None]:
    mostly = st.integers(0, 2**32 - 1).map(lambda seed: np.random.default_rng(seed).random(shape) < 0.8)
    return st.one_of(st.none(), hnp.arrays(np.bool_, shape), mostly)


reaches = st.one_of(st.integers(0, 6), st.sampled_from([18, 64]))
counts = st.one_of(st.integers(0, 10), st.integers(0, 200), st.just(100_000))  # the last is beyond exhaustion


@settings(deadline=None, max_examples=500)
@given(maps(), reaches, counts, st.data())
def test_one_image_gives_the_picks_of_the_loop_in_its_order(score, reach, count, data):
    blocked = data.draw(blocks(score.shape))
    assert ours(score, reach, count, blocked) == direct(score, reach, count, blocked)


@settings(deadline=None, max_examples=200)
@given(st.lists(maps(largest=12), max_size=4), reaches, counts, st.one_of(st.none(), st.integers(0, 5)), st.data())
def test_a_merged_pool_gives_the_picks_of_the_loop_over_all_its_pixels(scores, reach, count, cap, data):
    images = [(score, data.draw(blocks(score.shape))) for score in scores]
    assert our_pool(images, reach, count, cap) == direct_pool(images, reach, count, cap)


@pytest.mark.parametrize("reach", [0, 2, 3, 18, 64])
@pytest.mark.parametrize("levels", [1, 4, 1000])
def test_a_street_until_nothing_is_left(reach, levels):
    rng = np.random.default_rng(reach)
    coarse = rng.integers(0, levels, (15, 21)).astype(np.float32)
    score = coarse.repeat(10, axis=0).repeat(10, axis=1) / np.float32(levels)
    score[rng.random(score.shape) < 0.1] = -np.inf
    blocked = rng.random(score.shape) < 0.2
    for count in (30, 10_000) if reach else (30, 300):  # each pixel is a pick of its own where nothing is suppressed
        assert ours(score, reach, count, blocked) == direct(score, reach, count, blocked)
