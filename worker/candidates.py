"""What is kept of a region that might be asked: where, why, and what the teacher suggests."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from backend.domain import rle
from backend.domain.effort import clicks_of_image
from backend.domain.label_schema import IGNORE_INDEX
from backend.domain.regions import encoded_mask
from models.acquisition import Pick, Unit
from models.inference import Logits
from models.scoring import PixelMaps, RegionScores

SUGGESTED_CLASSES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the network says of one image."""

    logits: Logits
    pixels: PixelMaps

    def describe(self, unit: Unit, scores: RegionScores, pick: Pick, *, whole: bool) -> dict[str, Any]:
        """A candidate, as JSON. `worker.jobs.select_regions` makes queries of the best.

        The classes in conflict are the two that the teacher sees on most pixels of the region; where it sees only one,
        the other is the next most probable.

        Args:
            unit: what is asked.
            scores: of the unit's regions.
            pick: which of them.
            whole: the region is the whole image. Its label map is large, and stored as a picture anyway.
        """
        region = unit.region(pick)
        height, width = region.mask.shape
        rows, columns = slice(region.row, region.row + height), slice(region.column, region.column + width)
        prediction = self.pixels.prediction[rows, columns]
        inside = torch.from_numpy(region.mask).to(prediction.device)
        logits = self.logits.of_box(row=region.row, column=region.column, height=height, width=width)
        mean = torch.softmax(logits[:, inside], dim=0).mean(dim=1)
        counts = torch.bincount(prediction[inside].long(), minlength=len(mean))
        # Counts are whole numbers and probabilities below 1, so the sum ranks by count first and by probability then.
        conflict = torch.topk(counts + mean * (1 - 1e-6), 2).indices.tolist()
        best = torch.topk(mean, min(SUGGESTED_CLASSES, len(mean)))
        suggested = [
            {"class_id": class_id, "probability": round(probability, 4)}
            for class_id, probability in zip(best.indices.tolist(), best.values.tolist(), strict=True)
        ]
        label_map = np.where(region.mask, prediction.cpu().numpy(), IGNORE_INDEX).astype(np.uint8)
        suggestion = None if whole else {"encoding": "rle", "data": rle.encode(label_map)}
        place = unit.index(pick)
        return {
            "row": pick.row,
            "column": pick.column,
            "score": float(scores.score[place]),
            "impurity": float(scores.impurity[place]),
            "entropy": float(scores.entropy[place]),
            "box": [region.column, region.row, width, height],
            "region": encoded_mask(region.mask),
            "pixels": int(region.mask.sum()),
            "clicks": clicks_of_image(label_map) if whole else 1,
            "conflict": conflict,
            "suggestion": {"classes": suggested, "label_map": suggestion},
        }
