"""Experiments of the papers as named configurations; docs/recipes.md has their table."""

from collections.abc import Mapping
from typing import Final

from backend.domain.dataset_formats import DatasetFormat
from backend.domain.errors import InvalidInput
from backend.domain.recipes.recipe import Recipe, changes, rehearsed, scaled
from backend.domain.recipes.ripu import ripu_pixels, ripu_regions
from backend.domain.recipes.stal import stal

__all__ = ["RECIPES", "Recipe", "changes", "recipe_of", "rehearsed", "scaled"]

_V2, _V3 = "deeplabv2_resnet101", "deeplabv3plus_resnet101"
_TASKS: Final = ((DatasetFormat.GTAV, "cityscapes-19"), (DatasetFormat.SYNTHIA, "cityscapes-16"))

RECIPES: Final[Mapping[str, Recipe]] = {
    recipe.name: recipe
    for source, classes in _TASKS
    for recipe in (
        *(stal(source, percent=percent, classes=classes) for percent in ("1", "2.2", "5")),
        ripu_regions(source, percent="2.2", network=_V2, classes=classes),
        ripu_regions(source, percent="5", network=_V3, classes=classes),
        ripu_pixels(source, network=_V2, classes=classes),
    )
}


def recipe_of(name: str) -> Recipe:
    """The recipe of this name.

    Raises:
        InvalidInput: there is none; the message names them all.
    """
    if name not in RECIPES:
        raise InvalidInput(f"There is no recipe {name!r}. There are: {', '.join(RECIPES)}.")
    return RECIPES[name]
