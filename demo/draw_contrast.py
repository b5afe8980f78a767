"""Draw `docs/images/contrast.png`: which pixels of a rendered street of `demo/pack` are contrasted.

The prediction is made up, as in `demo.draw_acquisition`. Who is an anchor or a key is what training computes.

    python -m demo.draw_contrast
"""

from typing import Final

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from demo.draw_acquisition import GAP, ORANGE, OUT, STREET, YELLOW, Colour, classes, grey, heat, palette, sheet, street
from models.losses import IGNORE_INDEX, entropy
from models.self_training.contrast import ContrastConfig
from models.self_training.contrast_pixels import anchors, keys

CLASS: Final = "car"
STRIDE: Final = 4


def main() -> None:
    shown, config = street(STREET), ContrastConfig()
    logits = shown.logits[None, :, STRIDE // 2 :: STRIDE, STRIDE // 2 :: STRIDE]
    truth = torch.from_numpy(shown.label_map)[None, STRIDE // 2 :: STRIDE, STRIDE // 2 :: STRIDE]
    uncertainty = entropy(logits)
    uncertain = uncertainty > torch.quantile(uncertainty, 0.8)
    pseudo = logits.argmax(dim=1).to(torch.uint8).masked_fill(uncertain, IGNORE_INDEX)
    everywhere = torch.ones_like(truth, dtype=torch.bool)
    low, high = config.rank_bounds(len(classes()))
    number = classes().index(CLASS)
    chosen = anchors(logits, pseudo, confidence=config.confidence) == number
    unlabelled = keys(logits, pseudo, ~everywhere, uncertain, low=low, high=high)[number]
    labelled = keys(logits, truth, everywhere, ~everywhere, low=low, high=high)[number]

    def marked(members: Tensor, colour: Colour) -> Image.Image:
        wide = members.view(truth.shape[1:]).numpy().repeat(STRIDE, 0).repeat(STRIDE, 1)
        return Image.fromarray(np.where(wide[..., None], np.uint8(colour), np.asarray(grey(shown.image))))

    rows = [
        {
            "the street": shown.image,
            "the predicted classes": Image.fromarray(palette()[shown.maps.prediction.numpy()]),
            "entropy": heat(entropy(shown.logits[None])[0]),
        },
        {
            f"{CLASS}: anchors": marked(chosen, YELLOW),
            f"{CLASS}: keys, if nobody labelled the street": marked(unlabelled, ORANGE),
            f"{CLASS}: keys, if somebody did": marked(labelled, ORANGE),
        },
    ]
    sheet(rows, width=3 * (shown.image.width + GAP) - GAP).save(OUT / "contrast.png", optimize=True)


if __name__ == "__main__":
    main()
