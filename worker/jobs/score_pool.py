"""Scoring: what each image of the pool has that is worth asking about, with pictures of why.

An image that is scored is a row that is committed; whoever takes the job next scores the rest.
"""

import time

import torch
from torch import Generator, Tensor

from backend.db import queries, rounds
from backend.db.tables import Image, ImageMap, Project, Round, ScoredImage
from backend.domain.image_file import write_label_map
from backend.domain.pool import most_queries_an_image
from backend.domain.regions import default_radius
from backend.domain.round_config import AcquisitionConfig
from backend.services import configs
from models.acquisition import blocked_centres, select_windows
from models.inference import predict_logits
from models.networks import SegmentationNetwork
from models.scoring import ScoreMaps, score_maps
from worker.candidates import describe
from worker.context import Context
from worker.network import read_tensor, round_network
from worker.pictures import grey_picture

COMMIT_SECONDS = 2.0  # s of work that a killed worker may lose


def work(context: Context) -> None:
    """Score what is left of the pool, in its order."""
    with context.database.read() as session:
        round_, project = context.round_and_project(session)
        left = rounds.unscored_pool(session, round_)
        done = len(rounds.scored_images(session, round_.id))
    network = round_network(context, round_, project) if left else None
    total, began = done + len(left), time.monotonic()
    rows: list[ScoredImage | ImageMap] = []
    committed_at = began
    for count, image in enumerate(left, start=1):
        assert network is not None  # noqa: S101  (there is one where there is work)
        rows += _score(context, network, round_, project, image)
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
        context.succeed(session, {"images": total})


def _score(
    context: Context, network: SegmentationNetwork, round_: Round, project: Project, image: Image
) -> list[ScoredImage | ImageMap]:
    config = configs.from_json(round_.config).acquisition
    radius = config.radius if config.radius is not None else default_radius(image.width, image.height)
    logits = predict_logits(network, read_tensor(context.blobs, image))
    # Reproducible from the round's record: an image's draw depends on nothing but the seed and its place.
    generator = Generator(device=logits.device).manual_seed(round_.seed * 1_000_003 + image.position)
    maps = score_maps(logits, score=config.score.value, radius=radius, generator=generator)
    candidates = _candidates(context, image, maps, logits, config=config, radius=radius)
    colors = [label_class["color"] for label_class in project.classes]
    pictures = {
        "score": grey_picture(maps.score.cpu().numpy(), peak=float(maps.score.max())),
        "impurity": grey_picture(maps.impurity.cpu().numpy(), peak=1.0),
        "entropy": grey_picture(maps.entropy.cpu().numpy(), peak=1.0),
        "prediction": write_label_map(maps.prediction.cpu().numpy(), colors),
    }
    return [
        ScoredImage(round_id=round_.id, image_id=image.id, position=image.position, candidates=candidates),
        *(
            ImageMap(round_id=round_.id, image_id=image.id, kind=kind, blob_key=context.blobs.put(data))
            for kind, data in pictures.items()
        ),
    ]


def _candidates(
    context: Context, image: Image, maps: ScoreMaps, logits: Tensor, *, config: AcquisitionConfig, radius: int
) -> list[dict[str, object]]:
    with context.database.read() as session:
        asked = queries.resolved_boxes(session, image.id)
    boxes = [(query.x, query.y, query.width, query.height) for query in asked]
    picks = select_windows(
        maps.score.cpu().numpy(),
        radius=radius,
        count=most_queries_an_image(config, width=image.width, height=image.height),
        blocked=blocked_centres((image.height, image.width), boxes=boxes, radius=radius),
    )
    probabilities = torch.softmax(logits, dim=0)
    return [describe(pick, maps, probabilities, radius=radius) for pick in picks]
