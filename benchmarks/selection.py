"""Greedy selection in one image on the CPU against loops that look at every pixel before each pick.

Run as `python -m benchmarks.selection [--quick] [--out FILE]`.
"""

import math
from collections.abc import Callable
from functools import partial

from torch import Tensor

from benchmarks import direct
from benchmarks.harness import Result, arguments, compared, measure, metadata, report
from models.acquisition import select_centres

NUM_CLASSES = 19
SHARE = 0.022  # of the image's pixels are shown: RIPU's smaller budget, all of it at once


def our_selection(score: Tensor, *, radius: int, count: int) -> list[direct.Place]:
    return [(pick.row, pick.column) for pick in select_centres(score.numpy(), reach=2 * radius, count=count)]


def selections(kind: direct.Kind, *, height: int, width: int, radius: int, rounds: int) -> list[Result]:
    """The picks of a budget in `rounds` equal parts: the first of these."""
    logits = direct.make_logits(kind, height=height, width=width, num_classes=NUM_CLASSES)
    score = direct.ripu_score(logits, radius=radius)
    count = math.ceil(height * width * SHARE / rounds / (2 * radius + 1) ** 2)
    name = f"{count} picks, k={radius}, {kind}, {height}x{width}"
    print(name, flush=True)
    found: list[list[direct.Place]] = []

    def keep(loop: Callable[..., list[direct.Place]]) -> None:
        found.append(loop(score, radius=radius, count=count))

    ours = measure(lambda: our_selection(score, radius=radius, count=count), repeats=9, warm_up=1)
    results = []
    for against, loop, repeats in (("column-wise argmax", direct.column_loop, 1), ("flat argmax", direct.flat_loop, 3)):
        timing = measure(partial(keep, loop), repeats=repeats, warm_up=0)
        results.append(compared(f"{name}, against {against}", ours, timing))
    expected = our_selection(score, radius=radius, count=count)
    assert all(places == expected for places in found), f"{name}: other picks, or another order"
    return results


def main() -> None:
    options = arguments(__doc__)
    conditions = metadata()
    results: list[Result] = []
    kinds: tuple[direct.Kind, ...] = ("iid", "smooth")
    for kind in kinds:
        if options.quick:
            results += selections(kind, height=256, width=512, radius=1, rounds=1)
            results += selections(kind, height=256, width=512, radius=9, rounds=1)
        else:
            results += selections(kind, height=1024, width=2048, radius=1, rounds=1)
            results += selections(kind, height=1024, width=2048, radius=1, rounds=5)
            results += selections(kind, height=512, width=1024, radius=1, rounds=1)
            results += selections(kind, height=1024, width=2048, radius=9, rounds=1)
            results += selections(kind, height=1024, width=2048, radius=9, rounds=5)
    report(results, conditions=conditions, out=options.out)


if __name__ == "__main__":
    main()
