"""The document on acquisition: its pictures are what the code draws now, and it names every setting."""

import re
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from backend.domain.round_config import AcquisitionConfig, BudgetScope, BudgetUnit, Score, Unit
from demo.draw_acquisition import OUT, PICTURES
from models.acquisition import VERSION

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


def test_the_document_names_every_setting_and_the_version():
    text = " ".join(DOCUMENT.read_text().split())
    settings = {field.name for field in fields(AcquisitionConfig)} | {"sieve"}
    words = settings | {word.value for kind in (Unit, Score, BudgetUnit, BudgetScope) for word in kind}
    assert {word for word in words if f"`{word}`" not in text} == set()
    assert f"`acquisition_version`. That number ({VERSION})" in text
