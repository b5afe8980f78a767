"""The table and the plot of `benchmarks.learning`, from its results."""

from collections.abc import Sequence
from statistics import mean, pstdev
from typing import Any

from PIL import Image

from benchmarks.chart import COLOURS, Line, draw

Row = dict[str, Any]
SPLITS = {"unseen": "unseen sequence", "official": "official clip"}


def line(rows: Sequence[Row]) -> str:
    """An arm of one seed in short."""
    scores = [" ".join([f"{name}:", *(f"{_mean([row], split):.1f}" for row in rows)]) for split, name in SPLITS.items()]
    return f"{rows[0]['arm']}, seed {rows[0]['seed']}, {rows[0]['arm_seconds']} s, mIoU {', '.join(scores)}"


def table(rows: Sequence[Row]) -> str:
    """mIoU in %, mean and deviation over the seeds, with what people did for it, in Markdown."""
    lines = [
        f"| arm | round | seeds | regions | clicks | pixels | hours | {' | | '.join(SPLITS.values())} | |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    best = {split: ceiling(rows, split) for split in SPLITS}
    for arm in dict.fromkeys(row["arm"] for row in rows):
        for index in sorted({row["round_index"] for row in rows if row["arm"] == arm}):
            at = _of(rows, arm, index)
            cells = [f"{mean(row[name] for row in at):,.0f}" for name in ("regions", "clicks", "pixels")]
            cells.append(f"{mean(row['seconds'] for row in at) / 3600:.1f}")
            for split, most in best.items():
                cells += [_spread(at, split), "" if most is None else f"{_mean(at, split) / most:.1f} %"]
            lines.append(f"| {arm} | {index} | {len(at)} | {' | '.join(cells)} |")
    return "\n".join(lines)


def ceiling(rows: Sequence[Row], split: str) -> float | None:
    """The better of the two arms that have all labels, by its mean; None before there is one."""
    arms = [arm for arm in dict.fromkeys(row["arm"] for row in rows) if arm.startswith("all target labels")]
    return max((_mean(_of(rows, arm, 0), split) / 100 for arm in arms), default=None)


def plot(rows: Sequence[Row]) -> Image.Image:
    """mIoU on each split against rounds and against clicks: means over the seeds, bars of one deviation.

    Arms that ask nobody are level lines.
    """
    panels = [panel(rows, split, against) for split in SPLITS for against in ("rounds", "clicks")]
    width, height = panels[0].size
    page = Image.new("RGB", (2 * width, height * len(SPLITS)), "white")
    for index, one in enumerate(panels):
        page.paste(one, (index % 2 * width, index // 2 * height))
    return page


def panel(rows: Sequence[Row], split: str, against: str) -> Image.Image:
    """One plot of a split, against "rounds" (of which each has its share of the pixels) or "clicks"."""
    arms = list(dict.fromkeys(row["arm"] for row in rows))
    asking = [row for row in rows if any(_of(rows, row["arm"], 1))]
    name = "round_index" if against == "rounds" else "clicks"
    most = max((mean(one[name] for one in _of(rows, row["arm"], row["round_index"])) for row in asking), default=1)
    lines = []
    for arm, colour in zip(arms, COLOURS, strict=False):
        asks = any(_of(rows, arm, 1))
        places = [_of(rows, arm, index) for index in sorted({row["round_index"] for row in _of(rows, arm)})]
        points = [(mean(row[name] for row in at), _mean(at, split), _deviation(at, split)) for at in places]
        if not asks:
            points = [(x, *points[0][1:]) for x in (0.0, float(most))]
        lines.append(Line(name=arm, colour=colour, points=points, thin=not asks))
    if against == "rounds":
        pixels = [mean(row["pixels"] for row in asking if row["round_index"] == at) for at in range(int(most) + 1)]
        ticks = [(float(at), f"{count / 1000:,.0f}k") for at, count in enumerate(pixels)]
    else:
        ticks = [(most * step / 5, f"{most * step / 5000:,.0f}k") for step in range(6)]
    return draw(
        lines,
        title=f"mIoU, %, {SPLITS[split]}; mean and deviation of {len({row['seed'] for row in rows})} seeds",
        x_name="pixels answered, a tick a round" if against == "rounds" else "clicks of people",
        ticks=ticks,
    )


def _of(rows: Sequence[Row], arm: str, round_index: int | None = None) -> list[Row]:
    return [row for row in rows if row["arm"] == arm and round_index in (None, row["round_index"])]


def _mean(rows: Sequence[Row], split: str) -> float:
    return 100 * float(mean(row["miou"][split] for row in rows))


def _deviation(rows: Sequence[Row], split: str) -> float:
    return 100 * float(pstdev(row["miou"][split] for row in rows))


def _spread(rows: Sequence[Row], split: str) -> str:
    return f"{_mean(rows, split):.1f} ± {_deviation(rows, split):.1f}"
