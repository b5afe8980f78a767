"""Rounds of any unit worked in process, and what is seen of their queries."""

import io
import math
from collections import Counter
from dataclasses import replace

import numpy as np
from PIL import Image as Pillow
from sqlalchemy import select

from backend.db.tables import Image, ImageMap, Project, Query, Round, SuperpixelMap
from backend.domain import rle
from backend.domain.round_config import (
    AcquisitionConfig,
    Budget,
    RoundConfig,
    Unit,
)
from backend.domain.round_state import RoundState
from backend.domain.training_config import TrainingConfig
from backend.domain.vocabulary import Domain, Split
from backend.services import oracle
from backend.services import rounds as round_services
from backend.services.rounds import Request
from tests.factories import add_pack_images, add_pool_files, empty_project, project_with_images
from tests.integration.worker.in_process import work_all

WIDTH, HEIGHT, NUM_IMAGES, NUM_CLASSES = 320, 240, 4, 11
SIDE = 17
TRAINING = TrainingConfig(network="tiny_fpn", iterations=2, batch_size=1, crop=64)


def acquiring(unit: Unit = Unit.WINDOW, amount: int = 10, **changes) -> RoundConfig:
    acquisition = AcquisitionConfig(unit=unit, budget=Budget(amount=amount), radius=8, max_per_image=4)
    return RoundConfig(acquisition=replace(acquisition, **changes), training=TRAINING)


class Works:
    """Projects whose rounds are worked at once."""

    def __init__(self, settings, database, blobs, admin):
        self.settings, self.database, self.blobs, self.admin = settings, database, blobs, admin

    def project(self, slug: str = "demo") -> Project:
        return project_with_images(
            self.database, self.blobs, self.admin, slug=slug, source=1, target=NUM_IMAGES, val=0, config=acquiring()
        )

    def pool(self, files) -> Project:
        """A project whose pool are these (name, group, path)."""
        project = empty_project(self.database, self.admin, config=acquiring())
        add_pack_images(self.database, self.blobs, project, Domain.SOURCE, Split.TRAIN, count=1)
        add_pool_files(self.database, self.blobs, project, files)
        return project

    def round(self, config: RoundConfig, *, slug: str = "demo", seed: int = 3) -> list[Query]:
        """Work a round until it is labelled, and give its queries in rank order."""
        with self.database.write() as session:
            request = Request(config=config, seed=seed)
            round_ = round_services.start(session, self.admin.actor, slug, request, idempotency_key=None)
        work_all(self.settings, self.database, self.blobs)
        with self.database.read() as session:
            done = session.get_one(Round, round_.id)
            assert (done.state, done.error) == (RoundState.LABELLING, None)
            found = list(session.scalars(select(Query).where(Query.round_id == round_.id).order_by(Query.rank)))
        assert [query.rank for query in found] == list(range(done.num_queries))
        return found

    def answer(self, slug: str = "demo") -> None:
        with self.database.write() as session:
            while oracle.answer_packet(session, self.admin.actor, self.blobs, slug, size=100):
                pass

    def rows(self, table) -> list:
        with self.database.read() as session:
            return list(session.scalars(select(table)))

    def picture(self, query: Query, kind: str) -> np.ndarray:
        with self.database.read() as session:
            key = session.get_one(ImageMap, (query.round_id, query.image_id, kind)).blob_key
        return self.read_picture(key)

    def truth(self, query: Query) -> np.ndarray:
        with self.database.read() as session:
            key = session.get_one(Image, query.image_id).label_key
        return self.read_picture(key)

    def read_picture(self, key: str) -> np.ndarray:
        return np.asarray(Pillow.open(io.BytesIO(self.blobs.get(key))))

    def superpixels(self) -> dict[str, np.ndarray]:
        """The stored maps by image id."""
        return {row.image_id: self.read_picture(row.blob_key).astype(int) for row in self.rows(SuperpixelMap)}

    def groups(self, queries) -> Counter:
        of = {image.id: image.group for image in self.rows(Image)}
        return Counter(of[query.image_id] for query in queries)


def mask_of(query: Query) -> np.ndarray:
    """The region's pixels, on the whole image."""
    whole = np.zeros((HEIGHT, WIDTH), dtype=bool)
    box = np.ones((query.height, query.width), dtype=bool)
    if query.region is not None:
        box = rle.decode(query.region, width=query.width, height=query.height) == 1
    whole[query.y : query.y + query.height, query.x : query.x + query.width] = box
    return whole


def overlapping(queries) -> int:
    """The most regions that one pixel lies in."""
    painted: dict[str, np.ndarray] = {}
    for query in queries:
        painted.setdefault(query.image_id, np.zeros((HEIGHT, WIDTH), dtype=int))[mask_of(query)] += 1
    return max(int(counts.max()) for counts in painted.values())


def places(queries) -> list[tuple]:
    return [(query.rank, query.x, query.y, query.width, query.height, query.region) for query in queries]


def impurity_of(classes: np.ndarray) -> float:
    shares = np.unique(classes, return_counts=True)[1] / classes.size
    return -sum(share * math.log(share) for share in shares) / math.log(NUM_CLASSES)
