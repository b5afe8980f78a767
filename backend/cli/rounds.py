"""`stal round`: train, ask, go on."""

import uuid
from typing import Annotated, Any

import typer

from backend.cli.rest import Rest, RestError, connect
from backend.cli.waiting import wait_for_round
from backend.domain.round_config import BudgetUnit

round_ = typer.Typer(no_args_is_help=True, help="Rounds: train, evaluate, score, select, label.")
Project = Annotated[str, typer.Argument(help="Slug.")]
Wait = Annotated[bool, typer.Option("--wait", help="Return when regions can be labelled, or the round has ended.")]


@round_.command()
def start(
    project: Project,
    budget: Annotated[int | None, typer.Option(min=0, help="How much to ask; 0 only trains and evaluates.")] = None,
    unit: Annotated[BudgetUnit, typer.Option(help="Of the budget.")] = BudgetUnit.REGIONS,
    seed: Annotated[int | None, typer.Option(min=0, help="[default: the round's index]")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what it would cost; start nothing.")] = False,
    wait: Wait = False,
) -> None:
    """Start the next round; what is left out comes from the project."""
    body = {"budget": None if budget is None else {"amount": budget, "unit": unit}, "seed": seed}
    with connect() as rest:
        if dry_run:
            cost = rest.post(f"/projects/{project}/rounds", body, dry_run=True)
            measured = "measured" if cost["seconds_are_measured"] else "assumed"
            print(
                f"{cost['num_queries']} regions, {cost['pixels']} pixels in all; about {cost['human_hours']:.1f} h of "
                f"people at {cost['seconds_per_answer']:.1f} s a region ({measured}); "
                f"{cost['training_iterations']} iterations of training"
            )
            return
        started = rest.post(f"/projects/{project}/rounds", body, key=uuid.uuid4().hex)
        _end(rest, started, wait=wait)


@round_.command()
def status(project: Project) -> None:
    """The newest round, and mIoU so far."""
    with connect() as rest:
        _tell(_newest(rest, project))
        for point in rest.get(f"/projects/{project}/learning-curve")["points"]:
            miou = "not evaluated" if point["miou"] is None else f"{100 * point['miou']:.1f} mIoU"
            print(
                f"  round {point['round_index']}: {miou} after {point['regions']} regions, {point['clicks']} clicks, "
                f"{point['human_hours']:.2f} h of people"
            )


@round_.command()
def close(
    project: Project,
    discard_open: Annotated[bool, typer.Option("--discard-open", help="Also while queries are open.")] = False,
) -> None:
    """End the labelling of the newest round."""
    with connect() as rest:
        _tell(rest.post(f"/rounds/{_newest(rest, project)['id']}/close", {"discard_open": discard_open}))


@round_.command()
def cancel(project: Project) -> None:
    """Give the newest round up; its answers stay."""
    with connect() as rest:
        _tell(rest.post(f"/rounds/{_newest(rest, project)['id']}/cancel"))


@round_.command()
def retry(project: Project, wait: Wait = False) -> None:
    """Go on with a failed round where it stopped."""
    with connect() as rest:
        _end(rest, rest.post(f"/rounds/{_newest(rest, project)['id']}/retry"), wait=wait)


def _newest(rest: Rest, project: str) -> dict[str, Any]:
    current = rest.get(f"/projects/{project}")["current_round"]
    if current is None:
        raise RestError(f"Project {project} has no round yet; start one with `stal round start {project}`.")
    found: dict[str, Any] = rest.get(f"/rounds/{current['id']}")
    return found


def _end(rest: Rest, round_: dict[str, Any], *, wait: bool) -> None:
    if wait:
        round_ = wait_for_round(rest, round_["id"])
    if round_["state"] in ("failed", "cancelled"):
        raise RestError(f"Round {round_['round_index']} {round_['state']}. {round_['error'] or ''}".strip())
    _tell(round_)


def _tell(round_: dict[str, Any]) -> None:
    miou = "" if round_["miou"] is None else f", {100 * round_['miou']:.1f} mIoU"
    print(
        f"round {round_['round_index']}: {round_['state']}, {round_['num_resolved']} of {round_['num_queries']} "
        f"regions answered{miou}"
    )
    if round_["error"]:
        print(f"  {round_['error']}")
