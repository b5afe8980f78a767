"""Selecting: the best candidates of the whole pool become queries, in acquisition order."""

import random
from collections.abc import Iterable, Sequence
from itertools import accumulate, islice
from typing import Any

from backend.db import images, rounds
from backend.db.tables import Query, Round, ScoredImage
from backend.domain import rle
from backend.domain.hiding import hidden_suggestions
from backend.domain.image_file import ImageSize, read_label_map
from backend.domain.round_config import AcquisitionConfig, BudgetScope, BudgetUnit, Unit
from backend.services import configs
from models.acquisition import VERSION, Pick, PoolRules, largest_remainder, merge_pool, near_duplicates, spread_evenly
from worker.context import Context

Candidate = dict[str, Any]


def work(context: Context) -> None:
    """One transaction: either all queries are there, or none."""
    with context.database.read() as session:
        round_, _ = context.round_and_project(session)
        scored = rounds.scored_images(session, round_.id)
        groups = {
            image.id: image.group or "" for image in images.by_ids(session, [s.image_id for s in scored]).values()
        }
    config = configs.from_json(round_.config)
    acquisition = config.acquisition
    drawn = [(image, candidate) for image in scored for candidate in image.shadow]
    random.Random(round_.seed).shuffle(drawn)  # so that those answered first are a random sample, too
    chosen = _choose(scored, acquisition, [groups[image.image_id] for image in scored], num_drawn=len(drawn))
    order = spread_evenly(len(chosen), len(drawn), seed=round_.seed)
    arms = (iter(chosen), iter(drawn))
    hidden = hidden_suggestions(len(order), share=config.labelling.hidden_share, seed=round_.seed)
    asked = [
        _query(context, round_, *next(arms[is_drawn]), unit=acquisition.unit, rank=rank, hidden=hidden[rank])
        for rank, is_drawn in enumerate(order)
    ]
    with context.writing() as session:
        round_, _ = context.round_and_project(session)
        session.add_all(asked)
        round_.num_queries = len(asked)
        context.succeed(session, {"queries": len(asked)})


def _choose(
    scored: Sequence[ScoredImage], acquisition: AcquisitionConfig, groups: Sequence[str], *, num_drawn: int
) -> list[tuple[ScoredImage, Candidate]]:
    """What the score asks for, in order, within the budget that random draws have left."""
    picks = [[Pick(one["row"], one["column"], one["score"]) for one in image.candidates] for image in scored]
    budget = acquisition.budget
    limits = [len(image.candidates) for image in scored]
    if acquisition.max_per_image is not None:
        limits = [min(limit, acquisition.max_per_image) for limit in limits]
    if budget.scope is BudgetScope.IMAGE:
        limits = [
            min(limit, _affordable(image.candidates, budget.unit, budget.amount))
            for limit, image in zip(limits, scored, strict=True)
        ]
    amount = max(0, budget.amount - num_drawn)
    names = sorted(set(groups))
    numbers = [names.index(group) for group in groups]
    rules = PoolRules(
        per_image=limits,
        images=amount if budget.unit is BudgetUnit.IMAGES else None,
        similar=None
        if acquisition.duplicate_distance is None
        else near_duplicates([int(image.image_hash, 16) for image in scored], distance=acquisition.duplicate_distance),
        groups=numbers,
        quotas=_quotas(numbers, limits, total=amount) if acquisition.stratify else None,
    )
    order = [(scored[image], scored[image].candidates[index]) for image, index in merge_pool(picks, rules=rules)]
    if budget.scope is BudgetScope.IMAGE:
        return order
    return order[: _affordable((candidate for _, candidate in order), budget.unit, amount)]


def _quotas(groups: Sequence[int], limits: Sequence[int], *, total: int) -> list[int]:
    """Regions that each group of images may give: as many as its images that can be asked, of all that can."""
    num_groups = max(groups, default=-1) + 1
    askable, room = [0] * num_groups, [0] * num_groups
    for group, limit in zip(groups, limits, strict=True):
        askable[group] += limit > 0
        room[group] += limit
    return largest_remainder(askable, total=total, room=room)


def _affordable(candidates: Iterable[Candidate], unit: BudgetUnit, amount: int) -> int:
    """How many of the regions, in order, a budget buys; one of pixels or clicks is reached by its last region."""
    match unit:
        case BudgetUnit.REGIONS:
            return sum(1 for _ in islice(candidates, amount))
        case BudgetUnit.IMAGES:
            return sum(1 for _ in candidates)  # the rules of the pool count images
        case BudgetUnit.CLICKS | BudgetUnit.PIXELS:
            costs = [candidate[unit.value] for candidate in candidates]
            spent_before = [0, *accumulate(costs)][: len(costs)]
            return sum(spent < amount for spent in spent_before)


def _query(
    context: Context,
    round_: Round,
    image: ScoredImage,
    candidate: Candidate,
    *,
    unit: Unit,
    rank: int,
    hidden: bool,
) -> Query:
    x, y, width, height = candidate["box"]
    suggestion = candidate["suggestion"]
    if suggestion["label_map"] is None:
        suggestion = {
            **suggestion,
            "label_map": _predicted(context, image, ImageSize(width=width, height=height)),
        }
    best = suggestion["classes"][0]
    return Query(
        round_id=round_.id,
        image_id=image.image_id,
        rank=rank,
        x=x,
        y=y,
        width=width,
        height=height,
        unit=unit,
        region=candidate["region"],
        pixels=candidate["pixels"],
        score=candidate["score"],
        impurity=candidate["impurity"],
        entropy=candidate["entropy"],
        conflict=candidate["conflict"],
        selection_probability=candidate.get("probability"),
        acquisition_version=VERSION,
        suggestion=suggestion,
        best_class=best["class_id"],
        best_probability=best["probability"],
        suggestion_hidden=hidden,
    )


def _predicted(context: Context, image: ScoredImage, size: ImageSize) -> dict[str, str]:
    """The teacher's label map of a whole image, which scoring has stored as a picture."""
    with context.database.read() as session:
        key = images.map_key(session, round_id=image.round_id, image_id=image.image_id, kind="prediction")
    label_map = read_label_map(context.blobs.get(key or ""), name="prediction", size=size, num_classes=255)
    return {"encoding": "rle", "data": rle.encode(label_map)}
