"""The contrastive loss of a step, forward and backward with its bank, against a loop over classes: time and memory.

Run as `python -m benchmarks.contrastive [--quick] [--out FILE]`.
"""

import ctypes
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from benchmarks import direct, direct_contrastive
from benchmarks.direct_contrastive import Maps
from benchmarks.harness import Result, Timing, arguments, compared, measure, metadata, report
from benchmarks.scoring import in_a_child, resident_peak
from models.self_training.class_bank import ClassBank
from models.self_training.contrast import ContrastConfig, contrastive_loss

Which = Literal["ours", "all keys", "as many keys"]
TOLERANCE = 0.01  # of the loss: both are means over thousands of draws, but of different ones
CONFIG = ContrastConfig()


@dataclass(frozen=True)
class Setting:
    """Crops of `size` x `size` at the stride of the logits; `labelled` of them have labels of people."""

    name: str
    crops: int
    labelled: int
    size: int
    dim: int
    num_classes: int
    channels_last: bool


def make_maps(setting: Setting) -> Maps:
    """Smooth logits; labels that mostly agree; features around a direction of each class."""
    generator = torch.Generator().manual_seed(0)
    shape = {"height": setting.size, "width": setting.size, "num_classes": setting.num_classes}
    logits = torch.stack([direct.make_logits("smooth", seed=seed, **shape) for seed in range(setting.crops)])
    noise = torch.stack([direct.make_logits("smooth", seed=seed + 99, **shape) for seed in range(setting.crops)])
    labelled = (torch.arange(setting.crops) < setting.labelled)[:, None, None].expand(-1, setting.size, setting.size)
    labels = torch.where(labelled, (logits + noise / 3).argmax(dim=1), logits.argmax(dim=1))
    log_p = logits.log_softmax(dim=1)
    entropy = -(log_p.exp() * log_p).sum(dim=1)
    sure, unsure = (torch.quantile(entropy[setting.labelled :].flatten(), q) for q in (0.2, 0.8))
    centres = torch.randn(setting.num_classes, setting.dim, generator=generator)

    layout = torch.channels_last if setting.channels_last else torch.contiguous_format

    def features() -> Tensor:
        spread = torch.randn(setting.crops, setting.dim, setting.size, setting.size, generator=generator)
        return (centres[labels].movedim(-1, 1) + 2 * spread).contiguous(memory_format=layout)

    return Maps(
        student=features().requires_grad_(),
        teacher=features(),
        logits=logits.contiguous(memory_format=layout),
        labels=labels.to(torch.uint8),
        labelled=labelled,
        reliable=labelled | (entropy < sure),
        uncertain=~labelled & (entropy > unsure),
        priority=torch.rand(labels.shape, generator=generator),
    )


def full_banks(setting: Setting) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    keys = torch.randn(setting.num_classes, CONFIG.bank_size, setting.dim, generator=generator)
    return torch.nn.functional.normalize(keys, dim=-1)


def make_step(which: Which, setting: Setting, maps: Maps) -> Callable[[], float]:
    """Forward and backward of one step, as often as it is called; the bank goes on."""
    generator = torch.Generator().manual_seed(2)
    bank = ClassBank(
        num_classes=setting.num_classes, size=CONFIG.bank_size, dim=setting.dim, device=torch.device("cpu")
    )
    banks: list[Tensor] = []
    if which == "ours":
        bank.push(full_banks(setting), torch.full((setting.num_classes,), CONFIG.bank_size))
    else:
        banks = list(full_banks(setting).unbind())

    def ours() -> Tensor:
        return contrastive_loss(
            *(maps.student, maps.teacher, maps.logits, maps.labels, maps.labelled, maps.reliable, maps.uncertain),
            bank=bank,
            config=CONFIG,
            priority=maps.priority,
            generator=generator,
        )

    def loop() -> Tensor:
        most = CONFIG.keys_per_step if which == "as many keys" else None
        return direct_contrastive.contrastive_loss(maps, banks, CONFIG, keys_per_step=most, generator=generator)

    def step() -> float:
        maps.student.grad = None
        loss = ours() if which == "ours" else loop()
        loss.backward()
        return loss.item()

    return step


def compare(setting: Setting, against: Which, *, repeats: int) -> list[Result]:
    """Both sides in turn, so that whoever shares the machine disturbs both; CPU time is disturbed least."""
    name = f"{setting.name}, against the loop with {against}"
    print(name, flush=True)
    maps = make_maps(setting)
    steps = {which: make_step(which, setting, maps) for which in ("ours", against)}
    losses = {which: step() for which, step in steps.items()}  # warm-up
    wall: dict[str, list[float]] = {which: [] for which in steps}
    cpu: dict[str, list[float]] = {which: [] for which in steps}
    for _ in range(repeats):
        for which, step in steps.items():
            before = time.process_time()
            wall[which].append(measure(step, repeats=1, warm_up=0).median)
            cpu[which].append(time.process_time() - before)
    difference = abs(losses["ours"] - losses[against])
    assert difference < TOLERANCE * losses[against], f"{name}: losses {losses}"
    apart = Result(f"{name}: difference of the losses", difference, None, None, "nats")
    return [
        compared(name, timing(wall["ours"]), timing(wall[against])),
        compared(f"{name}: CPU time", timing(cpu["ours"]), timing(cpu[against])),
        apart,
    ]


def timing(seconds: list[float]) -> Timing:
    lower, median, upper = statistics.quantiles(seconds, n=4, method="inclusive")
    return Timing(median=median, iqr=upper - lower)


def peak_memory(setting: Setting) -> Result:
    """Of a step with its gradient, beyond a process that holds the inputs and the full banks."""
    ours, baseline = (in_a_child(partial(peak_megabytes, setting), which) for which in ("ours", "as many keys"))
    name = f"{setting.name}: peak memory beyond inputs and banks, against the loop with as many keys"
    return Result(name, ours, baseline, baseline / ours, "MB")


def peak_megabytes(setting: Setting, which: Which) -> float:
    maps = make_maps(setting)
    step = make_step(which, setting, maps)
    step()  # what libraries keep for themselves is not the loss's
    maps.student.grad = None
    ctypes.CDLL(None).malloc_trim(0)  # nor is what was freed and not given back
    Path("/proc/self/clear_refs").write_text("5")  # the peak so far is forgotten: it is what is held now
    held = resident_peak()
    step()
    return resident_peak() - held


def main() -> None:
    options = arguments(__doc__)
    conditions = metadata()
    small = Setting("8 crops of 32x32x64, 11 classes", 8, 4, 32, 64, 11, channels_last=True)
    large = "4 + 1 crops of 193x193x256, 19 classes"
    settings = [
        Setting(f"{large}, channels last", 5, 4, 193, 256, 19, channels_last=True),
        Setting(f"{large}, channels first", 5, 4, 193, 256, 19, channels_last=False),
    ]
    repeats = 3 if options.quick else 5
    results = []
    for setting in [small] if options.quick else [small, *settings]:
        for against in ("as many keys", "all keys"):
            results += compare(setting, against, repeats=repeats)
        results.append(peak_memory(setting))
    report(results, conditions=conditions, out=options.out)


if __name__ == "__main__":
    main()
