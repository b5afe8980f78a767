"""How much a pool of images can be asked, seen from above: before any image was scored."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from backend.domain.effort import ASSUMED_CLICKS
from backend.domain.errors import InvalidBudget
from backend.domain.regions import default_radius
from backend.domain.round_config import AcquisitionConfig, Budget, BudgetScope, BudgetUnit, Unit

PIXEL_SPACING: Final = 33  # px between two pixels that are asked in one round; see docs/acquisition.md


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolImage:
    """An image that can be asked about: its size, and how many of its pixels lie in regions that were answered."""

    width: int
    height: int
    answered_pixels: int = 0


def region_pixels(image: PoolImage, acquisition: AcquisitionConfig) -> int:
    """Pixels of one whole region of an image, about; at least 1."""
    match acquisition.unit:
        case Unit.WINDOW:
            return _window_side(image, acquisition) ** 2
        case Unit.SUPERPIXEL:
            return -(-image.width * image.height // acquisition.superpixels)
        case Unit.PIXEL:
            return 1
        case Unit.IMAGE:
            return image.width * image.height


def room(image: PoolImage, acquisition: AcquisitionConfig) -> int:
    """The most regions that an image can give in one round.

    Windows are clipped at borders, so as many fit along a side as its length over the window's, rounded up. Answered
    regions are not asked again; each whole region's worth of them takes one away, and all of them an image.
    """
    match acquisition.unit:
        case Unit.WINDOW:
            fits = _grid(image, _window_side(image, acquisition))
        case Unit.SUPERPIXEL:
            fits = min(acquisition.superpixels, image.width * image.height)
        case Unit.PIXEL:
            fits = _grid(image, PIXEL_SPACING)
        case Unit.IMAGE:
            fits = 0 if image.answered_pixels else 1
    if acquisition.unit is not Unit.PIXEL:  # an answered pixel keeps others away, but how many is not known
        fits -= image.answered_pixels // region_pixels(image, acquisition)
    limit = fits if acquisition.max_per_image is None else acquisition.max_per_image
    return max(0, min(fits, limit))


def capacity(pool: Sequence[PoolImage], acquisition: AcquisitionConfig) -> int:
    """The most regions that a pool can give in one round."""
    return sum(room(image, acquisition) for image in pool)


def num_queries(pool: Sequence[PoolImage], acquisition: AcquisitionConfig) -> int:
    """How many regions a budget buys, rounded up, if there are as many.

    A click is one region, but for whole images, of which the effort model assumes `ASSUMED_CLICKS`. A budget of images
    buys all that each of so many may give.
    """
    budget = acquisition.budget
    if budget.scope is BudgetScope.IMAGE:
        each = replace(acquisition, budget=replace(budget, scope=BudgetScope.POOL))
        return sum(min(num_queries([image], each), room(image, acquisition)) for image in pool)
    match budget.unit:
        case BudgetUnit.REGIONS:
            return budget.amount
        case BudgetUnit.CLICKS:
            return -(-budget.amount // ASSUMED_CLICKS[acquisition.unit])
        case BudgetUnit.PIXELS:
            return -(-budget.amount // largest_region(pool, acquisition))
        case BudgetUnit.IMAGES:
            rooms = sorted((room(image, acquisition) for image in pool), reverse=True)
            return sum(rooms[: budget.amount])


def largest_region(pool: Sequence[PoolImage], acquisition: AcquisitionConfig) -> int:
    """Pixels of the largest region over the pool; at least 1."""
    return max((region_pixels(image, acquisition) for image in pool), default=1)


def check_budget(pool: Sequence[PoolImage], acquisition: AcquisitionConfig) -> None:
    """Raise `InvalidBudget` where a round asks for more than the pool has."""
    budget = acquisition.budget
    if budget.unit is BudgetUnit.IMAGES:
        usable = sum(room(image, acquisition) > 0 for image in pool)
        if budget.amount > usable:
            raise InvalidBudget(
                f"The budget asks for {budget.amount} images, but the pool has {usable} that can be asked about. "
                "Lower the budget, or import more target images.",
                asked=budget.amount,
                limit=usable,
            )
        return
    asked, limit = num_queries(pool, acquisition), capacity(pool, acquisition)
    if asked > limit:
        raise InvalidBudget(
            f"The budget asks for {asked} regions, but the pool has room for {limit} at most. "
            "Lower the budget, raise max_per_image, or import more target images.",
            asked=asked,
            limit=limit,
        )


def most_queries_an_image(acquisition: AcquisitionConfig, *, width: int, height: int) -> int:
    """The most regions that one round can ask of an image of this size: no more need be looked for.

    Only a budget of regions says how many those are; others may buy small ones at a border.
    """
    limit = room(PoolImage(width=width, height=height), acquisition)
    budget: Budget = acquisition.budget
    return min(limit, budget.amount) if budget.unit is BudgetUnit.REGIONS else limit


def _window_side(image: PoolImage, acquisition: AcquisitionConfig) -> int:
    radius = acquisition.radius if acquisition.radius is not None else default_radius(image.width, image.height)
    return 2 * radius + 1


def _grid(image: PoolImage, side: int) -> int:
    return -(-image.width // side) * -(-image.height // side)
