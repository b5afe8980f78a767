"""Means and deviations against what they cost, drawn with Pillow: the plots of `units_report` and `learning_report`."""

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

SIZE = (900, 480)
BOX = (60, 30, 620, 420)  # left, top, right, bottom of the axes, px
MOST_LEVELS = 15
# Okabe and Ito's colours, which colour-blind people tell apart, and two greys.
COLOURS = ("#0072b2", "#56b4e9", "#d55e00", "#e69f00", "#009e73", "#cc79a7", "#777777", "#bbbbbb", "#000000")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An arm.

    Attributes:
        name: written at its end.
        colour: hex.
        points: (x, mean, deviation over the seeds).
        thin: asks nobody, so that it has no x of its own.
    """

    name: str
    colour: str
    points: Sequence[tuple[float, float, float]]
    thin: bool = False


def draw(lines: Sequence[Line], *, title: str, x_name: str, ticks: Sequence[tuple[float, str]]) -> Image.Image:
    """Lines with bars of one deviation, names at their ends, and a level for every round number of y."""
    most = max(x for line in lines for x, _, _ in line.points)
    low = min(y - deviation for line in lines for _, y, deviation in line.points) // 1
    high = max(y + deviation for line in lines for _, y, deviation in line.points) // 1 + 1
    left, top, right, bottom = BOX

    def place(x: float, y: float) -> tuple[float, float]:
        return left + (right - left) * x / (most * 1.02), bottom - (bottom - top) * (y - low) / (high - low)

    page = Image.new("RGB", SIZE, "white")
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(13)
    apart = next(step for step in (1, 2, 5, 10, 20) if (high - low) / step <= MOST_LEVELS)
    for level in range(-int(-low // apart) * apart, int(high) + 1, apart):
        pen.line([(left, place(0, level)[1]), (right, place(0, level)[1])], fill="#eeeeee")
        pen.text((left - 8, place(0, level)[1]), str(level), fill="#444444", font=font, anchor="rm")
    for x, label in ticks:
        pen.text((place(x, low)[0], bottom + 8), label, fill="#444444", font=font, anchor="mt")
    pen.text(((left + right) / 2, bottom + 30), x_name, fill="#444444", font=font, anchor="mt")
    pen.text((left, 6), title, fill="#444444", font=font)
    for line in lines:
        pen.line([place(x, y) for x, y, _ in line.points], fill=line.colour, width=1 if line.thin else 3)
        for x, y, deviation in line.points:
            pen.line([place(x, y - deviation), place(x, y + deviation)], fill=line.colour)
    beside = float("-inf")
    for line in sorted(lines, key=lambda line: -line.points[-1][1]):
        end = place(*line.points[-1][:2])
        beside = max(end[1], beside + 18)
        pen.line([(end[0] + 3, end[1]), (right + 8, beside)], fill=line.colour)
        pen.text((right + 12, beside), line.name, fill="#222222", font=font, anchor="lm")
    return page
