"""How much a pool of images can be asked."""

from collections.abc import Iterable

from backend.domain.errors import InvalidBudget
from backend.domain.regions import default_radius
from backend.domain.round_config import AcquisitionConfig, Budget, BudgetUnit


def num_queries_of(budget: Budget, *, window_pixels: int) -> int:
    """How many windows of `window_pixels` a budget buys, rounded up; a click is one region."""
    if budget.unit is BudgetUnit.PIXELS:
        return -(-budget.amount // window_pixels)
    return budget.amount


def window_pixels(sizes: Iterable[tuple[int, int]], acquisition: AcquisitionConfig) -> int:
    """Pixels of the largest full window over images of these (width, height); at least 1."""
    radii = [acquisition.radius if acquisition.radius is not None else default_radius(*size) for size in sizes]
    return (2 * max(radii, default=0) + 1) ** 2


def capacity(sizes: Iterable[tuple[int, int]], acquisition: AcquisitionConfig) -> int:
    """The most disjoint windows that images of these (width, height) could give in one round, seen from above."""
    total = 0
    for width, height in sizes:
        radius = acquisition.radius if acquisition.radius is not None else default_radius(width, height)
        side = 2 * radius + 1
        fits = -(-width // side) * -(-height // side)
        total += fits if acquisition.max_per_image is None else min(fits, acquisition.max_per_image)
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
    limit = capacity([(width, height)], acquisition)
    budget = acquisition.budget
    return limit if budget.unit is BudgetUnit.PIXELS else min(limit, budget.amount)
