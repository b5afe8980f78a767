"""Importing folders: all of what is there, or nothing where one file is bad."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow
from sqlalchemy import func, select

from backend.db.tables import Image, Job
from backend.domain.job_state import JobState
from backend.domain.vocabulary import Domain
from backend.services import imports
from tests.factories import PACK, empty_project, png
from tests.integration.worker.in_process import work_all


@pytest.fixture
def project(database, admin):
    return empty_project(database, admin)


@pytest.fixture
def folder(tmp_path) -> Path:
    """Three labelled source images and two of the pool, one of which has no label map."""
    root = tmp_path / "streets"
    for domain, count in (("source", 3), ("target", 2)):
        for number, path in enumerate(sorted((PACK / domain / "images" / "train").iterdir())[:count]):
            image = root / domain / "images" / "train" / path.name
            image.parent.mkdir(parents=True, exist_ok=True)
            image.write_bytes(path.read_bytes())
            if (domain, number) != ("target", 1):
                label = root / domain / "labels" / "train" / f"{path.stem}.png"
                label.parent.mkdir(parents=True, exist_ok=True)
                label.write_bytes((PACK / domain / "labels" / "train" / f"{path.stem}.png").read_bytes())
    return root


def run_import(database, settings, blobs, admin, path: Path, **options) -> Job:
    with database.write() as session:
        job = imports.start(session, admin.actor, "demo", path=str(path), **options)
    work_all(settings, database, blobs)
    with database.read() as session:
        return session.get_one(Job, job.id)


def stored(blobs) -> list[Path]:
    return [path for path in Path(blobs.store.prefix).rglob("*") if path.is_file()]


def test_everything_is_imported_as_it_lies_and_a_second_time_nothing(database, settings, blobs, admin, project, folder):
    job = run_import(database, settings, blobs, admin, folder)
    assert (job.state, job.result) == (JobState.SUCCEEDED, {"images": 5, "added": 5}), job.error
    with database.read() as session:
        images = session.scalars(select(Image).order_by(Image.position)).all()
    assert [(image.domain, image.split, image.label_key is None) for image in images] == [
        *[("source", "train", False)] * 3, ("target", "train", False), ("target", "train", True),
    ]  # fmt: skip
    for image in images:
        assert blobs.get(image.blob_key) == (folder / image.domain / "images" / "train" / image.name).read_bytes()
    again = run_import(database, settings, blobs, admin, folder)
    assert (again.state, again.result) == (JobState.SUCCEEDED, {"images": 5, "added": 0})


def cut(path: Path) -> bytes:
    return path.read_bytes()[: path.stat().st_size // 2]


def ids_of(path: Path) -> np.ndarray:
    return np.asarray(Pillow.open(path))


@pytest.mark.parametrize(
    ("kind", "spoil", "code"),
    [
        ("images", cut, "unsupported_image"),
        ("images", lambda _: b"no image", "unsupported_image"),
        ("labels", cut, "unsupported_image"),
        ("labels", lambda path: png(ids_of(path)[1:]), "malformed_label_map"),
        ("labels", lambda path: png(np.stack([ids_of(path)] * 3, axis=-1)), "malformed_label_map"),
        ("labels", lambda path: png(np.where(ids_of(path) == 255, 255, 11).astype(np.uint8)), "unknown_class"),
    ],
    ids=["image cut short", "no image", "label cut short", "label of another size", "rgb label", "unknown id"],
)
def test_one_bad_file_fails_the_import_by_name_and_nothing_is_kept(
    database, settings, blobs, admin, project, folder, kind: str, spoil: Callable[[Path], bytes], code: str
):
    bad = max((folder / "source" / kind / "train").iterdir())
    bad.write_bytes(spoil(bad))
    job = run_import(database, settings, blobs, admin, folder)
    assert (job.state, job.error_code) == (JobState.FAILED, code), job.error
    assert bad.stem in job.error
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Image)) == 0
    assert stored(blobs) == []


def test_an_image_beyond_the_limit_of_pixels_fails_the_import(database, settings, blobs, admin, project, folder):
    small = settings.model_copy(update={"max_image_pixels": 1000})
    job = run_import(database, small, blobs, admin, folder)
    assert (job.state, job.error_code) == (JobState.FAILED, "unsupported_image")
    assert "limit of 1000" in job.error
    assert stored(blobs) == []


@pytest.mark.parametrize("where", ["nowhere", "empty", "streets/source"])
def test_a_folder_that_is_not_as_expected_is_named(database, settings, blobs, admin, project, folder, where):
    (folder.parent / "empty").mkdir()
    job = run_import(database, settings, blobs, admin, folder.parent / where)
    assert (job.state, job.error_code) == (JobState.FAILED, "invalid_input")
    assert str(folder.parent / where) in job.error


def test_one_domains_folder_is_imported_as_that_domain_up_to_a_limit(database, settings, blobs, admin, project, folder):
    job = run_import(database, settings, blobs, admin, folder / "source", domain=Domain.TARGET, limit=2)
    assert (job.state, job.result) == (JobState.SUCCEEDED, {"images": 2, "added": 2}), job.error
    with database.read() as session:
        assert set(session.scalars(select(Image.domain))) == {"target"}
