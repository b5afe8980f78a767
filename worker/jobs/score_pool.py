"""Scoring: what each image of the pool has that is worth asking about, with pictures of why.

An image that is scored is a row that is committed; whoever takes the job next scores the rest. What an image gets
depends on the round's record alone (config, seed, checkpoint, the answers of earlier rounds), so it can be had again.
"""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import structlog
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Generator, Tensor

from backend.db import images, rounds
from backend.db.tables import Image, ImageMap, Project, Round, ScoredImage
from backend.domain.image_file import read_image, write_label_map
from backend.domain.label_schema import IGNORE_INDEX
from backend.domain.pool import most_queries_an_image
from backend.domain.round_config import AcquisitionConfig, Score, Unit
from backend.domain.vocabulary import Domain, Split
from backend.services import configs, manifests
from backend.services.manifests import ManifestImage
from models.acquisition import Unit as Regions
from models.acquisition import class_weights, difference_hash, draw_shadow
from models.inference import predict
from models.kernels.regions import FusedWindows, fused_maps_of_image, trouble_on
from models.networks import SegmentationNetwork
from models.scoring import PixelMaps, RegionScores, Windows, pixel_maps, score_regions
from worker import pseudo_labels
from worker.candidates import Seen
from worker.context import Context
from worker.network import round_network
from worker.pictures import grey_picture
from worker.regions import answered_of, regions_of

log = structlog.get_logger()
COMMIT_SECONDS = 2.0  # s of work that a killed worker may lose


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is the same for every image of a round.

    Attributes:
        network: the round's teacher.
        fused: maps and windows are computed by the fused kernels.
        acquisition: the round's settings.
        seed: of the round.
        weights: a factor for each class, where classes are balanced.
        shadow: by image id, which of its free regions are drawn at random; of a unit's `partition`.
        probability: with which each free region of the pool was drawn.
        answers: by image id, what the round's training was taught of it.
        sieve: how sure the teacher must be to keep an answer out, as in training.
    """

    network: SegmentationNetwork
    fused: bool
    acquisition: AcquisitionConfig
    seed: int
    weights: Float[Tensor, " c"] | None
    shadow: dict[str, list[int]]
    probability: float
    answers: dict[str, ManifestImage]
    sieve: float | None


def work(context: Context) -> None:
    """Score what is left of the pool, in its order."""
    with context.database.read() as session:
        round_, project = context.round_and_project(session)
        left = rounds.unscored_pool(session, round_)
        done = len(rounds.scored_images(session, round_.id))
    plan = _plan(context, round_, project) if left else None
    total, began = done + len(left), time.monotonic()
    rows: list[ScoredImage | ImageMap] = []
    committed_at = began
    for count, image in enumerate(left, start=1):
        assert plan is not None  # noqa: S101  (there is one where there is work)
        rows += _score(context, plan, round_, project, image)
        pace = (time.monotonic() - began) / count
        context.report(
            (done + count) / total,
            f"Scoring: image {done + count} of {total}",
            remaining=pace * (len(left) - count),
        )
        ending = count < len(left) and context.should_yield()
        if ending or time.monotonic() - committed_at > COMMIT_SECONDS:
            with context.writing() as session:
                session.add_all(rows)
                if ending:
                    context.yield_segment(session, {})
            if ending:
                return
            rows, committed_at = [], time.monotonic()
    with context.writing() as session:
        session.add_all(rows)
    summary = context.blobs.put(json.dumps(_pseudo_labels(context, round_, project)).encode())
    with context.writing() as session:
        context.succeed(session, {"images": total, "pseudo_labels": summary})


def _plan(context: Context, round_: Round, project: Project) -> Plan:
    config = configs.from_json(round_.config)
    acquisition = config.acquisition
    shadow, probability = _draw(context, round_, acquisition)
    network = round_network(context, round_, project)
    device = next(network.parameters()).device
    trouble = trouble_on(device)
    if trouble is not None and device.type == "cuda":
        log.warning("fused_scoring_unavailable", device=str(device), reason=trouble)
    return Plan(
        network=network,
        fused=trouble is None,
        acquisition=acquisition,
        seed=round_.seed,
        weights=_weights(context, round_, project) if acquisition.class_balance else None,
        shadow=shadow,
        probability=probability,
        answers={image.image_id: image for image in manifests.read(context.blobs, round_.manifest_key or "").target},
        sieve=config.training.sieve,
    )


def _weights(context: Context, round_: Round, project: Project) -> Float[Tensor, " c"]:
    num_classes = len(project.classes)
    collected = np.zeros(IGNORE_INDEX + 1, dtype=np.int64)
    for image in manifests.read(context.blobs, round_.manifest_key or "").target:
        for answer in image.answers:
            collected += np.bincount(answer.label_map[answer.mask], minlength=IGNORE_INDEX + 1)
    with context.database.read() as session:
        pool = np.array(rounds.pool_class_counts(session, round_), dtype=np.int64).reshape(-1, num_classes).sum(axis=0)
    return torch.from_numpy(class_weights(collected[:num_classes].tolist(), pool.tolist()))


def _draw(context: Context, round_: Round, acquisition: AcquisitionConfig) -> tuple[dict[str, list[int]], float]:
    """Which regions of the pool are drawn at random, and with which probability each could be."""
    count = round(acquisition.shadow_share * acquisition.budget.amount)
    if count == 0:
        return {}, 0.0
    # The pool as the manifest froze it: what is imported meanwhile must not change a draw that has begun.
    frozen = {image.image_id for image in manifests.read(context.blobs, round_.manifest_key or "").target}
    with context.database.read() as session:
        pool = images.of_split(session, round_.project_id, Domain.TARGET, Split.TRAIN)
    pool = [image for image in pool if image.id in frozen]
    free = []
    for number, image in enumerate(pool, start=1):
        partition = regions_of(context, image, acquisition).partition()
        free.append(partition.free(answered_of(context, image, round_)).nonzero()[0])
        context.report(0.0, f"Scoring: what can be drawn, image {number} of {len(pool)}")
    drawn = draw_shadow([len(numbers) for numbers in free], count=count, seed=round_.seed)
    total = sum(map(len, free))
    chosen = {
        image.id: numbers[places].tolist() for image, numbers, places in zip(pool, free, drawn, strict=True) if places
    }
    return chosen, min(1.0, count / total) if total else 0.0


def _score(context: Context, plan: Plan, round_: Round, project: Project, image: Image) -> list[ScoredImage | ImageMap]:
    picture = read_image(context.blobs.get(image.blob_key))
    seen = _see(plan, picture)
    unit = regions_of(context, image, plan.acquisition)
    answered = answered_of(context, image, round_)
    # Reproducible from the round's record: an image's draw depends on nothing but the seed and its place.
    # On the CPU, so that every device draws the same.
    generator = Generator().manual_seed(plan.seed * 1_000_003 + image.position)
    scores = _scores(plan, seen.pixels, unit, generator=generator)
    shadow = _shadow(plan, unit, scores, seen, plan.shadow.get(image.id, []), taken=answered)
    picks = unit.select(
        scores.score,
        count=most_queries_an_image(plan.acquisition, width=image.width, height=image.height),
        answered=answered,
    )
    whole = plan.acquisition.unit is Unit.IMAGE
    counts = torch.bincount(seen.pixels.prediction.flatten(), minlength=len(project.classes)).tolist()
    found = ScoredImage(
        round_id=round_.id,
        image_id=image.id,
        position=image.position,
        candidates=[seen.describe(unit, scores, pick, whole=whole) for pick in picks],
        shadow=shadow,
        class_counts=counts,
        image_hash=f"{difference_hash(picture):016x}",
    )
    files = _pictures(project, seen.pixels, unit, scores) | _taught(plan, project, image, seen)
    return [
        found,
        *(
            ImageMap(round_id=round_.id, image_id=image.id, kind=kind, blob_key=context.blobs.put(data))
            for kind, data in files.items()
        ),
    ]


def _see(plan: Plan, picture: NDArray[np.uint8]) -> Seen:
    """One pass of the network, and the maps of every pixel: by fused kernels on a GPU that they are right on."""
    logits = predict(plan.network, torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1))))
    if plan.fused:
        return Seen(logits=logits, pixels=fused_maps_of_image(logits.coarse, height=logits.height, width=logits.width))
    return Seen(logits=logits, pixels=pixel_maps(logits.full(), margin=plan.acquisition.score is Score.MARGIN))


def _shadow(
    plan: Plan, unit: Regions, scores: RegionScores, seen: Seen, numbers: list[int], *, taken: NDArray[np.bool_]
) -> list[dict[str, object]]:
    """The regions of one image that were drawn, as candidates; they are marked in `taken`, so that none is chosen."""
    if not numbers:
        return []
    partition = unit.partition()
    shown: Regions = partition
    if plan.acquisition.unit is Unit.PIXEL:
        shown = unit  # a pixel alone has no impurity; it is judged by the classes around it
    elif plan.acquisition.unit is Unit.WINDOW:  # tiles at the border are no windows
        generator = Generator().manual_seed(plan.seed)
        scores = _scores(plan, seen.pixels, partition, generator=generator)
    whole = plan.acquisition.unit is Unit.IMAGE
    candidates = []
    for number in numbers:
        described = seen.describe(shown, scores, partition.pick(number, 0.0), whole=whole)
        candidates.append({**described, "probability": plan.probability})
        taken |= partition.labels == number
    return candidates


def _scores(plan: Plan, pixels: PixelMaps, unit: Regions, *, generator: Generator) -> RegionScores:
    regions = unit.regions
    if plan.fused and isinstance(regions, Windows):
        regions = FusedWindows(radius=regions.radius, impurity_radius=regions.impurity_radius)
    return score_regions(
        pixels, regions, score=plan.acquisition.score.value, generator=generator, class_weights=plan.weights
    )


def _pictures(project: Project, pixels: PixelMaps, unit: Regions, scores: RegionScores) -> dict[str, bytes]:
    score = unit.as_map(scores.score)
    return {
        "score": grey_picture(score.cpu().numpy(), peak=float(score.max())),
        "impurity": grey_picture(unit.as_map(scores.impurity).cpu().numpy(), peak=1.0),
        "entropy": grey_picture(unit.as_map(scores.entropy).cpu().numpy(), peak=1.0),
        "prediction": write_label_map(
            pixels.prediction.cpu().numpy(), [label_class["color"] for label_class in project.classes]
        ),
    }


def _taught(plan: Plan, project: Project, image: Image, seen: Seen) -> dict[str, bytes]:
    """What the inspector of pseudo labels shows of an image."""
    known = plan.answers.get(image.id)  # an image that was imported since is in no manifest
    said = (
        pseudo_labels.nobody_said(image.height, image.width)
        if known is None
        else pseudo_labels.said_of(known, seen.logits, sieve=plan.sieve)
    )
    levels = pseudo_labels.entropy_levels(seen.pixels.entropy)
    counts = pseudo_labels.counts(seen.pixels.prediction.cpu().numpy(), levels, said, num_classes=len(project.classes))
    answers = said.picture()
    return {
        "pixel_entropy": pseudo_labels.levels_picture(levels),
        "pseudo_label_counts": json.dumps(counts).encode(),
        **({} if answers is None else {"answers": answers}),
    }


def _pseudo_labels(context: Context, round_: Round, project: Project) -> dict[str, Any]:
    """What is kept of the whole pool."""
    with context.database.read() as session:
        keys = images.maps_of_round(session, round_.id, kind="pseudo_label_counts")
    found = _stored(context, list(keys.items()))
    shares = pseudo_labels.alphas(configs.from_json(round_.config).training.alpha0)
    return pseudo_labels.summary(found, shares, num_classes=len(project.classes))


def _stored(context: Context, keys: list[tuple[str, str]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The counts of each image, from the store: other workers may have made some. A few at a time, for memory."""
    with ThreadPoolExecutor(max_workers=8) as threads:
        for start in range(0, len(keys), 64):
            context.report(1.0, f"Scoring: what is kept, image {start + 1} of {len(keys)}")
            some = keys[start : start + 64]
            found = threads.map(context.blobs.get, [key for _, key in some])
            yield from ((image_id, json.loads(data)) for (image_id, _), data in zip(some, found, strict=True))
