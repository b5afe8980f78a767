"""Scoring one image on the CPU against its direct definition: time, equality, peak memory.

Run as `python -m benchmarks.scoring [--quick] [--out FILE]`.
"""

import math
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from benchmarks import direct
from benchmarks.harness import Result, arguments, compared, measure, metadata, report
from models.scoring import Windows, pixel_maps, region_impurity, score_regions

NUM_CLASSES = 19
TOLERANCE = 1e-5
LARGE, SMALL = (1024, 2048), (512, 1024)
Size = tuple[int, int]


def our_score(logits: Tensor, *, radius: int) -> Tensor:
    regions = Windows(radius=radius, impurity_radius=radius)
    return score_regions(pixel_maps(logits), regions, score="ripu").score


def compare(name: str, ours: Callable[[], Tensor], baseline: Callable[[], Tensor], *, slow: bool) -> list[Result]:
    """Both timings one after the other, and how far the results are apart. A slow baseline runs once, unwarmed."""
    print(name, flush=True)
    kept: list[Tensor] = []
    our_timing = measure(ours, repeats=15, warm_up=2)
    timing = measure(lambda: kept.append(baseline()), repeats=1 if slow else 5, warm_up=0 if slow else 1)
    difference = float((ours().double() - kept[-1].double()).abs().max())
    assert difference < TOLERANCE, f"{name}: {difference} apart"
    apart = Result(f"{name}: largest difference", difference, None, None, "of 1")
    return [compared(name, our_timing, timing), apart]


def impurities(size: Size, radius: int) -> list[Result]:
    logits = direct.make_logits("smooth", height=size[0], width=size[1], num_classes=NUM_CLASSES)
    prediction = pixel_maps(logits).prediction
    name = f"impurity, k={radius}, {size[0]}x{size[1]}"
    results = []
    for against, definition in (
        ("depth-wise convolution", direct.impurity),
        ("separable convolution", direct.separable_impurity),
    ):
        slow = radius > 4 and definition is direct.impurity
        results += compare(
            f"{name}, against {against}",
            partial(region_impurity, prediction, radius=radius, num_classes=NUM_CLASSES),
            partial(definition, prediction, radius=radius, num_classes=NUM_CLASSES),
            slow=slow,
        )
    return results


def whole_scores(size: Size, radius: int) -> list[Result]:
    logits = direct.make_logits("smooth", height=size[0], width=size[1], num_classes=NUM_CLASSES)
    return compare(
        f"ripu score, k={radius}, {size[0]}x{size[1]}",
        lambda: our_score(logits, radius=radius),
        lambda: direct.ripu_score(logits, radius=radius),
        slow=False,
    )


def peak_memory(size: Size) -> Result:
    """Of the score with k = 1, beyond a process that holds the logits."""
    ours, baseline = (in_a_child(peak_megabytes, which, size) for which in ("ours", "direct"))
    name = f"peak memory beyond the logits, ripu score, k=1, {size[0]}x{size[1]}x{NUM_CLASSES}"
    return Result(name, ours, baseline, baseline / ours, "MB")


def in_a_child(function: Callable[..., float], *values: object) -> float:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, *values).result()


def peak_megabytes(which: str, size: Size) -> float:
    score = our_score if which == "ours" else direct.ripu_score
    score(torch.randn(NUM_CLASSES, 64, 64), radius=1)  # what libraries keep for themselves is not the score's
    logits = direct.make_logits("smooth", height=size[0], width=size[1], num_classes=NUM_CLASSES)
    Path("/proc/self/clear_refs").write_text("5")  # the peak so far is forgotten: it is what is held now
    held = resident_peak()
    score(logits, radius=1)
    return resident_peak() - held


def resident_peak() -> float:
    """VmHWM, in MB of 1e6 bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("VmHWM"))


def flips(size: Size) -> list[Result]:
    """How many pixels change their likeliest class by rounding the logits to 16 bits, and what that does to entropy."""
    results = []
    for kind in ("iid", "smooth"):
        logits = direct.make_logits(kind, height=size[0], width=size[1], num_classes=NUM_CLASSES)
        exact = pixel_maps(logits)
        for dtype, name in ((torch.float16, "float16"), (torch.bfloat16, "bfloat16")):
            short = logits.to(dtype)
            rounded = pixel_maps(short)
            flipped = int((rounded.prediction != exact.prediction).sum())
            where = f"{name} {kind} logits, {size[0]}x{size[1]}"
            results.append(Result(f"argmax changed by rounding, {where}", flipped, None, None, "px"))
            entropy = torch.special.entr(short.double().softmax(dim=0)).sum(dim=0) / math.log(NUM_CLASSES)
            difference = float((rounded.entropy.double() - entropy).abs().max())
            assert difference < TOLERANCE
            assert torch.equal(rounded.prediction, short.double().max(dim=0).indices)
            results.append(Result(f"entropy, largest difference, {where}", difference, None, None, "of 1"))
    return results


def main() -> None:
    options = arguments(__doc__)
    conditions = metadata()
    results: list[Result] = []
    if options.quick:
        for radius in (1, 4, 32):
            results += impurities((128, 256), radius)
        results += whole_scores((256, 512), 1) + flips((128, 256)) + [peak_memory((256, 512))]
    else:
        results += whole_scores(LARGE, 1) + whole_scores(SMALL, 1) + impurities(LARGE, 1)
        for radius in (1, 4, 9, 16, 32):
            results += impurities(SMALL, radius)
        results += impurities((64, 64), 1) + flips(LARGE) + [peak_memory(LARGE)]
    report(results, conditions=conditions, out=options.out)


if __name__ == "__main__":
    main()
