"""The table and the plot of `benchmarks.units`, from its results."""

from collections.abc import Sequence
from statistics import mean, median, pstdev
from typing import Any

from PIL import Image, ImageDraw, ImageFont

Row = dict[str, Any]
SIZE = (880, 460)
BOX = (60, 24, 640, 400)  # left, top, right, bottom of the axes, px
# Okabe and Ito's colours, which colour-blind people tell apart, and two greys.
COLOURS = ("#0072b2", "#56b4e9", "#d55e00", "#e69f00", "#009e73", "#cc79a7", "#777777", "#bbbbbb", "#000000")


def complete(rounds: Sequence[Row]) -> tuple[list[str], list[int], list[Row]]:
    """Arms in the order of their first result, and the seeds that have all of them."""
    arms = list(dict.fromkeys(row["arm"] for row in rounds if row["arm"] != "before"))
    most = max(sum(row["seed"] == seed for row in rounds) for seed in {row["seed"] for row in rounds})
    seeds = sorted({s for s in (row["seed"] for row in rounds) if sum(row["seed"] == s for row in rounds) == most})
    return arms, seeds, [row for row in rounds if row["seed"] in seeds]


def table(rounds: Sequence[Row]) -> str:
    """mIoU in %, mean and deviation over the seeds, and what was asked, in Markdown."""
    arms, seeds, rows = complete(rounds)
    lines = [
        f"| asked ({len(seeds)} seeds) | clicks | regions | images | mIoU | clicks | mIoU |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    before = [row["miou"] for row in rows if row["arm"] == "before"]
    for arm in arms:
        first, second = (_of(rows, arm, index) for index in (1, 2))
        lines.append(
            f"| {arm} | {_mean(first, 'clicks')} | {_mean(first, 'regions')} | {_mean(first, 'images')} "
            f"| {_spread([row['miou'] for row in first])} | {_mean(second, 'clicks')} "
            f"| {_spread([row['miou'] for row in second])} |"
        )
    return "\n".join([*lines, "", f"Before anybody was asked: {_spread(before)}."])


def plot(rounds: Sequence[Row]) -> Image.Image:
    """mIoU against clicks: means over the seeds, bars of one deviation."""
    arms, seeds, rows = complete(rounds)
    lines = {arm: [_of(rows, "before", 0), _of(rows, arm, 1), _of(rows, arm, 2)] for arm in arms}
    points = {
        arm: [(mean(r["clicks"] for r in at), 100 * mean(r["miou"] for r in at), 100 * pstdev(r["miou"] for r in at))
              for at in line] for arm, line in lines.items()
    }  # fmt: skip
    # Nobody was asked in the control: it is drawn where the others' rounds lie.
    clicks = [median(line[index][0] for arm, line in points.items() if arm != "control") for index in (0, 1, 2)]
    points["control"] = [(x, y, d) for x, (_, y, d) in zip(clicks, points["control"], strict=True)]
    most = max(x for line in points.values() for x, _, _ in line)
    low = min(y - d for line in points.values() for _, y, d in line) // 1
    high = max(y + d for line in points.values() for _, y, d in line) // 1 + 1
    left, top, right, bottom = BOX

    def place(x: float, y: float) -> tuple[float, float]:
        return left + (right - left) * x / (most * 1.02), bottom - (bottom - top) * (y - low) / (high - low)

    page = Image.new("RGB", SIZE, "white")
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(13)
    for level in range(int(low), int(high) + 1):
        pen.line([(left, place(0, level)[1]), (right, place(0, level)[1])], fill="#eeeeee")
        pen.text((left - 8, place(0, level)[1]), str(level), fill="#444444", font=font, anchor="rm")
    for x in range(0, int(most) + 1, 1000):
        pen.text((place(x, low)[0], bottom + 8), f"{x:,}", fill="#444444", font=font, anchor="mt")
    pen.text(((left + right) / 2, bottom + 30), "clicks of people", fill="#444444", font=font, anchor="mt")
    pen.text((left, 4), f"mIoU, %; mean and deviation of {len(seeds)} seeds", fill="#444444", font=font)
    ends = []
    for arm, colour in zip(points, reversed(COLOURS[: len(points)]), strict=False):
        pen.line([place(x, y) for x, y, _ in points[arm]], fill=colour, width=3)
        for x, y, deviation in points[arm][1:]:
            pen.line([place(x, y - deviation), place(x, y + deviation)], fill=colour)
        ends.append((place(*points[arm][-1][:2]), arm, colour))
    beside = float("-inf")
    for end, arm, colour in sorted(ends, key=lambda found: found[0][1]):
        beside = max(end[1], beside + 18)
        pen.line([(end[0] + 3, end[1]), (right + 8, beside)], fill=colour)
        pen.text((right + 12, beside), arm, fill="#222222", font=font, anchor="lm")
    return page


def _of(rows: Sequence[Row], arm: str, round_index: int) -> list[Row]:
    return [row for row in rows if row["arm"] == arm and row["round_index"] == round_index]


def _mean(rows: Sequence[Row], name: str) -> str:
    return f"{round(mean(row[name] for row in rows)):,}"


def _spread(values: Sequence[float]) -> str:
    return f"{100 * mean(values):.1f} ± {100 * pstdev(values):.1f}"
