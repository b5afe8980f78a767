"""`stal simulate --recipe`: what it runs, what it says that it has replaced, and what it refuses."""

import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from backend.cli import program
from backend.cli.recipe_runs import real_run
from backend.cli.tiny_datasets import write_dataset
from backend.domain.dataset_formats import DatasetFormat
from backend.domain.errors import InvalidInput
from backend.domain.recipes import recipe_of
from tests.integration.installations import stal


def test_a_dry_run_plays_the_recipe_and_says_what_it_replaced(tmp_path):
    out = tmp_path / "out.json"
    done = stal("simulate", "--recipe", "stal-synthia2cityscapes-1", "--dry-run", "--out", out, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    replaced = [line.removeprefix("replaced: ") for line in done.stdout.splitlines() if line.startswith("replaced: ")]
    assert replaced.pop(0).startswith("datasets: 8 generated images as of SYNTHIA-RAND-CITYSCAPES, 12 of train and 2")
    assert replaced == [
        "acquisition.budget.amount: 30, 0 -> 1, 0",
        "training.network: deeplabv3plus_resnet101 -> tiny_fpn",
        "training.pretrained: required -> random",
        "training.iterations: 1, 147200 -> 1, 4",
        "training.crop: 769 -> 49",
        "training.source_size: (1024, 2048) -> (64, 128)",
        "evaluation.window: (769, 769) -> (49, 49)",
    ]
    assert "differs from the paper: The first 30 images are drawn at random" in done.stdout
    told = json.loads(out.read_text())
    assert (told["recipe"]["name"], told["recipe"]["replaced"][1:]) == ("stal-synthia2cityscapes-1", replaced)
    assert [(one["round_index"], one["arm"], one["images"]) for one in told["rounds"]] == [
        (0, "active", 0), (1, "active", 1),
    ]  # fmt: skip
    assert [one["path"] for one in told["imports"]] == ["synthia", "cityscapes", "cityscapes"]


def test_a_scale_takes_its_share_of_what_a_recipe_would_import(tmp_path):
    write_dataset(tmp_path / "gtav", DatasetFormat.GTAV, train=10, val=0, shrink=32)
    write_dataset(tmp_path / "cityscapes", DatasetFormat.CITYSCAPES, train=7, val=2, shrink=32)
    few = replace(recipe_of("stal-gtav2cityscapes-1"), source_limit=4)
    run = real_run(few, source=tmp_path / "gtav", target=tmp_path / "cityscapes", share=0.5)
    assert [(one.domain, one.splits, one.limit) for one in run.imports] == [
        ("source", ("train",), 2), ("target", ("train",), 4), ("target", ("val",), 1),
    ]  # fmt: skip
    assert run.replaced[0] == "images: 2, 4, 1 of source, train and val"
    whole = real_run(few, source=tmp_path / "gtav", target=tmp_path / "cityscapes", share=1)
    assert ([one.limit for one in whole.imports], whole.replaced) == ([4, 7, 2], ())


def refused(*arguments: object) -> str:
    """What is said instead of a run, of which nothing was begun."""
    done = CliRunner().invoke(program(["simulate"]), ["simulate", *map(str, arguments)])
    assert isinstance(done.exception, InvalidInput)
    assert done.output == ""
    return done.exception.message


def test_without_its_datasets_a_recipe_says_which_they_are_and_what_they_look_like(tmp_path):
    said = refused("--recipe", "ripu-gtav2cityscapes-ra-5", "--source", tmp_path)
    for part in ("GTAV", "labels/*.png", "Cityscapes", "leftImg8bit/{train,val}/CITY", "terms", "--dry-run"):
        assert part in said


def test_a_folder_of_another_layout_is_refused_before_anything_starts(tmp_path):
    for dataset_format in (DatasetFormat.GTAV, DatasetFormat.CITYSCAPES):
        write_dataset(tmp_path / dataset_format, dataset_format, train=1, val=1, shrink=32)
    exchanged = ("--source", tmp_path / "cityscapes", "--target", tmp_path / "gtav")
    said = refused("--recipe", "stal-gtav2cityscapes-1", *exchanged)
    assert f"No images found below {tmp_path / 'cityscapes'}. Expected images/*.png and labels/*.png" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--recipe", "u2pl"), "There is no recipe 'u2pl'. There are: stal-gtav2cityscapes-1, "),
        (("--recipe", "stal-gtav2cityscapes-1", "--budget", 3, "--crop", 64), "leave out --budget, --crop"),
        (("--recipe", "stal-gtav2cityscapes-1", "--dry-run", "--scale", 0.5), "leave out --source, --target and --sc"),
        (("--dry-run",), "name one with --recipe"),
    ],
)
def test_what_does_not_go_together_is_refused(arguments, said):
    assert said in refused(*arguments)
