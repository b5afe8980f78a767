"""Selecting: the best candidates of the whole pool become queries, in acquisition order."""

from itertools import accumulate
from typing import Any

from backend.db import rounds
from backend.db.tables import Query, Round, ScoredImage
from backend.domain.round_config import Budget, BudgetUnit
from backend.services import configs
from models.acquisition import Pick, merge_pool
from worker.context import Context


def work(context: Context) -> None:
    """One transaction: either all queries are there, or none."""
    with context.database.read() as session:
        round_, _ = context.round_and_project(session)
        scored = rounds.scored_images(session, round_.id)
    config = configs.from_json(round_.config).acquisition
    picks = [[Pick(one["row"], one["column"], one["score"]) for one in image.candidates] for image in scored]
    order = merge_pool(picks, count=sum(map(len, picks)), max_per_image=config.max_per_image)
    chosen = [(scored[image], scored[image].candidates[pick]) for image, pick in order]
    chosen = chosen[: _affordable([_pixels(candidate) for _, candidate in chosen], config.budget)]
    with context.writing() as session:
        round_, _ = context.round_and_project(session)
        session.add_all(_query(round_, image, candidate, rank=rank) for rank, (image, candidate) in enumerate(chosen))
        round_.num_queries = len(chosen)
        context.succeed(session, {"queries": len(chosen)})


def _affordable(pixels: list[int], budget: Budget) -> int:
    """How many of the regions, in order, a budget buys; a budget of pixels is reached by its last region."""
    if budget.unit is not BudgetUnit.PIXELS:
        return min(budget.amount, len(pixels))
    spent_before = [0, *accumulate(pixels)][: len(pixels)]
    return sum(spent < budget.amount for spent in spent_before)


def _pixels(candidate: dict[str, Any]) -> int:
    _, _, width, height = candidate["box"]
    return int(width * height)


def _query(round_: Round, image: ScoredImage, candidate: dict[str, Any], *, rank: int) -> Query:
    x, y, width, height = candidate["box"]
    return Query(
        round_id=round_.id,
        image_id=image.image_id,
        rank=rank,
        x=x,
        y=y,
        width=width,
        height=height,
        score=candidate["score"],
        impurity=candidate["impurity"],
        entropy=candidate["entropy"],
        conflict=candidate["conflict"],
        selection_probability=None,
        suggestion=candidate["suggestion"],
    )
