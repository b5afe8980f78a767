"""What a recipe is, and how a smaller one is made of it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from math import ceil
from typing import Any

from backend.domain.dataset_formats import DatasetFormat
from backend.domain.round_config import Budget, BudgetScope, BudgetUnit, EvaluationConfig, RoundConfig
from backend.domain.training_config import Pretrained, TrainingConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """A published experiment, as rounds of this product.

    Attributes:
        name: for `stal simulate --recipe`.
        paper: which experiment of which paper.
        source: the labelled dataset.
        target: the dataset that is asked about.
        classes: name of the label schema, of `CLASS_PRESETS`.
        rounds: the configuration of each; the last one asks nothing.
        source_limit: at most so many source images; None: all.
        notes: what differs from the paper, and why.
    """

    name: str
    paper: str
    source: DatasetFormat
    target: DatasetFormat
    classes: str
    rounds: tuple[RoundConfig, ...]
    source_limit: int | None
    notes: tuple[str, ...]


def scaled(recipe: Recipe, share: float) -> Recipe:
    """The same with `share` of its iterations, source images and images asked for, each rounded up.

    Schedules keep their form, as they count in shares of the iterations. What is asked of each image stays.

    Args:
        recipe: the whole.
        share: in (0, 1].
    """

    def fewer(config: RoundConfig) -> RoundConfig:
        budget, training = config.acquisition.budget, config.training
        if budget.scope is BudgetScope.POOL:
            budget = replace(budget, amount=ceil(budget.amount * share))
        return replace(
            config,
            acquisition=replace(config.acquisition, budget=budget),
            training=replace(training, iterations=ceil(training.iterations * share)),
        )

    limit = recipe.source_limit
    return replace(_every_round(recipe, fewer), source_limit=None if limit is None else ceil(limit * share))


def rehearsed(recipe: Recipe, *, iterations: int, shrink: int) -> Recipe:
    """The same for a small network of no weights, at most so many iterations a round, and small images.

    Args:
        recipe: the whole.
        iterations: the most of a round.
        shrink: every length in pixels is divided by it, and what is asked of each image by its square.
    """

    def smaller(config: RoundConfig) -> RoundConfig:
        return replace(
            config,
            acquisition=replace(config.acquisition, budget=_shrunk_budget(config.acquisition.budget, shrink)),
            training=replace(
                _shrunk_training(config.training, shrink),
                network="tiny_fpn",
                pretrained=Pretrained.RANDOM,
                iterations=min(iterations, config.training.iterations),
            ),
            evaluation=_shrunk_evaluation(config.evaluation, shrink),
        )

    return _every_round(recipe, smaller)


def changes(whole: Recipe, smaller: Recipe) -> tuple[str, ...]:
    """Every setting that a smaller recipe has otherwise, with its values by round where they differ."""
    return tuple(
        f"{path}: {_by_round(before)} -> {_by_round(after)}"
        for path, before, after in _settings(
            [asdict(one) for one in whole.rounds], [asdict(one) for one in smaller.rounds]
        )
        if before != after
    )


def _settings(
    before: Sequence[Any], after: Sequence[Any], path: str = ""
) -> Iterator[tuple[str, Sequence[Any], Sequence[Any]]]:
    """Each setting by its path, with what it is in every round."""
    if not isinstance(before[0], dict):
        yield path, before, after
        return
    for name in before[0]:
        yield from _settings(
            [one[name] for one in before], [one[name] for one in after], f"{path}.{name}" if path else name
        )


def _by_round(values: Sequence[Any]) -> str:
    return ", ".join(map(str, values if len(set(values)) > 1 else values[:1]))


def _every_round(recipe: Recipe, change: Callable[[RoundConfig], RoundConfig]) -> Recipe:
    return replace(recipe, rounds=tuple(change(config) for config in recipe.rounds))


def _shrunk_budget(budget: Budget, shrink: int) -> Budget:
    if budget.scope is BudgetScope.POOL:
        return budget
    if budget.unit is BudgetUnit.CLICKS:
        raise ValueError("How many clicks a smaller image costs cannot be said.")
    return replace(budget, amount=ceil(budget.amount / shrink**2))


def _shrunk_training(training: TrainingConfig, shrink: int) -> TrainingConfig:
    return replace(
        training,
        crop=ceil(training.crop / shrink),
        crop_rows=None if training.crop_rows is None else ceil(training.crop_rows / shrink),
        source_size=_shrunk_size(training.source_size, shrink),
        target_size=_shrunk_size(training.target_size, shrink),
    )


def _shrunk_evaluation(evaluation: EvaluationConfig, shrink: int) -> EvaluationConfig:
    rows, columns = evaluation.window
    return replace(
        evaluation,
        window=(ceil(rows / shrink), ceil(columns / shrink)),
        stride=_shrunk_size(evaluation.stride, shrink),
    )


def _shrunk_size(size: tuple[int, int] | None, shrink: int) -> tuple[int, int] | None:
    return None if size is None else (ceil(size[0] / shrink), ceil(size[1] / shrink))
