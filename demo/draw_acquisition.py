"""Draw `docs/images/acquisition-*.png`: what is scored and chosen on rendered streets of `demo/pack`.

No network is involved, so that the pictures are the same everywhere: the "prediction" is the reference label map,
blurred and disturbed by smooth noise. All else is the code that a round runs.

    python -m demo.draw_acquisition
"""

import json
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont, ImageOps
from torch import Tensor
from torch.nn.functional import interpolate, max_pool2d

from backend.domain.regions import default_radius
from models.acquisition import (
    Centred,
    Partition,
    Pick,
    Unit,
    class_weights,
    draw_shadow,
    pixels,
    spread_evenly,
    superpixels,
    whole_image,
    windows,
)
from models.scoring import PixelMaps, RegionScores, Score, pixel_maps, score_regions
from models.self_training.pseudo_labels import contradicted

Bytes: TypeAlias = NDArray[np.uint8]
Mask: TypeAlias = NDArray[np.bool_]
Colour: TypeAlias = tuple[int, int, int]

PACK = Path(__file__).parent / "pack"
OUT = Path(__file__).parents[1] / "docs/images"
STREET = "s0161_0"
STREETS = ("s0161_0", "s0100_0", "s0113_0", "s0126_0", "s0138_0", "s0151_0")
SEED = 7
COUNT = 12  # regions
SUPERPIXELS = 400
SIEVE = 0.6  # tau
ENLARGED = 5  # times: a close-up
TITLE = 22  # px above each panel
GAP = 8  # px
LOW = 12  # px; a region that is lower has its word beside it
SMALLEST = 5  # px; a smaller region is outlined at this size, or nobody would see it
HEAT = np.array([(0, 0, 4), (81, 18, 124), (183, 55, 121), (252, 137, 97), (252, 253, 191)])  # dark to bright, evenly
# From the colours of Okabe and Ito, which people of any colour vision tell apart
YELLOW: Final = (240, 228, 66)
BLUE: Final = (86, 180, 233)
ORANGE: Final = (230, 120, 0)
DARK: Final = (20, 20, 20)
SCORES: tuple[Score, ...] = ("ripu", "impurity", "entropy", "margin", "random")


@dataclass(frozen=True)
class Street:
    """An image and what a made-up network says of it."""

    image: Image.Image
    label_map: Bytes
    logits: Tensor

    @cached_property
    def maps(self) -> PixelMaps:
        return pixel_maps(self.logits, margin=True)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        return self.image.height, self.image.width

    def score(self, unit: Unit, score: Score, *, weights: Tensor | None = None) -> RegionScores:
        generator = torch.Generator().manual_seed(SEED)
        return score_regions(self.maps, unit.regions, score=score, generator=generator, class_weights=weights)

    @property
    def prediction(self) -> Image.Image:
        """In the colours of the classes."""
        return Image.fromarray(palette()[self.maps.prediction.numpy()])

    def windows(self) -> Centred:
        return windows(*self.size, radius=default_radius(self.image.width, self.image.height))

    def superpixels(self) -> Partition:
        return Partition(labels=superpixels(np.asarray(self.image), count=SUPERPIXELS))


@dataclass(frozen=True)
class Outline:
    """A region to draw, with a word in its middle."""

    unit: Unit
    pick: Pick
    colour: Colour
    word: str = ""


@cache
def classes() -> list[str]:
    """Names, by id."""
    return [one["name"] for one in json.loads((PACK / "classes.json").read_text())["classes"]]


@cache
def palette() -> Bytes:
    """Colours, by id."""
    listed = json.loads((PACK / "classes.json").read_text())["classes"]
    return np.array([tuple(bytes.fromhex(one["color"][1:])) for one in listed], dtype=np.uint8)


@cache
def street(stem: str) -> Street:
    with Image.open(PACK / f"target/images/train/{stem}.jpg") as picture:
        image = picture.convert("RGB")
    with Image.open(PACK / f"target/labels/train/{stem}.png") as labels:
        label_map = np.array(labels)
    generator = torch.Generator().manual_seed(SEED)
    return Street(image, label_map, logits_of(label_map, num_classes=len(classes()), generator=generator))


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
    level = (values / values.max()).numpy().round(2) * (len(HEAT) - 1)  # a hundred colours are enough
    channels = [np.interp(level, range(len(HEAT)), HEAT[:, channel]) for channel in range(3)]
    return Image.fromarray(np.stack(channels, axis=-1).astype(np.uint8))


def grey(image: Image.Image) -> Image.Image:
    """The image without its colours, so that outlines are seen on it."""
    even = ImageOps.autocontrast(image.convert("L"), cutoff=1)
    return even.point(lambda level: 50 + level * 0.65).convert("RGB")


def grown(mask: Mask, *, by: int) -> Mask:
    """The mask and what is at most so many pixels beside it."""
    wide = max_pool2d(torch.from_numpy(mask)[None].float(), 2 * by + 1, stride=1, padding=by)
    return wide[0].numpy() > 0


def edge(mask: Mask) -> Mask:
    """The pixels of a mask that have a neighbour outside it, or lie at the image's border."""
    return mask & grown(~np.pad(mask, 1), by=1)[1:-1, 1:-1]


def full_mask(unit: Unit, pick: Pick, *, size: tuple[int, int]) -> Mask:
    """Which pixels of the image are the region's."""
    region, mask = unit.region(pick), np.zeros(size, dtype=np.bool_)
    height, width = region.mask.shape
    mask[region.row : region.row + height, region.column : region.column + width] = region.mask
    return mask


def outlined(image: Image.Image, outlines: list[Outline]) -> Image.Image:
    """The image with regions outlined along their own pixels, a dark line around each."""
    drawn, size = np.array(image), (image.height, image.width)
    words = []
    for outline in outlines:
        mask = full_mask(outline.unit, outline.pick, size=size)
        is_small = mask.sum() < SMALLEST**2
        if is_small:
            mask = grown(mask, by=SMALLEST // 2)
        drawn[grown(mask, by=1) & ~mask] = DARK
        drawn[edge(mask)] = outline.colour
        rows, columns = mask.nonzero()
        middle = (columns.mean() + 0.5, rows.mean() + 0.5)
        is_low = np.ptp(rows) + 1 < LOW
        words.append(((middle[0] + np.ptp(columns) / 2 + 8, middle[1] - 6) if is_low else middle, outline.word))
    page = Image.fromarray(drawn)
    pen = ImageDraw.Draw(page)
    for place, word in words:
        inside = (min(max(8, place[0]), image.width - 8), min(max(6, place[1]), image.height - 6))
        font = ImageFont.load_default(11)
        pen.text(inside, word, fill=(255, 255, 255), font=font, anchor="mm", stroke_width=1, stroke_fill=DARK)
    return page


def ranked(unit: Unit, picks: list[Pick], *, colour: Colour = YELLOW) -> list[Outline]:
    return [Outline(unit, pick, colour, str(rank)) for rank, pick in enumerate(picks, start=1)]


def first_regions(street: Street, unit: Unit, scores: RegionScores) -> Image.Image:
    return outlined(grey(street.image), ranked(unit, unit.select(scores.score.numpy(), count=COUNT)))


def sheet(rows: list[dict[str, Image.Image]], *, width: int) -> Image.Image:
    """Rows of panels, each below its title; the panels of a row have one size."""
    heights = [TITLE + next(iter(row.values())).height + GAP for row in rows]
    page = Image.new("RGB", (width, sum(heights) - GAP), (255, 255, 255))
    pen = ImageDraw.Draw(page)
    for number, row in enumerate(rows):
        y = sum(heights[:number])
        for place, (title, panel) in enumerate(row.items()):
            x = place * (panel.width + GAP)
            pen.text((x, y + 3), title, fill=(0, 0, 0), font=ImageFont.load_default(14))
            page.paste(panel, (x, y + TITLE))
    return page.quantize(200, kmeans=1, dither=Image.Dither.NONE)  # half the bytes, and the loss is hardly seen


def draw_units() -> Image.Image:
    """The four units, by `ripu`; whole images by `entropy`."""
    shown = street(STREET)
    square = shown.windows()
    units: dict[str, Unit] = {
        f"window, {2 * square.radius + 1} px a side": square,
        f"superpixel, {SUPERPIXELS} an image": shown.superpixels(),
        "pixel, by the classes around it": pixels(*shown.size),
    }
    scores = {name: shown.score(unit, "ripu") for name, unit in units.items()}
    page_width = 3 * (shown.image.width + GAP) - GAP
    return sheet(
        [
            {name: heat(unit.as_map(scores[name].score)) for name, unit in units.items()},
            {
                f"the first {COUNT} {noun}": first_regions(shown, unit, scores[name])
                for noun, (name, unit) in zip(("windows", "superpixels", "pixels"), units.items(), strict=True)
            },
            _images_by_score(side=(page_width + GAP) // len(STREETS) - GAP),
        ],
        width=page_width,
    )


def _images_by_score(*, side: int) -> dict[str, Image.Image]:
    scored = []
    for stem in STREETS:
        one = street(stem)
        (score,) = one.score(whole_image(*one.size), "entropy").score.tolist()
        scored.append((-score, stem))
    panels = {}
    for rank, (negative, stem) in enumerate(sorted(scored), start=1):
        image = street(stem).image
        small = image.resize((side, round(side * image.height / image.width)), Image.Resampling.LANCZOS)
        panels[f"image {rank}: {-negative:.3f}"] = small
    return panels


def draw_scores() -> Image.Image:
    """The five scores over windows."""
    shown = street(STREET)
    unit = shown.windows()
    scores = {name: shown.score(unit, name) for name in SCORES}
    rows: list[dict[str, Image.Image]] = []
    for names in (SCORES[:3], SCORES[3:]):
        rows.append({name: heat(scores[name].score) for name in names})
        rows.append({f"the first {COUNT} by {name}": first_regions(shown, unit, scores[name]) for name in names})
    rows[2]["the predicted classes"] = shown.prediction
    rows[3]["the street"] = shown.image
    return sheet(rows, width=3 * (shown.image.width + GAP) - GAP)


def draw_options() -> Image.Image:
    """Class balance, the random share and sieving."""
    shown = street(STREET)
    return sheet([_balance(shown), _shadow_and_sieve(shown)], width=3 * (shown.image.width + GAP) - GAP)


def _balance(shown: Street) -> dict[str, Image.Image]:
    unit = shown.windows()
    pool = sum(torch.bincount(street(stem).maps.prediction.flatten(), minlength=len(classes())) for stem in STREETS)
    assert isinstance(pool, Tensor)  # noqa: S101  (there are streets)
    weights = torch.from_numpy(class_weights([0] * len(classes()), pool.tolist())).float()
    off = unit.select(shown.score(unit, "ripu").score.numpy(), count=COUNT)
    on = unit.select(shown.score(unit, "ripu", weights=weights).score.numpy(), count=COUNT)

    def marked(own: list[Pick], other: list[Pick]) -> Image.Image:
        """Orange is what overlaps nothing that is chosen otherwise."""
        covered = np.any([full_mask(unit, pick, size=shown.size) for pick in other], axis=0)
        kept = [bool((covered & full_mask(unit, pick, size=shown.size)).any()) for pick in own]
        outlines = ranked(unit, own)
        return outlined(
            grey(shown.image),
            [one if keep else replace(one, colour=ORANGE) for one, keep in zip(outlines, kept, strict=True)],
        )

    return {
        "weight of each predicted class": heat(weights[shown.maps.prediction.long()]),
        "class balance off": marked(off, on),
        "class balance on": marked(on, off),
    }


def _shadow_and_sieve(shown: Street) -> dict[str, Image.Image]:
    unit, share = shown.windows(), 3
    tiles = unit.partition()
    (drawn,) = draw_shadow([len(tiles.free(None))], count=share, seed=SEED)
    taken = np.zeros(shown.size, dtype=np.bool_)
    random = [tiles.pick(number, 0.0) for number in drawn]
    for pick in random:
        taken |= full_mask(tiles, pick, size=shown.size)
    chosen = unit.select(shown.score(unit, "ripu").score.numpy(), count=COUNT - share, answered=taken)
    order = spread_evenly(len(chosen), len(random), seed=SEED)
    arms = (iter(chosen), iter(random))
    outlines = [
        Outline(tiles if is_drawn else unit, next(arms[is_drawn]), BLUE if is_drawn else YELLOW, str(rank))
        for rank, is_drawn in enumerate(order, start=1)
    ]
    return {f"{share} of {COUNT} drawn at random": outlined(grey(shown.image), outlines), **_sieve(shown)}


def _sieve(shown: Street) -> dict[str, Image.Image]:
    """A superpixel answered with its most frequent class, and what is sieved of it, close up: the clearest case."""
    partition = shown.superpixels()
    parts = partition.labels
    counts = np.zeros((int(parts.max()) + 1, len(classes()) + 1), dtype=np.int64)
    np.add.at(counts, (parts, np.minimum(shown.label_map, len(classes()))), 1)
    answer = counts[:, :-1].argmax(axis=1).astype(np.uint8)
    everywhere = torch.ones(1, *shown.size, dtype=torch.bool)
    answers = torch.from_numpy(answer[parts])[None]
    sieved = contradicted(shown.logits[None], answers, everywhere, confidence=SIEVE)[0].numpy()
    is_other = shown.label_map != answer[parts]
    rightly = np.bincount(parts[sieved & is_other], minlength=len(counts))
    wrongly = np.bincount(parts[sieved & ~is_other], minlength=len(counts))
    number = int((rightly - len(counts) * wrongly).argmax())
    inside = parts == number

    rows, columns = inside.nonzero()
    height, width = shown.size[0] // ENLARGED, shown.size[1] // ENLARGED
    top = int(np.clip(rows.mean() - height / 2, 0, shown.size[0] - height))
    left = int(np.clip(columns.mean() - width / 2, 0, shown.size[1] - width))

    def close(image: Image.Image) -> Image.Image:
        drawn = outlined(image, [Outline(partition, partition.pick(number, 0.0), YELLOW)])
        crop = drawn.crop((left, top, left + width, top + height))
        return crop.resize((width * ENLARGED, height * ENLARGED), Image.Resampling.NEAREST)

    left_out = np.array(grey(shown.image))
    left_out[sieved & inside] = BLUE
    return {
        f"predicted classes; answered as {classes()[answer[number]]}": close(shown.prediction),
        f"blue: left out at tau = {SIEVE}": close(Image.fromarray(left_out)),
    }


PICTURES: Final = {
    "acquisition-units.png": draw_units,
    "acquisition-scores.png": draw_scores,
    "acquisition-options.png": draw_options,
}

if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    for name, draw in PICTURES.items():
        draw().save(OUT / name, optimize=True)
