"""What a simulation has found, for people and as a file."""

import platform
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from rich.table import Table

from backend.cli.recipe_runs import RecipeRun
from backend.cli.simulation import Arm, Plan, Result, spread
from backend.services import configs


def table(plan: Plan, results: Sequence[Result]) -> Table:
    """MIoU of every round by arm and seed, with means where there are several seeds."""
    columns = [str(index) for index in range(len(plan.rounds))]
    filled = Table("arm", "seed", *columns, "regions", "clicks", title="mIoU after each round, %")
    for arm in plan.arms:
        for seed in plan.seeds:
            row = [one for one in results if one.arm is arm and one.seed == seed]
            cells = [_percent(one.miou) for one in row] + [""] * (len(columns) - len(row))
            effort = [str(row[-1].regions), str(row[-1].clicks)] if row else []
            filled.add_row(arm, str(seed), *cells, *effort)
        if len(plan.seeds) == 1:
            continue
        means = [
            "-" if one is None else f"{100 * one[0]:.1f} ± {100 * one[1]:.1f}" for one in _means(plan, results, arm)
        ]
        filled.add_row(arm, "mean", *means, style="bold", end_section=True)
    return filled


def document(plan: Plan, results: Sequence[Result], wall_seconds: float, *, run: RecipeRun | None) -> dict[str, object]:
    """What was run and what came out, as JSON; `run` where it was a recipe."""
    recipe = None if run is None else {"name": run.recipe.name, "replaced": run.replaced, "notes": run.recipe.notes}
    return {
        "what": "stal simulate",
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": results[-1].commit,
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "recipe": recipe,
        "imports": [{**asdict(one), "path": one.path.name} for one in plan.imports],
        "configs": [configs.to_json(config) for config in plan.rounds],
        "arms": plan.arms,
        "seeds": plan.seeds,
        "wall_seconds": round(wall_seconds, 1),
        "rounds": [asdict(one) for one in results],
        "mean_miou": {
            arm: [None if one is None else one[0] for one in _means(plan, results, arm)] for arm in plan.arms
        },
    }


def _means(plan: Plan, results: Sequence[Result], arm: Arm) -> list[tuple[float, float] | None]:
    return [spread(results, arm, index) for index in range(len(plan.rounds))]


def _percent(miou: float | None) -> str:
    return "-" if miou is None else f"{100 * miou:.1f}"
