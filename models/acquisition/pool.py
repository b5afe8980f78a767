"""One order of choice over the images of a pool, and the rules that close an image for the rest of a round."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from models.acquisition.greedy import Pick


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolRules:
    """What one image, or one group of them, may give in a round. Nothing is a rule that is None.

    Attributes:
        per_image: at most so many picks of each image: one number for all, or one each.
        images: at most so many images.
        similar: for each image, the positions of its near-duplicates. Once one has given a pick, the others give none.
        groups: for each image, the number of its group, from 0.
        quotas: at most so many picks of each group.
    """

    per_image: int | Sequence[int] | None = None
    images: int | None = None
    similar: Sequence[Sequence[int]] | None = None
    groups: Sequence[int] | None = None
    quotas: Sequence[int] | None = None


def merge_pool(picks: Sequence[Sequence[Pick]], *, rules: PoolRules | None = None) -> Iterator[tuple[int, int]]:
    """The greedy choice over a whole pool, from the greedy choice of each image. Take as many as the budget buys.

    Exact, because a pick rules out regions of its own image only. Whatever the pool-wide choice takes from the other
    images, what it takes from one is that image's own greedy sequence, from its start; and each sequence is already in
    the order of choice (a later pick was a candidate all along and lost). So the pool-wide sequence is their merge. The
    rules close images and never open them again, which cuts their sequences off.

    Args:
        picks: for each image, in pool order, its picks as `Unit.select` returns them: as many as it may give, or all
            that it has.
        rules: which images give no more.

    Yields:
        (position of the image in the pool, index into its picks), in order: score descending, then position in the
        pool, column, row.

    Raises:
        ValueError: an image's picks are not in order, quotas without groups, a negative limit, or lists of rules that
            are not as long as the pool.
    """
    rules = rules or PoolRules()
    for image, sequence in enumerate(picks):
        if any(_place(a) > _place(b) for a, b in pairwise(sequence)):
            raise ValueError(f"Expected the picks of image {image} by score descending, then column, row.")
    gate = _Gate(rules, len(picks))
    order = sorted(
        (-pick.score, image, index) for image, sequence in enumerate(picks) for index, pick in enumerate(sequence)
    )
    return ((image, index) for _, image, index in order if gate.lets(image))


class _Gate:
    """Which images are open, given what was taken so far."""

    def __init__(self, rules: PoolRules, num_images: int) -> None:
        if rules.quotas is not None and rules.groups is None:
            raise ValueError("Quotas need the group of each image; got None.")
        self.rules = rules
        limits = rules.per_image
        self.limits = [limits] * num_images if limits is None or isinstance(limits, int) else list(limits)
        lists = {"per_image": self.limits, "similar": rules.similar, "groups": rules.groups}
        for name, values in lists.items():
            if values is not None and len(values) != num_images:
                raise ValueError(f"Expected {name} for each of {num_images} images; got {len(values)}.")
        numbers = [rules.images, *self.limits, *(rules.quotas or ())]
        if any(number is not None and number < 0 for number in numbers):
            raise ValueError("Expected limits of at least 0.")
        if rules.quotas is not None and not all(0 <= group < len(rules.quotas) for group in rules.groups or ()):
            raise ValueError(f"Expected groups from 0 to {len(rules.quotas) - 1}, as there are quotas.")
        self.taken: Counter[int] = Counter()
        self.left = None if rules.quotas is None else list(rules.quotas)

    def lets(self, image: int) -> bool:
        """Whether the next pick of an image is taken; if so, it counts."""
        rules, first = self.rules, image not in self.taken
        limit = self.limits[image]
        if limit is not None and self.taken[image] >= limit:
            return False
        if first and rules.images is not None and len(self.taken) >= rules.images:
            return False
        if first and rules.similar is not None and any(other in self.taken for other in rules.similar[image]):
            return False
        if self.left is not None and rules.groups is not None:
            if self.left[rules.groups[image]] <= 0:
                return False
            self.left[rules.groups[image]] -= 1
        self.taken[image] += 1
        return True


def _place(pick: Pick) -> tuple[float, int, int]:
    return -pick.score, pick.column, pick.row
