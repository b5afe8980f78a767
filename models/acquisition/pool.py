"""One order of choice over the images of a pool."""

from collections.abc import Sequence
from itertools import pairwise

from models.acquisition.windows import Pick


def merge_pool(picks: Sequence[Sequence[Pick]], *, count: int, max_per_image: int | None) -> list[tuple[int, int]]:
    """The first `count` picks of the greedy choice over a whole pool, from the greedy choice of each image.

    Exact, because a pick rules out centres of its own image only. Whatever the pool-wide choice takes from the other
    images, what it takes from one is that image's own greedy sequence, from its start; and each sequence is already in
    the order of choice (a later pick was a candidate all along and lost). So the pool-wide sequence is their merge. An
    image that has reached `max_per_image` gives no more, which cuts its sequence off.

    Args:
        picks: for each image, in pool order, its picks as `select_windows` returns them: at least
            min(`count`, `max_per_image`) of them, or all that the image has.
        count: how many regions the budget buys.
        max_per_image: at most so many of one image; None for no limit.

    Returns:
        (position of the image in the pool, index into its picks), in order: score descending, then position in the
        pool, column, row. Fewer than `count` where the pool has no more.

    Raises:
        ValueError: negative `count` or `max_per_image`, or an image's picks that are not in order.
    """
    if count < 0 or (max_per_image is not None and max_per_image < 0):
        raise ValueError(f"Expected limits of at least 0; got count {count}, max_per_image {max_per_image}.")
    order: list[tuple[float, int, int]] = []
    for image, sequence in enumerate(picks):
        if any(_place(a) > _place(b) for a, b in pairwise(sequence)):
            raise ValueError(f"Expected the picks of image {image} by score descending, then column, row.")
        order.extend((-pick.score, image, index) for index, pick in enumerate(sequence[:max_per_image]))
    return [(image, index) for _, image, index in sorted(order)[:count]]


def _place(pick: Pick) -> tuple[float, int, int]:
    return -pick.score, pick.column, pick.row
