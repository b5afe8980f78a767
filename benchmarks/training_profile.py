"""Where the time of a step of self-training goes, by torch's profiler.

The parts are marked from outside, so the product carries no marks.
"""

import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch
from torch import Tensor
from torch.profiler import ProfilerActivity, profile, record_function

from benchmarks.harness import Result
from models.self_training import Batch, Trainer
from models.self_training import trainer as of_trainer

DEVICE_WORK = ("kernel", "gpu_memcpy", "gpu_memset")  # categories of the profiler's trace
LAUNCHES = ("cuda_runtime", "cuda_driver")
REST = "the rest"
PARTS = (
    "data to the device",
    "pseudo labels and mixing",
    "teacher forward",
    "student forward",
    "losses",
    "backward",
    "optimiser and teacher update",
    REST,
)


def shares(trainer: Trainer, step: Callable[[], object], *, steps: int, step_seconds: float) -> list[Result]:
    """The share of each part in a step; on a GPU, also of the time in which it has nothing to do.

    A GPU's work takes as long under the profiler as without, and is divided by `step_seconds`, which was measured
    without. On a CPU the whole is that of the profiled steps.
    """
    activities = [ProfilerActivity.CPU] + [ProfilerActivity.CUDA] * torch.cuda.is_available()
    with marked(trainer), profile(activities=activities) as profiled:
        for _ in range(steps):
            with record_function(REST):
                step()
        if torch.cuda.is_available():
            torch.cuda.synchronize()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "trace.json"
        profiled.export_chrome_trace(str(file))
        seconds, on_gpu = seconds_by_part(json.loads(file.read_text())["traceEvents"])
    whole = steps * step_seconds if on_gpu else sum(seconds.values())
    results = [Result(f"share of a step: {part}", spent / whole, None, None, "") for part, spent in seconds.items()]
    if on_gpu:
        results.append(Result("share of a step: GPU idle", 1 - sum(seconds.values()) / whole, None, None, ""))
    return results


@contextmanager
def marked(trainer: Trainer) -> Iterator[None]:
    """Ranges of the profiler around the parts of a step; where they are nested, the innermost counts."""
    teacher = trainer.teacher
    parts: list[tuple[Any, str, str]] = [
        (Batch, "to", "data to the device"),
        (of_trainer, "prepare", "pseudo labels and mixing"),
        (teacher, "features", "teacher forward"),
        (teacher, "logits", "teacher forward"),
        (teacher, "projection", "teacher forward"),
        (trainer, "_call", "student forward"),
        (trainer, "_losses", "losses"),
        (Tensor, "backward", "backward"),
        (trainer.optimiser, "step", "optimiser and teacher update"),
        (of_trainer, "update_teacher", "optimiser and teacher update"),
    ]

    def wrapped(function: Callable[..., Any], name: str) -> Callable[..., Any]:
        def call(*values: Any, **named: Any) -> Any:
            with record_function(name):
                return function(*values, **named)

        return call

    with ExitStack() as stack:
        for owner, attribute, name in parts:
            stack.enter_context(patch.object(owner, attribute, wrapped(getattr(owner, attribute), name)))
        yield


def seconds_by_part(trace: Sequence[dict[str, Any]]) -> tuple[dict[str, float], bool]:
    """Seconds of each part in a trace of the profiler, and whether they are a GPU's.

    A GPU's work belongs to the part in which the CPU launched it, whichever thread did: backward passes have their own.
    Without a GPU the parts' own time counts, less that of those inside.
    """
    whole = [event for event in trace if event.get("ph") == "X"]
    ranges = [
        (event["ts"], event["ts"] + event["dur"], event["name"])
        for event in whole
        if event.get("cat") == "user_annotation" and event["name"] in PARTS
    ]
    launched = {
        event["args"]["correlation"]: event["ts"]
        for event in whole
        if event.get("cat") in LAUNCHES and "correlation" in event["args"]
    }
    seconds = dict.fromkeys(PARTS, 0.0)
    on_gpu = False
    for event in whole:
        if event.get("cat") in DEVICE_WORK:
            on_gpu = True
            moment = launched.get(event["args"]["correlation"], -1.0)
            inner = innermost([part for part in ranges if part[0] <= moment <= part[1]])
            seconds[REST if inner is None else inner] += event["dur"] / 1e6
    if on_gpu:
        return seconds, True
    for part in ranges:
        begin, end, name = part
        seconds[name] += (end - begin) / 1e6
        outer = innermost([other for other in ranges if other is not part and other[0] <= begin and end <= other[1]])
        if outer is not None:
            seconds[outer] -= (end - begin) / 1e6
    return seconds, False


def innermost(ranges: Sequence[tuple[float, float, str]]) -> str | None:
    """The name of the range that begins last; of those that begin together, of the shorter."""
    return max(ranges, key=lambda part: (part[0], -part[1]))[2] if ranges else None
