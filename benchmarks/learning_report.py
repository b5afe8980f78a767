"""The table and the plot of `benchmarks.learning`, from its results."""

from collections.abc import Sequence
from statistics import mean, pstdev
from typing import Any

from PIL import Image

from benchmarks.chart import COLOURS, Line, draw

Row = dict[str, Any]


def table(rows: Sequence[Row]) -> str:
    """mIoU in %, mean and deviation over the seeds, with what people did for it, in Markdown."""
    lines = [
        "| arm | round | seeds | regions | clicks | pixels | hours | mIoU | of the best with all labels |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    best = ceiling(rows)
    for arm in dict.fromkeys(row["arm"] for row in rows):
        for index in sorted({row["round_index"] for row in rows if row["arm"] == arm}):
            at = _of(rows, arm, index)
            miou = mean(row["miou"] for row in at)
            cells = [f"{mean(row[name] for row in at):,.0f}" for name in ("regions", "clicks", "pixels")]
            hours = mean(row["seconds"] for row in at) / 3600
            lines.append(
                f"| {arm} | {index} | {len(at)} | {' | '.join(cells)} | {hours:.1f} | {_spread(at)} "
                f"| {'' if best is None else f'{100 * miou / best:.1f} %'} |"
            )
    return "\n".join(lines)


def ceiling(rows: Sequence[Row]) -> float | None:
    """The better of the two arms that have all labels, by its mean; None before there is one."""
    means = [mean(row["miou"] for row in _of(rows, arm, 0)) for arm in _with_all_labels(rows)]
    return max(means, default=None)


def plot(rows: Sequence[Row]) -> Image.Image:
    """mIoU against pixels: means over the seeds, bars of one deviation; arms that ask nobody as level lines."""
    arms = list(dict.fromkeys(row["arm"] for row in rows))
    asking = {row["arm"] for row in rows if row["round_index"] > 0}
    most = max((row["pixels"] for row in rows if row["arm"] in asking), default=1)
    lines = []
    for arm, colour in zip(arms, COLOURS, strict=False):
        indices = sorted({row["round_index"] for row in rows if row["arm"] == arm})
        points = [_point(_of(rows, arm, index)) for index in indices]
        if arm not in asking:
            points = [(x, *points[0][1:]) for x in (0.0, float(most))]
        lines.append(Line(name=arm, colour=colour, points=points, thin=arm not in asking))
    return draw(
        lines,
        title=f"mIoU, %; mean and deviation of up to {len({row['seed'] for row in rows})} seeds",
        x_name="thousand pixels answered",
        ticks=[(most * step / 5, f"{most * step / 5000:,.0f}") for step in range(6)],
    )


def _point(rows: Sequence[Row]) -> tuple[float, float, float]:
    values = [100 * row["miou"] for row in rows]
    return mean(row["pixels"] for row in rows), mean(values), pstdev(values)


def _with_all_labels(rows: Sequence[Row]) -> list[str]:
    return [arm for arm in dict.fromkeys(row["arm"] for row in rows) if arm.startswith("all target labels")]


def _of(rows: Sequence[Row], arm: str, round_index: int) -> list[Row]:
    return [row for row in rows if row["arm"] == arm and row["round_index"] == round_index]


def _spread(rows: Sequence[Row]) -> str:
    values = [100 * row["miou"] for row in rows]
    return f"{mean(values):.1f} ± {pstdev(values):.1f}"
