"""Choosing regions from scores under a budget. Arrays and a number in, places out.

The order of choice, everywhere: score descending, then position in the pool, column, row. Shape letters: h rows,
w columns. A window of radius k is the (2k+1) square around its centre, clipped to the image.
"""

from models.acquisition.pool import merge_pool
from models.acquisition.windows import Pick, blocked_centres, select_windows

__all__ = ["Pick", "blocked_centres", "merge_pool", "select_windows"]
