"""Makes what tests need: people, projects with images of the demo pack, a round that is being labelled.

Plain functions on the real database, blobs and services; no torch. `conftest.py` has fixtures that call them.
"""

import io
import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from backend.config import Settings
from backend.db import images as image_rows
from backend.db.session import Database
from backend.db.tables import Image, Member, Project, Query, Round, User
from backend.domain import rle
from backend.domain.regions import Box
from backend.domain.round_config import AcquisitionConfig, Budget, RoundConfig, Unit
from backend.domain.round_state import RoundState
from backend.domain.vocabulary import Domain, Split, UserRole
from backend.services import auth, images, projects
from backend.services.access import Actor
from backend.services.projects import ClassRow
from backend.storage import BlobStore
from tests.service import ROOT, Service

PACK = ROOT / "demo" / "pack"
RADIUS = 8  # px; 17 px windows on the pack's images of 320 x 240


def settings_for(data_dir: Path, **changes: Any) -> Settings:
    """Settings that depend on nothing but these arguments."""
    return Settings(_env_file=None, data_dir=data_dir, **changes)


def png(pixels: NDArray[Any]) -> bytes:
    """An image file of uint8 (h, w, 3), or a label map of (h, w)."""
    file = io.BytesIO()
    Pillow.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


@dataclass(frozen=True, slots=True)
class Person:
    """A user with a bearer token."""

    user_id: str
    email: str
    role: UserRole
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    @property
    def actor(self) -> Actor:
        return Actor(user_id=self.user_id, email=self.email, name=self.email.split("@")[0], role=self.role)


def person(
    database: Database, email: str, *, role: UserRole = UserRole.ANNOTATOR, password: str | None = None
) -> Person:
    """Find or make a user, and give it a fresh bearer token."""
    with database.write() as session:
        user = session.query(User).filter_by(email=email).one_or_none() or auth.create_user(
            session, email=email, name=email.split("@", maxsplit=1)[0], role=role, password=password
        )
        return Person(user.id, email, user.role, auth.issue(session, user.id, kind="token", life=None).text)


def pack_classes() -> list[ClassRow]:
    """The 11 classes of the demo pack."""
    described = json.loads((PACK / "classes.json").read_text())["classes"]
    return [(one["class_id"], one["name"], one["color"], None) for one in described]


def pack_files(domain: Domain, split: Split) -> list[tuple[Path, Path]]:
    """(image, label map) of each of the pack's files, by name."""
    folder = PACK / domain.value
    return [
        (path, folder / "labels" / split.value / f"{path.stem}.png")
        for path in sorted((folder / "images" / split.value).iterdir())
    ]


def empty_project(
    database: Database,
    admin: Person,
    *,
    slug: str = "demo",
    config: RoundConfig | None = None,
    members: Sequence[Person] = (),
) -> Project:
    """A project with the pack's classes and no image."""
    with database.write() as session:
        project = projects.create(
            session,
            admin.actor,
            slug=slug,
            name="Rendered streets",
            classes=pack_classes(),
            config=config or RoundConfig(),
        )
        session.add_all(Member(project_id=project.id, user_id=member.user_id) for member in members)
    return project


def add_pack_images(
    database: Database,
    blobs: BlobStore,
    project: Project,
    domain: Domain,
    split: Split,
    *,
    count: int,
    labelled: bool = True,
) -> list[Image]:
    """The first `count` images of a group of the pack, spread over its streets."""
    files = pack_files(domain, split)
    added = []
    with database.write() as session:
        for path, label in files[:: max(1, len(files) // count)][:count]:
            new = images.check(
                name=path.name,
                domain=domain,
                split=split,
                group=path.stem.split("_")[0],
                data=path.read_bytes(),
                label_data=label.read_bytes() if labelled else None,
                num_classes=len(project.classes),
                max_pixels=1_000_000,
            )
            added.append(images.add(session, blobs, project, new))
    return added


def add_pool_files(
    database: Database, blobs: BlobStore, project: Project, files: Sequence[tuple[str, str, Path]]
) -> list[Image]:
    """Images to ask about, as (name, group, file), with no reference labels."""
    with database.write() as session:
        return [
            images.add(
                session,
                blobs,
                project,
                images.check(
                    name=name,
                    domain=Domain.TARGET,
                    split=Split.TRAIN,
                    group=group,
                    data=path.read_bytes(),
                    label_data=None,
                    num_classes=len(project.classes),
                    max_pixels=1_000_000,
                ),
            )
            for name, group, path in files
        ]


def project_with_images(
    database: Database,
    blobs: BlobStore,
    admin: Person,
    *,
    slug: str = "demo",
    source: int = 2,
    target: int = 4,
    val: int = 1,
    config: RoundConfig | None = None,
    members: Sequence[Person] = (),
) -> Project:
    """Labelled source images, a pool with reference labels, a labelled val split."""
    project = empty_project(database, admin, slug=slug, config=config, members=members)
    for domain, split, count in (
        (Domain.SOURCE, Split.TRAIN, source),
        (Domain.TARGET, Split.TRAIN, target),
        (Domain.TARGET, Split.VAL, val),
    ):
        if count:
            add_pack_images(database, blobs, project, domain, split, count=count)
    return project


@dataclass(frozen=True, slots=True)
class Scene:
    """A project whose round 0 is being labelled. Ids only: read the rows when you need them."""

    slug: str
    project_id: str
    round_id: str
    query_ids: list[str]  # in rank order
    admin: Person
    annotator: Person  # a member
    outsider: Person  # signed in, no member
    ids: dict[str, str] = field(default_factory=dict)  # what a test adds to the scene


def labelling_scene(
    database: Database,
    blobs: BlobStore,
    *,
    num_queries: int = 12,
    slug: str = "demo",
    source: int = 2,
    target: int = 4,
    val: int = 1,
    password: str | None = None,
) -> Scene:
    """A project in the middle of labelling: windows of 17 px on real boundaries of target images, ranked.

    Every second query has a drawn suggestion, the others only class probabilities. At most about 40 queries an image.
    """
    admin = person(database, "admin@localhost", role=UserRole.ADMIN, password=password)
    annotator = person(database, "anna@localhost", password=password)
    outsider = person(database, "otto@localhost", password=password)
    config = RoundConfig(
        acquisition=AcquisitionConfig(budget=Budget(amount=num_queries), radius=RADIUS, max_per_image=None)
    )
    project = project_with_images(
        database, blobs, admin, slug=slug, source=source, target=target, val=val, config=config, members=[annotator]
    )
    round_id, query_ids = labelling_round(database, blobs, project.id, num_queries=num_queries)
    return Scene(slug, project.id, round_id, query_ids, admin, annotator, outsider)


def labelling_round(
    database: Database, blobs: BlobStore, project_id: str, *, num_queries: int, round_index: int = 0
) -> tuple[str, list[str]]:
    """A round in LABELLING as the worker would leave it: its id, and its queries' ids in rank order."""
    with database.write() as session:
        project = session.get_one(Project, project_id)
        num_classes = len(project.classes)
        confusion = np.full((num_classes, num_classes), 4) + 56 * np.eye(num_classes, dtype=int)
        round_ = Round(
            project_id=project_id,
            round_index=round_index,
            state=RoundState.LABELLING,
            config=project.config,
            seed=round_index,
            num_queries=num_queries,
            started_by="admin@localhost",
            effort={"regions": 0, "clicks": 0, "pixels": 0, "seconds": 0.0, "images": 0},
            num_evaluated=1,
            confusion=confusion.tolist(),
            miou=60 / (2 * (60 + 4 * (num_classes - 1)) - 60),
        )
        session.add(round_)
        session.flush()
        pool = image_rows.of_split(session, project_id, Domain.TARGET, Split.TRAIN)
        found = [row for image in pool for row in _boundary_windows(blobs, image, num_classes)]
        found.sort(key=lambda row: (-row["score"], row["position"], row["x"], row["y"]))
        if len(found) < num_queries:
            raise ValueError(f"{len(pool)} images have {len(found)} boundary windows; asked for {num_queries}.")
        rows = []
        for rank, row in enumerate(found[:num_queries]):
            del row["position"]
            if rank % 2:
                row["suggestion"] = row["suggestion"] | {"label_map": None}
            rows.append(Query(round_id=round_.id, rank=rank, selection_probability=None, **row))
        session.add_all(rows)
        session.flush()
        return round_.id, [row.id for row in rows]


def superpixel_mask() -> NDArray[np.bool_]:
    """A region that is no rectangle: it touches all four sides of a box of 17 px, and has a dent in its left side."""
    rows, columns = np.mgrid[: 2 * RADIUS + 1, : 2 * RADIUS + 1] - RADIUS
    return (np.abs(rows) + np.abs(columns) <= RADIUS + 3) & ~((np.abs(rows) <= 2) & (columns < -3))


def as_superpixels(database: Database, query_ids: Sequence[str]) -> NDArray[np.bool_]:
    """Make superpixels of windows, which the suggestions then leave out what is outside of; gives their mask."""
    mask = superpixel_mask()
    with database.write() as session:
        for query in (session.get_one(Query, query_id) for query_id in query_ids):
            query.unit, query.region, query.pixels = Unit.SUPERPIXEL, rle.encode(mask.astype(np.uint8)), int(mask.sum())
            if (suggested := query.suggestion["label_map"]) is not None:
                inside = rle.decode(suggested["data"], width=query.width, height=query.height)
                masked = {"encoding": "rle", "data": rle.encode(np.where(mask, inside, 255).astype(np.uint8))}
                query.suggestion = query.suggestion | {"label_map": masked}
    return mask


def _boundary_windows(blobs: BlobStore, image: Image, num_classes: int) -> Iterator[dict[str, Any]]:
    """Disjoint windows centred on pixels whose right neighbour has another class."""
    assert image.label_key is not None
    with tempfile.SpooledTemporaryFile() as file:
        file.write(blobs.get(image.label_key))
        file.seek(0)
        labels = np.asarray(Pillow.open(file))
    free = np.ones_like(labels, dtype=bool)
    inside = slice(RADIUS, -RADIUS - 1)
    for row, column in np.argwhere(labels[inside, inside] != np.roll(labels, -1, axis=1)[inside, inside]) + RADIUS:
        box = Box(x=int(column) - RADIUS, y=int(row) - RADIUS, width=2 * RADIUS + 1, height=2 * RADIUS + 1)
        here = np.s_[box.y : box.y + box.height, box.x : box.x + box.width]
        if free[here].all():
            free[here] = False
            yield _query_row(image, box, labels[here], num_classes)


def _query_row(image: Image, box: Box, labels: np.ndarray, num_classes: int) -> dict[str, Any]:
    shares = np.bincount(labels.ravel(), minlength=num_classes) / labels.size
    best = [int(class_id) for class_id in np.argsort(-shares, kind="stable")[:3]]
    present = shares[shares > 0]
    impurity = float(-(present * np.log(present)).sum() / np.log(num_classes))
    entropy = 0.5 + (box.x * 31 + box.y * 17) % 97 / 200  # any number in [0.5, 1), the same on every run
    guess = np.roll(labels, 1, axis=1)  # a teacher that is one pixel off
    return {
        "image_id": image.id,
        "position": image.position,
        "x": box.x,
        "y": box.y,
        "width": box.width,
        "height": box.height,
        "pixels": box.area,
        "acquisition_version": 2,
        "score": impurity * entropy,
        "impurity": impurity,
        "entropy": entropy,
        "conflict": best[:2],
        "suggestion": {
            "classes": [{"class_id": class_id, "probability": float(shares[class_id])} for class_id in best],
            "label_map": {"encoding": "rle", "data": rle.encode(guess)},
        },
        "best_class": best[0],
        "best_probability": float(shares[best[0]]),
    }


@contextmanager
def serve(settings: Settings, *, inside: Sequence[str] = ()) -> Iterator[str]:
    """A real API process on a free port of this machine; gives its address, such as `http://127.0.0.1:40123`."""
    service = Service(settings, inside=inside)
    try:
        yield service.start()
    finally:
        service.stop()
