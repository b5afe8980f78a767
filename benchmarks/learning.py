"""Does the loop learn: mIoU against regions, clicks, pixels and seconds of people, beside what each part is worth.

    python -m benchmarks.learning --data FOLDER --out benchmarks/results/learning.json
        [--seeds 0,1,2] [--arms NAME,...] [--processes 2] [--quick]

FOLDER is laid out as for `benchmarks.units`, whose images (half the side), windows and oracle it takes. Every arm
trains `lite0_fpn` with the product's defaults for as many iterations on the sequence-disjoint pool. Those that ask do
so in rounds, each going on from the teacher before, as the product does; the others are one training. Every network is
judged on two val splits: an unseen sequence, and CamVid's official clip, which lies in a gap of a sequence of the pool.
Writes after every arm, and goes on after those that `--out` holds.
"""

import argparse
import atexit
import json
import multiprocessing
import shutil
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch

from backend.domain.effort import ASSUMED_SECONDS
from backend.domain.regions import Box
from backend.domain.round_config import Unit
from backend.domain.training_config import Mixing, TrainingConfig
from backend.services.manifests import AnsweredRegion
from benchmarks import learning_report
from benchmarks.harness import metadata
from benchmarks.learning_report import Row
from benchmarks.units import CLASSES, Arm, Asked, Street, ask, evaluate
from models.augment import Augmentation
from models.networks import SegmentationNetwork
from models.scoring import Score
from models.self_training import Draws, Trainer
from worker.artifacts import new_network
from worker.data import TrainingData
from worker.training import Order, self_training

CROP, BATCH = 128, 4
ALONE: Mapping[str, Any] = {"unsupervised_weight": 0.0, "mixing": Mixing.NONE}  # no self-training
STEADY: Mapping[str, Any] = {"unsupervised_until": 1.0}  # pseudo labels beside however many answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What an arm learns from, and how.

    Attributes:
        name: for people.
        labels: of the target: none, all of them, or what is asked round by round.
        score: how regions are asked.
        source_weight: 0 learns from the target alone.
        training: what differs from the product's defaults.
    """

    name: str
    labels: Literal["none", "all", "asked"]
    score: Score = "ripu"
    source_weight: float = 1.0
    training: Mapping[str, Any] = field(default_factory=dict)


PLANS = {
    "source": Plan(name="source only", labels="none", training=ALONE),
    "control": Plan(name="self-training, no labels", labels="none"),
    "random": Plan(name="random + self-training", labels="asked", score="random"),
    "asking": Plan(name="acquisition, no self-training", labels="asked", training=ALONE),
    "loop": Plan(name="full loop", labels="asked"),
    "target": Plan(name="all target labels", labels="all", source_weight=0.0, training=ALONE),
    "all": Plan(name="all target labels + source", labels="all", training=ALONE),
    "steady": Plan(name="full loop, pseudo labels everywhere", labels="asked", training=STEADY),
    "steady_random": Plan(name="random, pseudo labels everywhere", labels="asked", score="random", training=STEADY),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Iterations before the first question, of each round but the last, of the last; and what is asked.

    Attributes:
        shares: of the pool's pixels that people have answered after each round.
    """

    first: int = 300
    between: int = 250
    last: int = 450
    shares: tuple[float, ...] = (0.003, 0.01, 0.022, 0.05)

    @property
    def total(self) -> int:
        return self.first + (len(self.shares) - 1) * self.between + self.last


def train(
    street: Street, network: SegmentationNetwork, said: list[list[Asked]], plan: Plan, *, seed: int, iterations: int
) -> SegmentationNetwork:
    """The teacher after so many steps of the product's own training."""
    config = TrainingConfig(crop=CROP, batch_size=BATCH, iterations=iterations, **plan.training)
    order = Order(
        round_id="",
        seed=seed,
        classes=tuple(map(str, range(CLASSES))),
        config=config,
        manifest_key="",
        begins_from=None,
        snapshot=None,
        val=(),
    )
    objective = replace(self_training(order), source_weight=plan.source_weight)
    trainer = Trainer(network, objective, device=torch.device("cpu"))
    data = TrainingData(
        decoded=street.decoded,
        manifest=street.manifest(said),
        num_classes=CLASSES,
        augmentation=Augmentation(crop=config.crop_size, scales=config.scales, flip=config.flip, colour=config.colour),
    )
    for iteration in range(iterations):
        trainer.step(data.batch(Draws(seed, iteration, range(BATCH))), seed=seed)
    teacher: SegmentationNetwork = trainer.teacher.requires_grad_(requires_grad=True)
    return teacher


def run(street: Street, plan: Plan, schedule: Schedule, *, seed: int) -> list[Row]:
    """Results of an arm: after each round, or of its one training."""
    torch.manual_seed(seed)
    network = new_network("lite0_fpn", num_classes=CLASSES, seed=seed)
    said: list[list[Asked]] = [[] for _ in street.pool]
    if plan.labels != "asked":
        if plan.labels == "all":
            said = [[_whole(one.labels)] for one in street.pool]
        network = train(street, network, said, plan, seed=seed, iterations=schedule.total)
        return [_result(street, network, plan, said, seed=seed, round_index=0)]
    arm = Arm(name=plan.name, unit="window", score=plan.score, answer="drawn")
    network = train(street, network, said, plan, seed=seed * 10, iterations=schedule.first)
    rows = [_result(street, network, plan, said, seed=seed, round_index=0)]
    for round_index, share in enumerate(schedule.shares, start=1):
        pixels = round(share * sum(one.labels.size for one in street.pool)) - rows[-1]["pixels"]
        ask(street, network, arm, said, budget=pixels, counted="pixels", seed=seed * 10 + round_index)
        iterations = schedule.last if round_index == len(schedule.shares) else schedule.between
        network = train(street, network, said, plan, seed=seed * 10 + round_index, iterations=iterations)
        rows.append(_result(street, network, plan, said, seed=seed, round_index=round_index))
    return rows


def main() -> None:
    """Run what is missing, and write it down."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--arms", default=",".join(PLANS), help="names, with commas")
    parser.add_argument("--processes", type=int, default=2, help="arms at a time, a thread each")
    parser.add_argument("--quick", action="store_true", help="a few images and steps, to see that it runs")
    options = parser.parse_args()
    schedule = Schedule(first=2, between=1, last=2) if options.quick else Schedule()
    protocol = {"schedule": asdict(schedule), "crop": CROP, "batch_size": BATCH}
    done = _done(options.out, protocol)
    had = {(row["arm"], row["seed"]) for row in done}
    wanted = [
        (plan, seed)
        for seed in map(int, options.seeds.split(","))
        for plan in (PLANS[name] for name in options.arms.split(","))
        if (plan.name, seed) not in had
    ]
    with ProcessPoolExecutor(
        options.processes,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_begin,
        initargs=(options.data, 8 if options.quick else None),
    ) as pool:
        running = [pool.submit(_arm, plan, schedule, seed) for plan, seed in wanted]
        for count, future in enumerate(as_completed(running), start=1):
            rows = future.result()
            done.extend(rows)
            print(f"{count} of {len(wanted)}: {learning_report.line(rows)}", flush=True)
            document = {"metadata": metadata(), "protocol": protocol, "results": sorted(done, key=_place)}
            options.out.write_text(json.dumps(document, indent=1) + "\n")
    done.sort(key=_place)
    options.out.with_suffix(".md").write_text(learning_report.table(done) + "\n")
    learning_report.plot(done).save(options.out.with_suffix(".png"), optimize=True)
    print(learning_report.table(done))


_street: Street | None = None  # of this process


def _begin(data: Path, limit: int | None) -> None:
    global _street  # noqa: PLW0603  # a pool hands its initialiser's work over in no other way
    torch.set_num_threads(1)
    scratch = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, scratch, ignore_errors=True)
    _street = Street(data, Path(scratch), limit=limit)


def _arm(plan: Plan, schedule: Schedule, seed: int) -> list[Row]:
    if _street is None:
        raise RuntimeError("This process was not begun.")
    began = time.monotonic()
    rows = run(_street, plan, schedule, seed=seed)
    return [{**row, "arm_seconds": round(time.monotonic() - began)} for row in rows]


def _place(row: Row) -> tuple[int, int, int]:
    arms = [plan.name for plan in PLANS.values()]
    return arms.index(row["arm"]), row["seed"], row["round_index"]


def _done(out: Path, protocol: dict[str, Any]) -> list[Row]:
    if not out.exists():
        return []
    document = json.loads(out.read_text())
    if document["protocol"] != json.loads(json.dumps(protocol)):
        raise SystemExit(f"{out} holds results of another protocol; name another file.")
    results: list[Row] = document["results"]
    return results


def _whole(labels: np.ndarray) -> Asked:
    height, width = labels.shape
    box = Box(x=0, y=0, width=width, height=height)
    region = AnsweredRegion(box=box, mask=np.ones_like(labels, dtype=np.bool_), label_map=labels, coarse=False)
    return Asked(answer=region, clicks=0)


def _result(
    street: Street, network: SegmentationNetwork, plan: Plan, said: list[list[Asked]], *, seed: int, round_index: int
) -> Row:
    unseen, official = evaluate(network, street.val), evaluate(network, street.official_val)
    flat = [one for answers in said for one in answers]
    asked = plan.labels == "asked"
    return {
        "arm": plan.name,
        "seed": seed,
        "round_index": round_index,
        "miou": {"unseen": unseen.miou or 0.0, "official": official.miou or 0.0},
        "class_iou": {"unseen": list(unseen.iou), "official": list(official.iou)},
        "regions": len(flat) if asked else 0,
        "clicks": sum(one.clicks for one in flat),
        "pixels": sum(int(one.answer.mask.sum()) for one in flat),
        "images": sum(bool(answers) for answers in said),
        "seconds": len(flat) * ASSUMED_SECONDS[Unit.WINDOW if asked else Unit.IMAGE],
    }


if __name__ == "__main__":
    main()
