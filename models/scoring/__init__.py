"""How worth asking each region of an image is, from its logits. Higher is more worth asking.

Two axes that do not know of each other: what a region is (`Windows` or `Segments`), and which of five scores it gets.

Shape letters: c classes, h rows, w columns. A window of radius k is the (2k+1) square around a pixel, clipped to the
image; n is the number of its pixels that are inside.
"""

from models.scoring.maps import PixelMaps, RegionScores, Score, pixel_maps, score_regions
from models.scoring.pixels import margin_uncertainty, predictive_entropy
from models.scoring.regions import Regions, Segments, Windows
from models.scoring.windows import region_impurity, window_mean

__all__ = [
    "PixelMaps",
    "RegionScores",
    "Regions",
    "Score",
    "Segments",
    "Windows",
    "margin_uncertainty",
    "pixel_maps",
    "predictive_entropy",
    "region_impurity",
    "score_regions",
    "window_mean",
]
