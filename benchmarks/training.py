"""Images a second of self-training, against a straightforward loop of the same losses; its profile, and its loading.

Run as `python -m benchmarks.training [--quick] [--out FILE]`. The setting is STAL's (arXiv:2301.13361) on DeepLabV3+
with ResNet-101 and crops of 769 x 769, with the terms of its released code: SGD, hard examples, adaptive CutMix,
copy-paste, pseudo labels weighed by confidence and drawn by class, contrast with full banks. A step has four crops of
each domain (STAL's has four labelled ones and one mixed). A full run wants a GPU with 80 GB or more; `--quick` takes a
tiny network and crops of 65 x 65, on a CPU under a minute.
"""

import copy
import ctypes
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import partial
from itertools import cycle
from pathlib import Path

import torch
from torch.utils.flop_counter import FlopCounterMode

from backend.storage import open_store
from benchmarks.direct_training import DirectLoop
from benchmarks.harness import Result, Timing, arguments, compared, measure, metadata, report
from benchmarks.scoring import resident_peak
from benchmarks.training_inputs import (
    FULL,
    NUM_CLASSES,
    QUICK,
    SEED,
    Setting,
    fill_bank,
    make_batch,
    make_manifest,
    make_network,
    make_order,
)
from benchmarks.training_profile import shares
from models.augment import Augmentation
from models.self_training import Batch, Trainer
from worker.data import TrainingData
from worker.decoded import DecodedImages
from worker.training import Order, Training, advance, self_training

TOLERANCE = {"source": 1e-3, "answered": 1e-3, "pseudo": 1e-3, "contrast": 0.05}  # contrast draws other pixels
#: Dense bf16 matrix FLOP/s by NVIDIA's data sheets; a card that is not here has no such row.
PEAKS = {"NVIDIA H100 80GB HBM3": 989e12, "NVIDIA H200": 989e12}


@contextmanager
def float32_math(*, tf32: bool) -> Iterator[None]:
    """As a program that cares for speed sets cuDNN; convolutions and products in TF32 or not."""
    matmul, cudnn = torch.backends.cuda.matmul, torch.backends.cudnn
    before = matmul.allow_tf32, cudnn.allow_tf32, cudnn.benchmark
    matmul.allow_tf32, cudnn.allow_tf32, cudnn.benchmark = tf32, tf32, True
    try:
        yield
    finally:
        matmul.allow_tf32, cudnn.allow_tf32, cudnn.benchmark = before


def footing(trainer: Trainer, batch: Batch) -> tuple[list[Result], float]:
    """The losses of one step from the same state, both in float32, beside each other; and FLOP of ours."""
    config = replace(trainer.config, precision="float32", compile="no")
    ours, loop = Trainer(copy.deepcopy(trainer.student), config, device=trainer.device), DirectLoop(trainer)
    ours.load_state(copy.deepcopy(trainer.state()))
    with float32_math(tf32=False), FlopCounterMode(display=False) as counter:
        said = ours.step(batch, seed=SEED)
    with float32_math(tf32=False):
        expected = loop.step(batch, seed=SEED)
    assert all(expected.values()), f"A term has nothing to learn from: {expected}"
    results = []
    for term, theirs in expected.items():
        own = getattr(said, f"{term}_loss")
        results.append(Result(f"{term} loss of one step, both in float32", own, theirs, theirs / own, "nats"))
    return results, counter.get_total_flops()


def make_sides(trainer: Trainer, batches: Sequence[Batch]) -> dict[str, Callable[[], object]]:
    """A step of each, over the same batches; TF32 is a GPU's."""

    def step_of(side: Trainer | DirectLoop, supply: Iterator[Batch], *, tf32: bool) -> None:
        if isinstance(side, Trainer):
            side.step(next(supply), seed=SEED)
            return
        with float32_math(tf32=tf32):
            side.step(next(supply), seed=SEED)

    sides: dict[str, tuple[Trainer | DirectLoop, bool]] = {
        "ours": (trainer, False),
        "fp32": (DirectLoop(trainer), False),
    }
    if trainer.device.type == "cuda":
        sides["TF32"] = DirectLoop(trainer), True
    sides["bf16"] = DirectLoop(trainer, bfloat16=True), True
    return {name: partial(step_of, side, cycle(batches), tf32=tf32) for name, (side, tf32) in sides.items()}


def time_sides(sides: dict[str, Callable[[], object]], setting: Setting) -> dict[str, list[float]]:
    """Seconds of each step, in turns, so that whoever shares the machine disturbs all; a turn's first does not count.

    A side that the GPU has not the memory for is left out.
    """
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(setting.rounds):
        for name in list(seconds):
            empty_cache()
            try:
                sides[name]()
            except torch.OutOfMemoryError as error:
                print(f"{name} is left out: {error}", flush=True)
                del seconds[name]
                continue
            seconds[name] += [measure(sides[name], repeats=1, warm_up=0).median for _ in range(setting.steps)]
    return seconds


def speed(seconds: dict[str, list[float]], sides: dict[str, Callable[[], object]], setting: Setting) -> list[Result]:
    images = 2 * setting.crops
    results, ours = [], timing(seconds["ours"])
    memory = {name: peak_memory(sides[name]) for name in seconds}
    for name in [name for name in seconds if name != "ours"]:
        loop = timing(seconds[name])
        rates = images / ours.median, images / loop.median
        results += [
            compared(f"a step, against the loop in {name}", ours, loop),
            Result(f"images of both domains, against the loop in {name}", *rates, rates[0] / rates[1], "images/s"),
            Result(
                f"peak memory of a step beyond what is held, against the loop in {name}",
                memory["ours"],
                memory[name],
                memory[name] / memory["ours"],
                "MB",
            ),
        ]
    return results


def timing(seconds: Sequence[float]) -> Timing:
    lower, median, upper = statistics.quantiles(seconds, n=4, method="inclusive")
    return Timing(median=median, iqr=upper - lower)


def empty_cache() -> None:
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def peak_memory(step: Callable[[], object]) -> float:
    """MB beyond weights, optimisers and banks."""
    if torch.cuda.is_available():
        empty_cache()
        held = torch.cuda.memory_allocated()
        torch.cuda.reset_peak_memory_stats()
        step()
        return (torch.cuda.max_memory_allocated() - held) / 1e6
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")
    held = resident_peak()
    step()
    return resident_peak() - held


def matrix_work(flop: float, step_seconds: float) -> list[Result]:
    """How far a step is from what the card's matrix units can do."""
    results = [
        Result("matrix work of a step", flop / 1e12, None, None, "TFLOP"),
        Result("matrix work a second", flop / step_seconds / 1e12, None, None, "TFLOP/s"),
    ]
    card = torch.cuda.get_device_name() if torch.cuda.is_available() else ""
    if card in PEAKS:
        results.append(Result("share of the card's bf16 peak", flop / step_seconds / PEAKS[card], None, None, ""))
    return results


def loading(trainer: Trainer, order: Order, setting: Setting, folder: Path) -> list[Result]:
    """The product's own loop over PNG files: the share of the time in which a step waits for its batch."""
    blobs = open_store((folder / "blobs").as_uri(), {})
    config = order.config
    training = Training(
        order=order,
        trainer=trainer,
        data=TrainingData(
            decoded=DecodedImages(blobs, folder / "decoded", limit_bytes=20 * 10**9),
            manifest=make_manifest(setting, blobs),
            num_classes=NUM_CLASSES,
            augmentation=Augmentation(
                crop=config.crop_size, scales=config.scales, flip=config.flip, colour=config.colour
            ),
        ),
        blobs=blobs,
        batch_size=setting.crops,
    )
    results = []
    for name in (f"files, {2 * setting.images} of them not decoded yet", "decoded files"):
        last, began = trainer.iteration + setting.loaded, time.perf_counter()
        *_, row = advance(training, should_stop=lambda last=last: trainer.iteration >= last)
        rate = 2 * setting.crops * setting.loaded / (time.perf_counter() - began)
        results += [
            Result(f"images of both domains, from {name}", rate, None, None, "images/s"),
            Result(f"share of the time in which a step waits for {name}", row["waited_share"], None, None, ""),
        ]
    return results


def main() -> None:
    options = arguments(__doc__)
    setting = QUICK if options.quick else FULL
    conditions = metadata() | {"setting": asdict(setting), "cuda": torch.version.cuda}
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    batches = [make_batch(setting, seed=seed) for seed in range(4)]
    order = make_order(setting)
    trainer = Trainer(make_network(setting, batches, device), self_training(order), device=device)
    fill_bank(trainer)
    print("the first step", flush=True)
    first = measure(lambda: trainer.step(batches[0], seed=SEED), repeats=1, warm_up=0).median
    terms, flop = footing(trainer, batches[1])
    print("steps in turns", flush=True)
    sides = make_sides(trainer, batches)
    seconds = time_sides(sides, setting)
    usual = statistics.median(seconds["ours"])
    print("profile and loading", flush=True)
    results = [
        *speed(seconds, sides, setting),
        Result("first step, with what is compiled", first, None, None, "s"),
        *terms,
        *matrix_work(flop, usual),
        *shares(trainer, sides["ours"], steps=3, step_seconds=usual),
    ]
    with tempfile.TemporaryDirectory() as folder:
        results += loading(trainer, order, setting, Path(folder))
    report(results, conditions=conditions, out=options.out)
    for row in terms:
        allowed = TOLERANCE[row.name.split()[0]]
        assert abs(row.ours - row.baseline) <= allowed * row.baseline, f"{row.name}: {row.ours} against {row.baseline}"


if __name__ == "__main__":
    main()
