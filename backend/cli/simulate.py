"""`stal simulate`: what a round of answers is worth, measured with an oracle instead of people."""

import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final

import typer

from backend.cli.local import open_local, settings_for, user_of
from backend.cli.progress import Meter, duration
from backend.cli.recipe_runs import RecipeRun, dry_run, real_run
from backend.cli.simulation import Arm, Import, Plan, Result, Simulation, final
from backend.cli.simulation_report import document, table
from backend.cli.terminal import console, until_stopped
from backend.domain.class_presets import CLASS_PRESETS
from backend.domain.errors import InvalidInput
from backend.domain.recipes import recipe_of
from backend.domain.round_config import Budget, BudgetUnit, RoundConfig, Score
from backend.domain.vocabulary import Domain, UserRole
from backend.services import auth, class_files
from backend.services.demo import DEMO_CONFIG, PACK
from backend.supervisor.installation import Installation

ORACLE = "oracle@localhost"
TRAINING, ACQUISITION = DEMO_CONFIG.training, DEMO_CONFIG.acquisition
RECIPES_OWN: Final = frozenset(
    {"folder", "classes", "rounds", "budget", "unit", "score", "iterations", "crop", "batch_size", "limit"}
)


def simulate(
    context: typer.Context,
    folder: Annotated[Path | None, typer.Argument(help="Folder like demo/pack. [default: that one]")] = None,
    source: Annotated[Path | None, typer.Option(help="Instead: one domain's folder, labelled.")] = None,
    target: Annotated[Path | None, typer.Option(help="And the other's, labelled for the oracle.")] = None,
    classes: Annotated[Path | None, typer.Option(help="JSON of classes. [default: FOLDER/classes.json]")] = None,
    recipe: Annotated[str | None, typer.Option(help="A paper's experiment on its datasets; docs/recipes.md.")] = None,
    scale: Annotated[float, typer.Option(min=1e-4, max=1, help="Of a recipe: share of images and iterations.")] = 1,
    rehearse: Annotated[bool, typer.Option("--dry-run", help="Of a recipe: on small generated files.")] = False,
    arms: Annotated[str | None, typer.Option(help="With commas. [default: all three; of a recipe: active]")] = None,
    seeds: Annotated[str | None, typer.Option(help="With commas. [default: 0,1,2; of a recipe: 0]")] = None,
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
    _refuse_mixtures(context, of_recipe=recipe is not None)
    began = time.monotonic()
    results: list[Result] = []
    with _folder(data) as where:
        run: RecipeRun | None = None
        if recipe is None:
            imports, classes_file = _data(folder, source, target, classes, limit)
            config = RoundConfig(
                acquisition=replace(ACQUISITION, score=score, budget=Budget(amount=budget, unit=unit)),
                training=replace(TRAINING, iterations=iterations, crop=crop, batch_size=batch_size),
            )
            plan = Plan(
                imports=imports,
                classes=class_files.read(classes_file),
                rounds=(*[config] * rounds, final(config)),
                arms=_arms(arms or ",".join(Arm)),
                seeds=_numbers(seeds or "0,1,2"),
            )
        else:
            run = _recipe_run(recipe, source, target, scale=scale, rehearse=rehearse, folder=where)
            plan = Plan(
                imports=run.imports,
                classes=CLASS_PRESETS[run.recipe.classes],
                rounds=run.recipe.rounds,
                arms=_arms(arms or Arm.ACTIVE),
                seeds=_numbers(seeds or "0"),
            )
        with until_stopped():
            _run(plan, where, results)
    wall_seconds = time.monotonic() - began
    console.print(table(plan, results))
    if len(results) < plan.total_rounds:
        console.print(f"stopped after {len(results)} of {plan.total_rounds} rounds")
        raise typer.Exit(130)
    console.print(f"{duration(wall_seconds)} in all" + ("" if run else f"; {budget} {unit.value} a round"))
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(document(plan, results, wall_seconds, run=run), indent=1) + "\n")


def _refuse_mixtures(context: typer.Context, *, of_recipe: bool) -> None:
    """What a recipe settles cannot be given beside it, and what belongs to recipes not without one."""
    given = {
        name for name in context.params if (source := context.get_parameter_source(name)) and "COMMAND" in source.name
    }
    wrong = given & (RECIPES_OWN if of_recipe else {"scale", "rehearse"})
    if not of_recipe and wrong:
        raise InvalidInput("--scale and --dry-run are of a recipe: name one with --recipe.")
    if wrong:
        options = ", ".join(sorted("FOLDER" if name == "folder" else f"--{name.replace('_', '-')}" for name in wrong))
        raise InvalidInput(f"A recipe settles this itself: leave out {options}, or run without --recipe.")
    if {"rehearse"} <= given and given & {"source", "target", "scale"}:
        raise InvalidInput("--dry-run generates its own few files: leave out --source, --target and --scale.")


def _recipe_run(
    name: str, source: Path | None, target: Path | None, *, scale: float, rehearse: bool, folder: Path
) -> RecipeRun:
    """The recipe as it will run, and said what it is."""
    recipe = recipe_of(name)
    run = (
        dry_run(recipe, folder / "datasets")
        if rehearse
        else real_run(recipe, source=source, target=target, share=scale)
    )
    lines = [f"{name}: {recipe.paper}", *(f"replaced: {one}" for one in run.replaced)]
    lines += [f"differs from the paper: {one}" for one in recipe.notes]
    for line in lines:
        console.print(line, soft_wrap=True, markup=False)
    return run


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
    folder: Path | None, source: Path | None, target: Path | None, classes: Path | None, limit: int | None
) -> tuple[list[Import], Path]:
    if (source is None) != (target is None) or (source is not None and (folder is not None or classes is None)):
        raise InvalidInput("Give one folder like demo/pack, or --source, --target and --classes together.")
    if source is not None and target is not None and classes is not None:
        folders = (source, Domain.SOURCE), (target, Domain.TARGET)
        return [Import(path=path.resolve(), domain=domain, limit=limit) for path, domain in folders], classes
    pack = (folder or PACK).resolve()
    return [Import(path=pack, limit=limit)], classes or pack / "classes.json"


def _arms(text: str) -> list[Arm]:
    return [Arm(word) for word in _words(text, list(Arm))]


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


def _quiet(_part: str, _what: str) -> None:
    """The parts of a scratch installation are not worth a line each."""
