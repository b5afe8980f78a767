"""`stal simulate`: what a round of answers is worth, measured with an oracle instead of people."""

import json
import platform
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from backend.cli.local import open_local, settings_for, user_of
from backend.cli.progress import Meter, duration
from backend.cli.simulation import Arm, Plan, Result, Simulation, spread
from backend.cli.terminal import console, until_stopped
from backend.domain.errors import InvalidInput
from backend.domain.round_config import Budget, BudgetUnit, RoundConfig, Score
from backend.domain.vocabulary import Domain, UserRole
from backend.services import auth, class_files, configs
from backend.services.demo import DEMO_CONFIG, PACK
from backend.supervisor.installation import Installation

ORACLE = "oracle@localhost"
TRAINING, ACQUISITION = DEMO_CONFIG.training, DEMO_CONFIG.acquisition


def simulate(
    folder: Annotated[Path | None, typer.Argument(help="Folder like demo/pack. [default: that one]")] = None,
    source: Annotated[Path | None, typer.Option(help="Instead: one domain's folder, labelled.")] = None,
    target: Annotated[Path | None, typer.Option(help="And the other's, labelled for the oracle.")] = None,
    classes: Annotated[Path | None, typer.Option(help="JSON of classes. [default: FOLDER/classes.json]")] = None,
    arms: Annotated[str, typer.Option(help="What to compare, with commas.")] = "active,random,control",
    seeds: Annotated[str, typer.Option(help="With commas.")] = "0,1,2",
    rounds: Annotated[int, typer.Option(min=0, help="Rounds that ask; one more learns from the last answers.")] = 2,
    budget: Annotated[int, typer.Option(min=1, help="Of each round that asks.")] = ACQUISITION.budget.amount,
    unit: Annotated[BudgetUnit, typer.Option(help="Of the budget.")] = ACQUISITION.budget.unit,
    score: Annotated[Score, typer.Option(help="Of the active arm.")] = ACQUISITION.score,
    iterations: Annotated[int, typer.Option(min=1, help="A round.")] = TRAINING.iterations,
    crop: Annotated[int, typer.Option(min=32, help="Pixels.")] = TRAINING.crop,
    batch_size: Annotated[int, typer.Option(min=1, help="Images of each domain a step.")] = TRAINING.batch_size,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many images a split.")] = None,
    data: Annotated[Path | None, typer.Option(help="Keep the installation here. [default: a scratch folder]")] = None,
    out: Annotated[Path | None, typer.Option(help="Write config and figures to this JSON file.")] = None,
) -> None:
    """Play the whole loop with an oracle, for several seeds, beside random choice and a control without answers."""
    folders, classes_file = _data(folder, source, target, classes)
    config = RoundConfig(
        acquisition=replace(ACQUISITION, score=score, budget=Budget(amount=budget, unit=unit)),
        training=replace(TRAINING, iterations=iterations, crop=crop, batch_size=batch_size),
    )
    plan = Plan(
        folders=folders,
        classes=class_files.read(classes_file),
        config=config,
        arms=[Arm(arm) for arm in _words(arms, [arm.value for arm in Arm])],
        seeds=_numbers(seeds),
        num_rounds=rounds,
        limit=limit,
    )
    began = time.monotonic()
    results: list[Result] = []
    with until_stopped(), _folder(data) as where:
        _run(plan, where, results)
    wall_seconds = time.monotonic() - began
    console.print(_table(plan, results))
    if len(results) < plan.total_rounds:
        console.print(f"stopped after {len(results)} of {plan.total_rounds} rounds")
        raise typer.Exit(130)
    console.print(f"{duration(wall_seconds)} in all; {budget} {unit.value} a round")
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(_document(plan, results, wall_seconds), indent=1) + "\n")


def _run(plan: Plan, folder: Path, results: list[Result]) -> None:
    # Nothing of the machine's own installation may play along.
    settings = settings_for(folder).model_copy(update={"database_url": "", "storage_url": "", "broker_url": ""})
    with Meter(console) as meter, Installation.start(settings, host="127.0.0.1", port=0, say=_quiet) as installation:
        local = open_local(installation.settings)
        with local.database.write() as session:
            admin = auth.actor_of(user_of(session, settings, None))
            annotator = auth.actor_of(auth.create_user(session, email=ORACLE, name="Oracle", role=UserRole.ANNOTATOR))
        began = time.monotonic()

        def watch(what: str, fraction: float, done: int) -> None:
            rounds_done = done + fraction
            pace = (time.monotonic() - began) / rounds_done if rounds_done > 0.05 else None
            eta = None if pace is None else pace * (plan.total_rounds - rounds_done)
            meter.show(what, fraction=rounds_done / plan.total_rounds, eta_seconds=eta)

        Simulation(
            plan=plan,
            local=local,
            admin=admin,
            annotator=annotator,
            tend=installation.tend,
            watch=watch,
            results=results,
        ).run()


def _data(
    folder: Path | None, source: Path | None, target: Path | None, classes: Path | None
) -> tuple[list[tuple[Path, Domain | None]], Path]:
    if (source is None) != (target is None) or (source is not None and (folder is not None or classes is None)):
        raise InvalidInput("Give one folder like demo/pack, or --source, --target and --classes together.")
    if source is not None and target is not None and classes is not None:
        return [(source.resolve(), Domain.SOURCE), (target.resolve(), Domain.TARGET)], classes
    pack = (folder or PACK).resolve()
    return [(pack, None)], classes or pack / "classes.json"


def _words(text: str, known: Sequence[str]) -> list[str]:
    words = [word.strip() for word in text.split(",") if word.strip()]
    unknown = [word for word in words if word not in known]
    if unknown or not words:
        raise InvalidInput(f"{text!r}: name some of {', '.join(known)}, with commas.")
    return words


def _numbers(text: str) -> list[int]:
    try:
        return [int(word) for word in text.split(",") if word.strip()]
    except ValueError:
        raise InvalidInput(f"{text!r}: seeds are whole numbers, with commas.") from None


@contextmanager
def _folder(data: Path | None) -> Iterator[Path]:
    if data is not None:
        yield data
        return
    with tempfile.TemporaryDirectory(prefix="stal-simulate-") as scratch:
        yield Path(scratch)


def _table(plan: Plan, results: Sequence[Result]) -> Table:
    columns = [f"round {index}" for index in range(plan.num_rounds + 1)]
    table = Table("arm", "seed", *columns, "regions", "clicks", title="mIoU, %")
    for arm in plan.arms:
        for seed in plan.seeds:
            row = [one for one in results if one.arm is arm and one.seed == seed]
            cells = [_percent(one.miou) for one in row] + [""] * (len(columns) - len(row))
            effort = [str(row[-1].regions), str(row[-1].clicks)] if row else []
            table.add_row(arm, str(seed), *cells, *effort)
        means = [
            "-" if one is None else f"{100 * one[0]:.1f} ± {100 * one[1]:.1f}" for one in _means(plan, results, arm)
        ]
        table.add_row(arm, "mean", *means, style="bold", end_section=True)
    return table


def _document(plan: Plan, results: Sequence[Result], wall_seconds: float) -> dict[str, object]:
    return {
        "what": "stal simulate",
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": results[-1].commit,
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "folders": [folder.name for folder, _ in plan.folders],
        "config": configs.to_json(plan.config),
        "arms": plan.arms,
        "seeds": plan.seeds,
        "limit": plan.limit,
        "wall_seconds": round(wall_seconds, 1),
        "rounds": [asdict(one) for one in results],
        "mean_miou": {
            arm: [None if one is None else one[0] for one in _means(plan, results, arm)] for arm in plan.arms
        },
    }


def _means(plan: Plan, results: Sequence[Result], arm: Arm) -> list[tuple[float, float] | None]:
    return [spread(results, arm, index) for index in range(plan.num_rounds + 1)]


def _percent(miou: float | None) -> str:
    return "-" if miou is None else f"{100 * miou:.1f}"


def _quiet(_part: str, _what: str) -> None:
    """The parts of a scratch installation are not worth a line each."""
