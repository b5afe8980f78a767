"""The pictures in the documents are what the code draws now."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from demo.draw_acquisition import OUT, PICTURES

DOCUMENT = Path(__file__).parents[3] / "docs/acquisition.md"


@pytest.mark.parametrize("name", PICTURES)
def test_the_picture_is_up_to_date_and_small(name):
    with Image.open(OUT / name) as committed:
        shown = np.asarray(committed.convert("RGB")).astype(int)
    drawn = np.asarray(PICTURES[name]().convert("RGB")).astype(int)
    assert shown.shape == drawn.shape
    off = np.abs(shown - drawn).max(axis=2) > 40  # another Pillow may choose other colours, a little
    assert off.mean() < 0.0001  # the outline of one window is 0.00012 of the largest picture
    assert (OUT / name).stat().st_size < 300_000


def test_the_document_shows_each_picture_and_there_are_no_others():
    shown = re.findall(r"\]\(images/(acquisition[^)]*)\)", DOCUMENT.read_text())
    assert sorted(shown) == sorted(PICTURES) == sorted(path.name for path in OUT.glob("acquisition*"))
