"""How much a pool of images can be asked."""

from collections.abc import Iterable
from dataclasses import dataclass

from backend.domain.errors import InvalidBudget
from backend.domain.regions import default_radius
from backend.domain.round_config import AcquisitionConfig, Budget, BudgetUnit


def num_queries_of(budget: Budget, *, window_pixels: int) -> int:
    """How many windows of `window_pixels` a budget buys, rounded up; a click is one region."""
    if budget.unit is BudgetUnit.PIXELS:
        return -(-budget.amount // window_pixels)
    return budget.amount


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolImage:
    """An image that can be asked about: its size, and how many of its pixels lie in regions that were answered."""

    width: int
    height: int
    answered_pixels: int = 0

    def window_side(self, acquisition: AcquisitionConfig) -> int:
        """Side of a full window on this image, in pixels."""
        radius = acquisition.radius if acquisition.radius is not None else default_radius(self.width, self.height)
        return 2 * radius + 1


def window_pixels(pool: Iterable[PoolImage], acquisition: AcquisitionConfig) -> int:
    """Pixels of the largest full window over the pool; at least 1."""
    return max((image.window_side(acquisition) for image in pool), default=1) ** 2


def capacity(pool: Iterable[PoolImage], acquisition: AcquisitionConfig) -> int:
    """The most disjoint windows that the pool could give in one round, seen from above.

    Windows are clipped at borders, so as many fit along a side as its length over the window's, rounded up. Answered
    regions are not asked again; each full window's worth of them takes one away.
    """
    total = 0
    for image in pool:
        side = image.window_side(acquisition)
        fits = -(-image.width // side) * -(-image.height // side) - image.answered_pixels // side**2
        total += max(0, fits if acquisition.max_per_image is None else min(fits, acquisition.max_per_image))
    return total


def check_budget(num_queries: int, *, limit: int) -> None:
    """Raise `InvalidBudget` where a round asks for more regions than the pool has."""
    if num_queries > limit:
        raise InvalidBudget(
            f"The budget asks for {num_queries} regions, but the pool has room for {limit} at most. "
            "Lower the budget, raise max_per_image, or import more target images.",
            asked=num_queries,
            limit=limit,
        )


def most_queries_an_image(acquisition: AcquisitionConfig, *, width: int, height: int) -> int:
    """The most windows that one round can ask of an image of this size: no more need be looked for.

    A budget of pixels may buy more windows than it has full ones in it, since those at the border are smaller.
    """
    limit = capacity([PoolImage(width=width, height=height)], acquisition)
    budget = acquisition.budget
    return limit if budget.unit is BudgetUnit.PIXELS else min(limit, budget.amount)
