"""`stal project` and `stal import`: what there is to label."""

from pathlib import Path
from typing import Annotated

import typer

from backend.cli.rest import RestError, connect
from backend.cli.waiting import wait_for_job
from backend.domain.dataset_formats import DatasetFormat
from backend.domain.vocabulary import Domain, Split
from backend.services import class_files

project = typer.Typer(no_args_is_help=True, help="Projects.")


@project.command("create")
def create(
    slug: Annotated[str, typer.Argument(help="Short name in addresses: lower-case letters, digits, hyphens.")],
    classes: Annotated[Path, typer.Option(help="JSON file with the label schema; see demo/pack/classes.json.")],
    name: Annotated[str | None, typer.Option(help="[default: the slug]")] = None,
) -> None:
    """Make an empty project."""
    body = {"slug": slug, "name": name or slug, "classes": class_files.read_json(classes)}
    with connect() as rest:
        made = rest.post("/projects", body)
    print(f"{made['slug']}: {len(made['classes'])} classes")


def import_(
    project: Annotated[str, typer.Argument(help="Slug.")],
    path: Annotated[Path, typer.Argument(help="Folder, as the worker sees it; see docs/formats.md.")],
    dataset: Annotated[
        DatasetFormat | None,
        typer.Option("--format", help="Where PATH is a public dataset, as it comes."),
    ] = None,
    domain: Annotated[Domain | None, typer.Option(help="Where PATH is one domain's folder.")] = None,
    split: Annotated[list[Split] | None, typer.Option(help="Only this split; may be repeated.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many images a split.")] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Return when it is done.")] = False,
) -> None:
    """Import images and label maps; every file is checked before the first is stored."""
    body = {
        "path": str(path.absolute().resolve()),
        "format": dataset,
        "domain": domain,
        "splits": split or None,
        "limit": limit,
    }
    with connect() as rest:
        job = rest.post(f"/projects/{project}/imports", body)
        if not wait:
            print(f"job {job['id']}")
            return
        job = wait_for_job(rest, job["id"])
    if job["state"] != "succeeded":
        raise RestError(f"The import {job['state']}: {job['error'] or 'it was stopped.'}")
    print(f"{job['result']['added']} images added, {job['result']['images']} found")
