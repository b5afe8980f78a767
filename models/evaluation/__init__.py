"""What a network is worth on labelled images: how it is asked, and the sums that every figure comes from.

Shape letters: c classes, h rows, w columns, b bins of confidence.
"""

from models.evaluation.boundary import boundary_band, boundary_counts, boundary_distance
from models.evaluation.calibration import calibration_counts, calibration_error, reliability
from models.evaluation.segmentation import InferenceConfig, Segmentation, segment
from models.evaluation.tally import Figures, Tally
from models.evaluation.views import View, offsets

__all__ = [
    "Figures",
    "InferenceConfig",
    "Segmentation",
    "Tally",
    "View",
    "boundary_band",
    "boundary_counts",
    "boundary_distance",
    "calibration_counts",
    "calibration_error",
    "offsets",
    "reliability",
    "segment",
]
