"""The table and the plot of `benchmarks.learning`, from its results."""

from collections.abc import Sequence
from statistics import mean, pstdev
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from benchmarks.units_report import COLOURS

Row = dict[str, Any]
SIZE = (900, 480)
BOX = (60, 30, 620, 420)  # left, top, right, bottom of the axes, px


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
    asking = {arm for arm in arms if max(row["round_index"] for row in rows if row["arm"] == arm) > 0}
    most = max((row["pixels"] for row in rows if row["arm"] in asking), default=1)
    values = [100 * row["miou"] for row in rows]
    low, high = min(values) // 1, max(values) // 1 + 1
    left, top, right, bottom = BOX

    def place(x: float, y: float) -> tuple[float, float]:
        return left + (right - left) * x / (most * 1.02), bottom - (bottom - top) * (y - low) / (high - low)

    page = Image.new("RGB", SIZE, "white")
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(13)
    for level in range(int(low), int(high) + 1):
        pen.line([(left, place(0, level)[1]), (right, place(0, level)[1])], fill="#eeeeee")
        pen.text((left - 8, place(0, level)[1]), str(level), fill="#444444", font=font, anchor="rm")
    for step in range(6):
        x = most * step / 5
        pen.text((place(x, low)[0], bottom + 8), f"{x / 1000:,.0f}", fill="#444444", font=font, anchor="mt")
    pen.text(((left + right) / 2, bottom + 32), "thousand pixels answered", fill="#444444", font=font, anchor="mt")
    seeds = len({row["seed"] for row in rows})
    pen.text((left, 6), f"mIoU, %; mean and deviation of up to {seeds} seeds", fill="#444444", font=font)
    ends = []
    for arm, colour in zip(arms, COLOURS, strict=False):
        indices = sorted({row["round_index"] for row in rows if row["arm"] == arm})
        line = [_of(rows, arm, index) for index in indices]
        points = [(mean(row["pixels"] for row in at), 100 * mean(row["miou"] for row in at)) for at in line]
        if arm not in asking:
            points = [(0, points[0][1]), (most, points[0][1])]
        pen.line([place(*point) for point in points], fill=colour, width=3 if arm in asking else 1)
        for (x, y), at in zip(points, line, strict=False):
            deviation = 100 * pstdev(row["miou"] for row in at)
            pen.line([place(x, y - deviation), place(x, y + deviation)], fill=colour)
        ends.append((place(*points[-1]), arm, colour))
    beside = float("-inf")
    for end, arm, colour in sorted(ends, key=lambda found: found[0][1]):
        beside = max(end[1], beside + 18)
        pen.line([(end[0] + 3, end[1]), (right + 8, beside)], fill=colour)
        pen.text((right + 12, beside), arm, fill="#222222", font=font, anchor="lm")
    return page


def _with_all_labels(rows: Sequence[Row]) -> list[str]:
    return [arm for arm in dict.fromkeys(row["arm"] for row in rows) if arm.startswith("all target labels")]


def _of(rows: Sequence[Row], arm: str, round_index: int) -> list[Row]:
    return [row for row in rows if row["arm"] == arm and row["round_index"] == round_index]


def _spread(rows: Sequence[Row]) -> str:
    values = [100 * row["miou"] for row in rows]
    return f"{mean(values):.1f} ± {pstdev(values):.1f}"
