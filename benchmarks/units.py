"""What a click is worth: mIoU against human clicks for each unit that can be asked, played by an oracle.

    python -m benchmarks.units --data FOLDER --out benchmarks/results/units.json [--seeds 0,1,2] [--quick]

FOLDER holds `source_synth/`, `target_camvid/` and `splits.json`. Images are brought to half the side (a quarter of the
pixels), and so is what is asked: 9 px windows for the 17 px ones of the product, 400 superpixels an image as there.
What was asked and answered is in the JSON file; a table (.md) and a plot (.png) are put beside it.
Every arm of a seed begins from one network, which learned without answers, and goes on as many iterations; the control
goes on without being asked. Writes after every result, so that it may be stopped; a run that finds its own results in
`--out` goes on after them.
"""

import argparse
import io
import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from obstore.store import LocalStore
from PIL import Image

from backend.domain.effort import clicks_of_image, clicks_of_map
from backend.domain.regions import Box
from backend.services.manifests import AnsweredRegion, Manifest, ManifestImage
from backend.storage import BlobStore
from benchmarks import units_report
from benchmarks.harness import metadata
from models.acquisition import (
    Partition,
    Pick,
    PoolRules,
    Region,
    Unit,
    merge_pool,
    pixels,
    superpixels,
    whole_image,
    windows,
)
from models.augment import Augmentation
from models.inference import predict_logits
from models.metrics import Scores, confusion_matrix, scores_of
from models.networks import SegmentationNetwork
from models.scoring import Score, pixel_maps, score_regions
from models.self_training import Draws, OptimiserConfig, SelfTrainingConfig, Trainer
from worker.artifacts import new_network
from worker.data import TrainingData
from worker.decoded import DecodedImages

Bytes = NDArray[np.uint8]
CLASSES = 11
POOL, VAL = "target_pool_seqdisjoint", "target_val_seqdisjoint"
OFFICIAL_VAL = "target_val_official"  # one clip of 6.7 s, in a gap of a sequence of the pool
SIZE = (240, 180)  # px
WINDOW_RADIUS = 4  # px; 17 px windows of 480 px images, halved
SUPERPIXELS = 400  # an image
PER_IMAGE = 20
CROP, BATCH, LEARNING_RATE = 128, 4, 0.002


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """What is asked and how it is answered: drawn, or by the class that most of the region has."""

    name: str
    unit: Literal["window", "superpixel", "pixel", "image"]
    score: Score
    answer: Literal["drawn", "dominant"]
    sieve: float | None = None


ARMS = (
    Arm(name="window, drawn", unit="window", score="ripu", answer="drawn"),
    Arm(name="window, one click", unit="window", score="ripu", answer="dominant"),
    Arm(name="superpixel", unit="superpixel", score="ripu", answer="dominant"),
    Arm(name="superpixel, sieved", unit="superpixel", score="ripu", answer="dominant", sieve=0.9),
    Arm(name="pixel", unit="pixel", score="ripu", answer="dominant"),
    Arm(name="image", unit="image", score="entropy", answer="drawn"),
    Arm(name="random window, drawn", unit="window", score="random", answer="drawn"),
    Arm(name="random superpixel", unit="superpixel", score="random", answer="dominant"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One evaluated network and the human work that went into it."""

    arm: str
    seed: int
    round_index: int
    miou: float
    class_iou: list[float | None]
    regions: int
    clicks: int
    pixels: int
    images: int


@dataclass(frozen=True, slots=True)
class Example:
    """An image with its reference label map."""

    image: Bytes
    labels: Bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A region with what the oracle said of it, and how many clicks that took."""

    answer: AnsweredRegion
    clicks: int


class Street:
    """The data of the benchmark, in memory and in a scratch store."""

    def __init__(self, folder: Path, scratch: Path, *, limit: int | None) -> None:
        """Read at most `limit` images a split."""
        splits = json.loads((folder / "splits.json").read_text())
        self.blobs = BlobStore(LocalStore(scratch))
        self.decoded = DecodedImages(self.blobs, scratch / "decoded", limit_bytes=10**10)
        self.pool = list(_read(folder / "target_camvid", splits[POOL][:limit]))
        self.val = list(_read(folder / "target_camvid", splits[VAL][:limit]))
        self.official_val = list(_read(folder / "target_camvid", splits[OFFICIAL_VAL][:limit]))
        source = list(_read(folder / "source_synth", splits["source_train"][:limit]))
        self.source = tuple(self._entry(f"s{i}", one.image, one.labels) for i, one in enumerate(source))
        self.target = tuple(self._entry(f"t{i}", one.image, None) for i, one in enumerate(self.pool))
        self._superpixels: dict[int, Partition] = {}

    def unit(self, arm: Arm, index: int) -> Unit:
        """The regions of a pool image."""
        height, width = SIZE[1], SIZE[0]
        match arm.unit:
            case "window":
                return windows(height, width, radius=WINDOW_RADIUS)
            case "superpixel":
                if index not in self._superpixels:
                    labels = superpixels(self.pool[index].image, count=SUPERPIXELS)
                    self._superpixels[index] = Partition(labels=labels)
                return self._superpixels[index]
            case "pixel":
                return pixels(height, width)
            case "image":
                return whole_image(height, width)

    def manifest(self, said: list[list[Asked]]) -> Manifest:
        """All source labels, and what the oracle said so far."""
        target = tuple(
            replace(image, answers=tuple(one.answer for one in answers))
            for image, answers in zip(self.target, said, strict=True)
        )
        return Manifest(source=self.source, target=target)

    def _entry(self, name: str, image: Bytes, labels: Bytes | None) -> ManifestImage:
        return ManifestImage(
            image_id=name,
            blob_key=self.blobs.put(_png(image)),
            width=SIZE[0],
            height=SIZE[1],
            label_key=None if labels is None else self.blobs.put(_png(labels)),
            answers=(),
        )


def train(
    street: Street, network: SegmentationNetwork, said: list[list[Asked]], *, seed: int, iterations: int, arm: Arm
) -> SegmentationNetwork:
    """The teacher after `iterations` more steps of the product's own self-training."""
    config = SelfTrainingConfig(
        num_classes=CLASSES,
        iterations=iterations,
        optimiser=OptimiserConfig(learning_rate=LEARNING_RATE),
        answered_weight=0.3,
        sieve=arm.sieve,
    )
    trainer = Trainer(deepcopy(network), config, device=torch.device("cpu"))
    data = TrainingData(
        decoded=street.decoded,
        manifest=street.manifest(said),
        num_classes=CLASSES,
        augmentation=Augmentation(crop=(CROP, CROP), scales=(0.75, 1.5), flip=0.5, colour=1.0),
    )
    for iteration in range(iterations):
        trainer.step(data.batch(Draws(seed, iteration, range(BATCH))), seed=seed)
    teacher: SegmentationNetwork = trainer.teacher.requires_grad_(requires_grad=True)
    return teacher


def evaluate(network: SegmentationNetwork, images: Sequence[Example]) -> Scores:
    """IoU over all the images."""
    network.eval()
    total = torch.zeros(CLASSES, CLASSES, dtype=torch.int64)
    for one in images:
        predicted = predict_logits(network, _tensor(one.image)).argmax(dim=0).to(torch.uint8)
        total += confusion_matrix(predicted, torch.from_numpy(one.labels), num_classes=CLASSES)
    return scores_of(total)


def ask(
    street: Street,
    network: SegmentationNetwork,
    arm: Arm,
    said: list[list[Asked]],
    *,
    budget: int,
    counted: Literal["clicks", "pixels"],
    seed: int,
) -> None:
    """Put the best regions that the budget buys to the oracle; the last one may go beyond."""
    network.eval()
    units = [street.unit(arm, index) for index in range(len(street.pool))]
    picks: list[list[Pick]] = []
    for index, (unit, one) in enumerate(zip(units, street.pool, strict=True)):
        maps = pixel_maps(predict_logits(network, _tensor(one.image)))
        generator = torch.Generator().manual_seed(seed * 1_000_003 + index)
        scores = score_regions(maps, unit.regions, score=arm.score, generator=generator)
        picks.append(unit.select(scores.score.numpy(), count=PER_IMAGE, answered=_answered(said[index])))
    spent = 0
    for index, rank in merge_pool(picks, rules=PoolRules(per_image=PER_IMAGE)):
        if spent >= budget:
            break
        found = oracle(street.pool[index].labels, units[index].region(picks[index][rank]), arm)
        said[index].append(found)
        spent += found.clicks if counted == "clicks" else int(found.answer.mask.sum())


def oracle(labels: Bytes, region: Region, arm: Arm) -> Asked:
    """What the reference labels say of a region, as a person would say it."""
    height, width = region.mask.shape
    truth = labels[region.row : region.row + height, region.column : region.column + width]
    inside = truth[region.mask]
    present = np.unique(inside)
    box = Box(x=region.column, y=region.row, width=width, height=height)
    if arm.answer == "drawn" and present.size > 1:
        clicks = clicks_of_image(truth) if arm.unit == "image" else clicks_of_map(inside)
        return Asked(answer=AnsweredRegion(box=box, mask=region.mask, label_map=truth, coarse=False), clicks=clicks)
    dominant = np.full_like(truth, np.bincount(inside).argmax())
    return Asked(answer=AnsweredRegion(box=box, mask=region.mask, label_map=dominant, coarse=True), clicks=1)


def run(street: Street, *, seed: int, clicks: int, iterations: int, done: list[Result]) -> Iterator[Result]:
    """Results of a seed, one by one; those of `done` are not computed again."""
    control = Arm(name="control", unit="window", score="ripu", answer="drawn")
    nothing: list[list[Asked]] = [[] for _ in street.pool]
    torch.manual_seed(seed)
    begin = new_network("lite0_fpn", num_classes=CLASSES, seed=seed)
    begin = train(street, begin, nothing, seed=seed * 10, iterations=2 * iterations, arm=control)
    if not any(one.seed == seed for one in done):
        yield _result(street, begin, replace(control, name="before"), seed, 0, nothing)
    for arm in (control, *ARMS):
        if sum(one.arm == arm.name and one.seed == seed for one in done) == 2:
            continue
        network, said = begin, deepcopy(nothing)
        for round_index in (1, 2):
            if arm is not control:
                ask(street, network, arm, said, budget=clicks, counted="clicks", seed=seed * 10 + round_index)
            network = train(street, network, said, seed=seed * 10 + round_index, iterations=iterations, arm=arm)
            yield _result(street, network, arm, seed, round_index, said)


def main() -> None:
    """Run what is missing, and write it down."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--clicks", type=int, default=2000, help="of each of the two rounds")
    parser.add_argument("--iterations", type=int, default=300, help="of each round; twice as many before the first")
    parser.add_argument("--quick", action="store_true", help="a few images and steps, to see that it runs")
    options = parser.parse_args()
    clicks, iterations, limit = (40, 2, 8) if options.quick else (options.clicks, options.iterations, None)
    protocol = {"clicks": clicks, "iterations": iterations, "size": SIZE, "crop": CROP, "batch_size": BATCH}
    done: list[Result] = []
    if options.out.exists():
        document = json.loads(options.out.read_text())
        if document["protocol"] != json.loads(json.dumps(protocol)):
            raise SystemExit(f"{options.out} holds results of another protocol; name another file.")
        done = [Result(**one) for one in document["rounds"]]
    with tempfile.TemporaryDirectory() as scratch:
        street = Street(options.data, Path(scratch), limit=limit)
        for seed in map(int, options.seeds.split(",")):
            began = time.monotonic()
            for result in run(street, seed=seed, clicks=clicks, iterations=iterations, done=list(done)):
                done = [one for one in done if (one.arm, one.seed, one.round_index) != _key(result)] + [result]
                print(
                    f"{result.arm:22} seed {seed} round {result.round_index}: {100 * result.miou:5.1f} mIoU, "
                    f"{result.clicks} clicks, {time.monotonic() - began:.0f} s",
                    flush=True,
                )
                document = {"metadata": metadata(), "protocol": protocol, "rounds": [asdict(one) for one in done]}
                options.out.write_text(json.dumps(document, indent=1) + "\n")
    rounds = [asdict(one) for one in done]
    options.out.with_suffix(".md").write_text(units_report.table(rounds) + "\n")
    units_report.plot(rounds).save(options.out.with_suffix(".png"), optimize=True)
    print(units_report.table(rounds))


def _result(
    street: Street, network: SegmentationNetwork, arm: Arm, seed: int, round_index: int, said: list[list[Asked]]
) -> Result:
    scores = evaluate(network, street.val)
    flat = [one for answers in said for one in answers]
    return Result(
        arm=arm.name,
        seed=seed,
        round_index=round_index,
        miou=scores.miou or 0.0,
        class_iou=list(scores.iou),
        regions=len(flat),
        clicks=sum(one.clicks for one in flat),
        pixels=sum(int(one.answer.mask.sum()) for one in flat),
        images=sum(bool(answers) for answers in said),
    )


def _key(result: Result) -> tuple[str, int, int]:
    return result.arm, result.seed, result.round_index


def _answered(said: list[Asked]) -> NDArray[np.bool_]:
    mask = np.zeros((SIZE[1], SIZE[0]), dtype=np.bool_)
    for one in said:
        box = one.answer.box
        mask[box.y : box.y + box.height, box.x : box.x + box.width] |= one.answer.mask
    return mask


def _read(folder: Path, stems: list[str]) -> Iterator[Example]:
    for stem in stems:
        split = next(split for split in ("train", "val") if (folder / f"labels/{split}/{stem}.png").exists())
        with Image.open(folder / f"images/{split}/{stem}.jpg") as image:
            small = np.asarray(image.resize(SIZE, Image.Resampling.BOX))
        with Image.open(folder / f"labels/{split}/{stem}.png") as labels:
            yield Example(small, np.array(labels.resize(SIZE, Image.Resampling.NEAREST)))


def _png(pixels_: Bytes) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels_).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def _tensor(image: Bytes) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1)))


if __name__ == "__main__":
    main()
