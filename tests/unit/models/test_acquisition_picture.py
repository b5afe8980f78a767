"""The picture in the documents is what the code draws now."""

from pathlib import Path

import numpy as np
from PIL import Image

from demo.draw_acquisition import draw

PICTURE = Path(__file__).parents[3] / "docs/images/acquisition.png"


def test_the_picture_is_up_to_date_and_small():
    with Image.open(PICTURE) as committed:
        shown = np.asarray(committed.convert("RGB")).astype(int)
    drawn = np.asarray(draw().convert("RGB")).astype(int)
    assert shown.shape == drawn.shape
    off = np.abs(shown - drawn).max(axis=2) > 40  # another Pillow may choose other 256 colours, a little
    assert off.mean() < 0.0001  # one region more or less is 0.0002
    assert PICTURE.stat().st_size < 300_000
