"""A recipe on its datasets, on a share of them, or on generated files."""

from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Final

from backend.cli.simulation import Import
from backend.cli.tiny_datasets import write_dataset
from backend.domain.dataset_formats import DATASETS, DatasetFormat
from backend.domain.errors import InvalidInput
from backend.domain.recipes import Recipe, changes, rehearsed, scaled
from backend.domain.vocabulary import Domain, Split
from backend.services.layouts import list_entries

#: Of a dry run. Few images and iterations, every step of the loop.
SHARE: Final = 1 / 250
SHRINK: Final = 16
ITERATIONS: Final = 4
SOURCE_IMAGES: Final = 8
TRAIN_IMAGES: Final = 12  # 2975 times SHARE
VAL_IMAGES: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeRun:
    """What is run of a recipe.

    Attributes:
        recipe: as it is run.
        imports: the files.
        replaced: what differs from the recipe of this name, in words.
    """

    recipe: Recipe
    imports: tuple[Import, ...]
    replaced: tuple[str, ...]


def real_run(recipe: Recipe, *, source: Path | None, target: Path | None, share: float) -> RecipeRun:
    """The recipe on datasets, with `share` of their images, spread evenly, and of its iterations and images to ask for.

    Raises:
        InvalidInput: a dataset is missing, or a folder has another layout.
    """
    if source is None or target is None:
        raise InvalidInput(_needs(recipe))
    smaller = scaled(recipe, share)
    imports = (
        _import(source, recipe.source, Domain.SOURCE, Split.TRAIN, share, most=recipe.source_limit),
        _import(target, recipe.target, Domain.TARGET, Split.TRAIN, share),
        _import(target, recipe.target, Domain.TARGET, Split.VAL, share),
    )
    fewer = () if share == 1 else (f"images: {', '.join(str(one.limit) for one in imports)} of source, train and val",)
    return RecipeRun(recipe=smaller, imports=imports, replaced=(*fewer, *changes(recipe, smaller)))


def dry_run(recipe: Recipe, folder: Path) -> RecipeRun:
    """The recipe on generated files, which are written below `folder`."""
    source, target = folder / recipe.source.value, folder / recipe.target.value
    write_dataset(source, recipe.source, train=SOURCE_IMAGES, val=0, shrink=SHRINK)
    write_dataset(target, recipe.target, train=TRAIN_IMAGES, val=VAL_IMAGES, shrink=SHRINK)
    run = real_run(recipe, source=source, target=target, share=1)
    smaller = rehearsed(scaled(recipe, SHARE), iterations=ITERATIONS, shrink=SHRINK)
    generated = (
        f"datasets: {SOURCE_IMAGES} generated images as of {DATASETS[recipe.source].title}, {TRAIN_IMAGES} of train "
        f"and {VAL_IMAGES} of val as of {DATASETS[recipe.target].title}, a {SHRINK}th of their sides"
    )
    return RecipeRun(recipe=smaller, imports=run.imports, replaced=(generated, *changes(recipe, smaller)))


def _import(
    root: Path, dataset_format: DatasetFormat, domain: Domain, split: Split, share: float, most: int | None = None
) -> Import:
    folder = root.resolve()
    found = len(list_entries(folder, dataset_format=dataset_format, domain=domain, splits=frozenset({split})))
    used = found if most is None else min(found, most)
    return Import(path=folder, domain=domain, dataset_format=dataset_format, splits=(split,), limit=ceil(used * share))


def _needs(recipe: Recipe) -> str:
    def told(option: str, dataset_format: DatasetFormat) -> str:
        dataset = DATASETS[dataset_format]
        return f"{option}: {dataset.title}, with {dataset.layout}; {dataset.access}."

    return (
        f"{recipe.name} needs two datasets, which cannot be shipped with stal. {told('--source', recipe.source)} "
        f"{told('--target', recipe.target)} Or try --dry-run, which generates small files of these layouts."
    )
