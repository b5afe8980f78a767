"""Draw `docs/images/acquisition.png`: what is scored and chosen on one rendered street of `demo/pack`.

No network is involved, so that the picture is the same everywhere: the "prediction" is the reference label map, blurred
and disturbed by smooth noise. All else is the code that a round runs.

    python -m demo.draw_acquisition
"""

import json
from pathlib import Path
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor
from torch.nn.functional import interpolate

from backend.domain.regions import default_radius, window_box
from models.acquisition import Pick, select_windows
from models.scoring import score_maps

Bytes: TypeAlias = NDArray[np.uint8]

PACK = Path(__file__).parent / "pack"
OUT = Path(__file__).parents[1] / "docs/images/acquisition.png"
STEM = "s0161_0"
SEED = 7
COUNT = 12  # regions
TITLE = 22  # px above each panel
GAP = 8  # px
HEAT = np.array([(0, 0, 4), (81, 18, 124), (183, 55, 121), (252, 137, 97), (252, 253, 191)])  # dark to bright, evenly


def logits_of(label_map: Bytes, *, num_classes: int, generator: torch.Generator) -> Tensor:
    """Scores of a made-up network: sure inside large things, unsure at borders, wrong about some of what is small."""
    height, width = label_map.shape
    one_hot = (
        torch.nn.functional.one_hot(torch.from_numpy(label_map).long(), num_classes).permute(2, 0, 1)[None].float()
    )
    coarse = interpolate(one_hot, size=(height // 8, width // 8), mode="area")
    noise = torch.randn(1, num_classes, height // 16, width // 16, generator=generator)
    coarse = 7 * coarse + 1.1 * interpolate(noise, size=coarse.shape[2:], mode="bilinear")
    return interpolate(coarse, size=(height, width), mode="bilinear")[0]


def heat(values: Tensor) -> Image.Image:
    """Brighter is higher; the brightest is the map's own maximum."""
    level = (values / values.max()).numpy() * (len(HEAT) - 1)
    channels = [np.interp(level, range(len(HEAT)), HEAT[:, channel]) for channel in range(3)]
    return Image.fromarray(np.stack(channels, axis=-1).astype(np.uint8))


def outline(image: Image.Image, picks: list[Pick], *, radius: int) -> Image.Image:
    """The image with its chosen windows and their ranks."""
    drawn = image.copy()
    pen = ImageDraw.Draw(drawn)
    for rank, pick in enumerate(picks, start=1):
        box = window_box(
            row=pick.row, column=pick.column, radius=radius, image_width=image.width, image_height=image.height
        )
        corners = (box.x, box.y, box.x + box.width - 1, box.y + box.height - 1)
        pen.rectangle(corners, outline=(255, 230, 0))
        middle = (box.x + box.width / 2, box.y + box.height / 2)
        pen.text(middle, str(rank), fill=(255, 255, 255), font=ImageFont.load_default(10), anchor="mm")
    return drawn


def sheet(panels: dict[str, Image.Image], *, columns: int) -> Image.Image:
    """The panels in rows, each below its title."""
    width, height = next(iter(panels.values())).size
    rows = -(-len(panels) // columns)
    size = (columns * (width + GAP) - GAP, rows * (height + TITLE + GAP) - GAP)
    page = Image.new("RGB", size, (255, 255, 255))
    pen = ImageDraw.Draw(page)
    for index, (title, panel) in enumerate(panels.items()):
        x, y = index % columns * (width + GAP), index // columns * (height + TITLE + GAP)
        pen.text((x, y + 3), title, fill=(0, 0, 0), font=ImageFont.load_default(14))
        page.paste(panel, (x, y + TITLE))
    return page


def draw() -> Image.Image:
    classes = json.loads((PACK / "classes.json").read_text())["classes"]
    colours = np.array([tuple(bytes.fromhex(c["color"][1:])) for c in classes], dtype=np.uint8)
    with Image.open(PACK / f"target/images/train/{STEM}.jpg") as street:
        image = street.convert("RGB")
    with Image.open(PACK / f"target/labels/train/{STEM}.png") as labels:
        label_map = np.array(labels)
    logits = logits_of(label_map, num_classes=len(classes), generator=torch.Generator().manual_seed(SEED))
    radius = default_radius(image.width, image.height)
    maps = score_maps(logits, score="ripu", radius=radius)
    picks = select_windows(maps.score.numpy(), radius=radius, count=COUNT)
    side = 2 * radius + 1
    return sheet(
        {
            "image": image,
            "prediction": Image.fromarray(colours[maps.prediction.numpy()]),
            f"the first {COUNT} regions, {side} x {side} px, by rank": outline(image, picks, radius=radius),
            "impurity": heat(maps.impurity),
            "entropy, mean over the window": heat(maps.entropy),
            "score: ripu = impurity x entropy": heat(maps.score),
        },
        columns=3,
    ).quantize(256)  # half the bytes, and the loss is not seen


if __name__ == "__main__":
    OUT.parent.mkdir(parents=True, exist_ok=True)
    draw().save(OUT, optimize=True)
