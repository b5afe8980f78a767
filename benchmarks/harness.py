"""Timing, conditions and reports of the benchmarks. README.md says what the figures are."""

import argparse
import json
import os
import platform
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds a call: the median of the repeats, and their interquartile range, 0 of a single one."""

    median: float
    iqr: float


@dataclass(frozen=True, slots=True)
class Result:
    """One figure beside its baseline's, both in `unit`; `ratio` is baseline / ours, so above 1 is better than it.

    Where there is nothing to compare with, `baseline` and `ratio` are None.
    """

    name: str
    ours: float
    baseline: float | None
    ratio: float | None
    unit: str
    ours_iqr: float | None = None
    baseline_iqr: float | None = None


def arguments(description: str | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help="small inputs, under a minute")
    parser.add_argument("--out", type=Path, help="write the figures with their conditions here, as JSON")
    return parser.parse_args()


def metadata() -> dict[str, Any]:
    """The conditions of a run, taken when it is called: call it first, so that the load is the others'."""
    return {
        "utc": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _git("rev-parse", "HEAD"),
        "dirty": _git("status", "--porcelain") != "",
        "device": torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu",
        "cpu": _cpu_model(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": np.__version__,
        "threads": torch.get_num_threads(),
        "omp_wait_policy": os.environ.get("OMP_WAIT_POLICY"),
        "load_average": [round(load, 2) for load in os.getloadavg()],
    }


def measure(function: Callable[[], object], *, repeats: int, warm_up: int) -> Timing:
    """Time `function` after `warm_up` calls that do not count; CUDA's queue is empty before and after each call."""
    wait: Callable[[], object] = torch.cuda.synchronize if torch.cuda.is_available() else lambda: None
    for _ in range(warm_up):
        function()
    seconds = []
    for _ in range(repeats):
        wait()
        start = time.perf_counter()
        function()
        wait()
        seconds.append(time.perf_counter() - start)
    quartiles = statistics.quantiles(seconds, n=4, method="inclusive") if len(seconds) > 1 else [seconds[0]] * 3
    return Timing(median=quartiles[1], iqr=quartiles[2] - quartiles[0])


def compared(name: str, ours: Timing, baseline: Timing) -> Result:
    """Two timings, taken one right after the other, as a result."""
    ratio = baseline.median / ours.median
    return Result(name, ours.median, baseline.median, ratio, "s", ours_iqr=ours.iqr, baseline_iqr=baseline.iqr)


def report(results: Sequence[Result], *, conditions: dict[str, Any], out: Path | None = None) -> None:
    """Print a table and, as the last line, everything as JSON; write it to `out`, too, where that is given."""
    width = max(len(result.name) for result in results)
    print(f"\n{'':{width}}  {'ours':>10}  {'baseline':>10}  {'ratio':>8}  unit")
    for result in results:
        baseline, ratio = (_digits(number) for number in (result.baseline, result.ratio))
        print(f"{result.name:{width}}  {_digits(result.ours):>10}  {baseline:>10}  {ratio:>8}  {result.unit}")
    document = {"metadata": conditions, "results": [asdict(result) for result in results]}
    if out is not None:
        out.write_text(json.dumps(document, indent=1) + "\n")
    print(json.dumps(document))


def _digits(number: float | None) -> str:
    return "-" if number is None else f"{number:.3g}" if abs(number) < 1000 else f"{number:.0f}"


def _git(*command: str) -> str | None:
    """None where there is no checkout, as on a lent machine."""
    try:
        done = subprocess.run(["git", *command], cwd=Path(__file__).parent, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def _cpu_model() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    return next(
        (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.processor()
    )
