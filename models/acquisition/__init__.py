"""Choosing regions from scores under a budget. Arrays and a number in, places out.

The order of choice, everywhere: score descending, then position in the pool, column, row. Shape letters: h rows,
w columns. A window of radius k is the (2k+1) square around its centre, clipped to the image.
"""

from typing import Final

from models.acquisition.balance import class_weights
from models.acquisition.duplicates import difference_hash, near_duplicates
from models.acquisition.greedy import Pick, select_centres
from models.acquisition.pool import PoolRules, merge_pool
from models.acquisition.quotas import largest_remainder
from models.acquisition.shadow import draw_shadow, spread_evenly
from models.acquisition.superpixels import superpixels, tiles
from models.acquisition.units import Centred, Partition, Region, Unit, pixels, whole_image, windows

#: Which rules these are: raised whenever the same scores and settings would give other picks.
VERSION: Final = 2

__all__ = [
    "VERSION",
    "Centred",
    "Partition",
    "Pick",
    "PoolRules",
    "Region",
    "Unit",
    "class_weights",
    "difference_hash",
    "draw_shadow",
    "largest_remainder",
    "merge_pool",
    "near_duplicates",
    "pixels",
    "select_centres",
    "spread_evenly",
    "superpixels",
    "tiles",
    "whole_image",
    "windows",
]
