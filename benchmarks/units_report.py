"""The table and the plot of `benchmarks.units`, from its results."""

from collections.abc import Sequence
from statistics import mean, median, pstdev
from typing import Any

from PIL import Image

from benchmarks.chart import COLOURS, Line, draw

Row = dict[str, Any]


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
    colours = reversed(COLOURS[: len(points)])
    most = max(x for line in points.values() for x, _, _ in line)
    return draw(
        [Line(name=arm, colour=colour, points=points[arm]) for arm, colour in zip(points, colours, strict=False)],
        title=f"mIoU, %; mean and deviation of {len(seeds)} seeds",
        x_name="clicks of people",
        ticks=[(x, f"{x:,}") for x in range(0, int(most) + 1, 1000)],
    )


def _of(rows: Sequence[Row], arm: str, round_index: int) -> list[Row]:
    return [row for row in rows if row["arm"] == arm and row["round_index"] == round_index]


def _mean(rows: Sequence[Row], name: str) -> str:
    return f"{round(mean(row[name] for row in rows)):,}"


def _spread(values: Sequence[float]) -> str:
    return f"{100 * mean(values):.1f} ± {100 * pstdev(values):.1f}"
