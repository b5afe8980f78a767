"""What is kept of a region that might be asked: where, why, and what the teacher suggests."""

from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from backend.domain import rle
from backend.domain.regions import window_box
from models.acquisition import Pick
from models.scoring import ScoreMaps

SUGGESTED_CLASSES = 5


def describe(pick: Pick, maps: ScoreMaps, probabilities: Float[Tensor, "c h w"], *, radius: int) -> dict[str, Any]:
    """A candidate, as JSON. `worker.jobs.select_regions` makes queries of the best.

    The classes in conflict are the two that the teacher sees on most pixels of the region; where it sees only one, the
    other is the next most probable.
    """
    height, width = maps.score.shape
    box = window_box(row=pick.row, column=pick.column, radius=radius, image_width=width, image_height=height)
    rows, columns = slice(box.y, box.y + box.height), slice(box.x, box.x + box.width)
    prediction = maps.prediction[rows, columns]
    mean = probabilities[:, rows, columns].mean(dim=(1, 2))
    counts = torch.bincount(prediction.flatten().long(), minlength=len(mean))
    # Counts are whole numbers and probabilities below 1, so the sum ranks by count first and by probability then.
    conflict = torch.topk(counts + mean * (1 - 1e-6), 2).indices.tolist()
    best = torch.topk(mean, min(SUGGESTED_CLASSES, len(mean)))
    suggested = [
        {"class_id": class_id, "probability": round(probability, 4)}
        for class_id, probability in zip(best.indices.tolist(), best.values.tolist(), strict=True)
    ]
    label_map = rle.encode(np.asarray(prediction.cpu()))
    return {
        "row": pick.row,
        "column": pick.column,
        "score": pick.score,
        "impurity": float(maps.impurity[pick.row, pick.column]),
        "entropy": float(maps.entropy[pick.row, pick.column]),
        "box": [box.x, box.y, box.width, box.height],
        "conflict": conflict,
        "suggestion": {"classes": suggested, "label_map": {"encoding": "rle", "data": label_map}},
    }
