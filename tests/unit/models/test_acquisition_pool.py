"""The merge over a pool against a direct loop that looks at every pixel of every image before each pick."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from models.acquisition import Pick, merge_pool, select_windows

pools = st.lists(
    st.tuples(st.integers(1, 8), st.integers(1, 8)).flatmap(
        lambda shape: hnp.arrays(
            np.float32, shape, elements=st.sampled_from([-np.inf, -0.5, 0.0, 0.0, 0.25, 0.5, 0.75, 1.0])
        )
    ),
    max_size=4,
)


def direct_pool(
    scores: list[np.ndarray], radii: list[int], count: int, max_per_image: int | None
) -> list[tuple[int, int, int]]:
    left = {
        (image, row, column): float(score[row, column])
        for image, score in enumerate(scores)
        for row, column in np.ndindex(*score.shape)
        if np.isfinite(score[row, column])
    }
    taken: list[tuple[int, int, int]] = []
    while len(taken) < count:
        full = {
            i
            for i in range(len(scores))
            if max_per_image is not None and sum(t[0] == i for t in taken) >= max_per_image
        }
        open_places = [place for place in left if place[0] not in full]
        if not open_places:
            break
        best = min(open_places, key=lambda place: (-left[place], place[0], place[2], place[1]))
        taken.append(best)
        image, row, column = best
        left = {
            (i, r, c): s
            for (i, r, c), s in left.items()
            if i != image or max(abs(r - row), abs(c - column)) > 2 * radii[image]
        }
    return taken


@settings(deadline=None, max_examples=300)
@given(pools, st.data())
def test_the_picks_of_a_loop_over_the_whole_pool(scores, data):
    radii = [data.draw(st.integers(0, 3)) for _ in scores]  # the default radius depends on the image's size
    count = data.draw(st.one_of(st.integers(0, 8), st.just(500)))
    cap = data.draw(st.one_of(st.none(), st.integers(0, 4)))
    wanted = (count if cap is None else min(count, cap)) + data.draw(st.integers(0, 3))  # at least what it asks for
    picks = [select_windows(s, radius=k, count=wanted) for s, k in zip(scores, radii, strict=True)]
    merged = merge_pool(picks, count=count, max_per_image=cap)
    chosen = [(image, picks[image][index].row, picks[image][index].column) for image, index in merged]
    assert chosen == direct_pool(scores, radii, count, cap)


def test_ties_go_to_the_first_image_of_the_pool():
    picks = [[Pick(5, 5, 0.5), Pick(0, 9, 0.5)], [Pick(0, 0, 0.75), Pick(1, 4, 0.5)], []]
    assert merge_pool(picks, count=9, max_per_image=None) == [(1, 0), (0, 0), (0, 1), (1, 1)]


def test_a_capped_image_leaves_its_place_to_others():
    picks = [[Pick(0, column, 0.9) for column in range(4)], [Pick(3, 3, 0.1)]]
    assert merge_pool(picks, count=3, max_per_image=2) == [(0, 0), (0, 1), (1, 0)]


@pytest.mark.parametrize(
    "wrong",
    [[Pick(0, 0, 0.1), Pick(0, 5, 0.2)], [Pick(0, 5, 0.2), Pick(0, 0, 0.2)], [Pick(5, 0, 0.2), Pick(0, 0, 0.2)]],
)
def test_picks_out_of_order_are_refused(wrong):
    with pytest.raises(ValueError, match="picks of image 1 by score descending"):
        merge_pool([[], wrong], count=1, max_per_image=None)


def test_negative_limits_are_refused():
    with pytest.raises(ValueError, match="count -1, max_per_image None"):
        merge_pool([], count=-1, max_per_image=None)
    with pytest.raises(ValueError, match="count 1, max_per_image -1"):
        merge_pool([], count=1, max_per_image=-1)
