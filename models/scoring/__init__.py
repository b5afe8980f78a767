"""How worth asking each pixel's region is, from one image's logits. Higher is more worth asking.

Shape letters: c classes, h rows, w columns. A window of radius k is the (2k+1) square around a pixel, clipped to the
image; n is the number of its pixels that are inside.
"""

from models.scoring.maps import Score, ScoreMaps, score_maps
from models.scoring.pixels import margin_uncertainty, predictive_entropy
from models.scoring.windows import region_impurity, window_mean

__all__ = [
    "Score",
    "ScoreMaps",
    "margin_uncertainty",
    "predictive_entropy",
    "region_impurity",
    "score_maps",
    "window_mean",
]
