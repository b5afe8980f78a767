"""Datasets as their makers give them, written by hand, become label maps of a project by the names of classes."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow
from sqlalchemy import func, select

from backend.db.tables import Image, Job
from backend.domain.class_presets import CLASS_PRESETS
from backend.domain.dataset_formats import DatasetFormat
from backend.domain.errors import InvalidInput, InvalidSchema
from backend.domain.job_state import JobState
from backend.domain.round_config import RoundConfig
from backend.domain.vocabulary import Domain, Split
from backend.services import imports, projects
from tests.factories import png
from tests.integration.worker.in_process import work_all
from tests.unit.domain.deep_png_by_hand import encode

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # reading files is the same on both
NAMES = [row[1] for row in CLASS_PRESETS["cityscapes-19"]]
ROAD, TERRAIN, SKY, PERSON, CAR, TRAIN = map(NAMES.index, ("road", "terrain", "sky", "person", "car", "train"))


@pytest.fixture
def start(database, admin):
    """Makes a project of these classes, and starts an import into it."""

    def start(path: Path, dataset_format: DatasetFormat, *, classes=CLASS_PRESETS["cityscapes-19"], **options) -> Job:
        with database.write() as session:
            projects.create(session, admin.actor, slug="demo", name="demo", classes=classes, config=RoundConfig())
        options = {"domain": Domain.SOURCE, **options}
        with database.write() as session:
            return imports.start(session, admin.actor, "demo", path=str(path), dataset_format=dataset_format, **options)

    return start


@pytest.fixture
def run(start, database, settings, blobs):
    def run(*arguments, **options) -> Job:
        job = start(*arguments, **options)
        work_all(settings, database, blobs)
        with database.read() as session:
            return session.get_one(Job, job.id)

    return run


@pytest.fixture
def stored(database, blobs):
    def stored() -> dict[str, np.ndarray]:
        with database.read() as session:
            found = session.scalars(select(Image).order_by(Image.position)).all()
        label_maps = [np.asarray(Pillow.open(io.BytesIO(blobs.get(one.label_key)))) for one in found]
        return {
            f"{one.domain}/{one.split}/{one.group}/{one.name}": label_map
            for one, label_map in zip(found, label_maps, strict=True)
        }

    return stored


def put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def street(label: np.ndarray) -> bytes:
    return png(np.zeros((*label.shape[:2], 3), dtype=np.uint8))


def gtav(root: Path, ids: np.ndarray) -> Path:
    """A palette PNG in Cityscapes' colours, of which a car's luminance is 16 and a trailer's 13."""
    label = Pillow.fromarray(ids)
    palette = np.zeros((256, 3), dtype=np.uint8)
    palette[26], palette[29] = (0, 0, 142), (0, 0, 110)
    label.putpalette(palette.tobytes())
    file = io.BytesIO()
    label.save(file, "PNG")
    put(root / "images" / "00001.png", street(ids))
    put(root / "labels" / "00001.png", file.getvalue())
    return root


def test_cars_and_trailers_of_gtav_are_read_by_index_not_by_luminance(run, stored, tmp_path):
    ids = np.array([[26, 29, 7], [23, 34, 0]], dtype=np.uint8)
    root = gtav(tmp_path, ids)
    grey = np.asarray(Pillow.open(root / "labels" / "00001.png").convert("L"))
    assert grey[0, :2].tolist() == [TRAIN, CAR]  # trap T4 is there to be stepped into
    job = run(root, DatasetFormat.GTAV)
    assert (job.state, job.result) == (JobState.SUCCEEDED, {"images": 1, "added": 1}), job.error
    assert {name: ids.tolist() for name, ids in stored().items()} == {
        "source/train/None/00001.png": [[CAR, 255, ROAD], [SKY, 255, 255]]
    }


@pytest.mark.parametrize("preset", ["cityscapes-19", "cityscapes-16"])
def test_synthias_sky_is_the_schemas_sky_and_16_bits_are_read(run, stored, tmp_path, preset):
    names = [row[1] for row in CLASS_PRESETS[preset]]
    pixels = np.zeros((2, 3, 3), dtype=np.uint16)
    pixels[..., 0] = [[1, 10, 3], [0, 22, 11]]
    pixels[..., 1:] = 40_000  # numbers of things
    put(tmp_path / "RGB" / "0000001.png", street(pixels))
    put(tmp_path / "GT" / "LABELS" / "0000001.png", encode(pixels, [1, 4]))
    job = run(tmp_path, DatasetFormat.SYNTHIA, classes=CLASS_PRESETS[preset])
    assert job.state is JobState.SUCCEEDED, job.error
    [ids] = stored().values()
    sky, person, road, bicycle = map(names.index, ("sky", "person", "road", "bicycle"))
    assert ids.tolist() == [[sky, person, road], [255, 255, bicycle]]


def test_cityscapes_comes_by_city_with_either_kind_of_ids(run, stored, tmp_path):
    label_ids = np.array([[22, 24, 255, 3]], dtype=np.uint8)
    train_ids = np.array([[TERRAIN, PERSON, 255, SKY]], dtype=np.uint8)
    for split, city, kind, ids in (
        ("train", "ulm", "labelIds", label_ids),
        ("val", "bonn", "labelTrainIds", train_ids),
    ):
        put(tmp_path / "leftImg8bit" / split / city / f"{city}_0_leftImg8bit.png", street(ids))
        put(tmp_path / "gtFine" / split / city / f"{city}_0_gtFine_{kind}.png", png(ids))
    job = run(tmp_path, DatasetFormat.CITYSCAPES, domain=Domain.TARGET)
    assert job.state is JobState.SUCCEEDED, job.error
    assert {name: ids.tolist() for name, ids in stored().items()} == {
        "target/train/ulm/ulm_0_leftImg8bit.png": [[TERRAIN, PERSON, 255, 255]],
        "target/val/bonn/bonn_0_leftImg8bit.png": [[TERRAIN, PERSON, 255, SKY]],
    }


def spoilt(root: Path, how: str) -> Path:
    if how == "interpolated":
        return gtav(root, np.array([[26, 35]], dtype=np.uint8))
    root, label = gtav(root, np.array([[26, 7]], dtype=np.uint8)), root / "labels" / "00001.png"
    if how == "colours":
        put(label, street(np.zeros((1, 2))))
    elif how == "cut short":
        put(label, label.read_bytes()[:60])
    else:
        put(root / "images" / "00001.png", street(np.zeros((1, 3))))
    return root


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("interpolated", "unknown_class"),
        ("colours", "malformed_label_map"),
        ("cut short", "unsupported_image"),
        ("of another size", "malformed_label_map"),
    ],
)
def test_a_bad_label_fails_the_import_by_name_and_nothing_is_kept(run, database, tmp_path, how, code):
    job = run(spoilt(tmp_path, how), DatasetFormat.GTAV)
    assert (job.state, job.error_code) == (JobState.FAILED, code), job.error
    assert "00001.png" in job.error
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Image)) == 0


def test_what_cannot_work_is_refused_before_a_job_is_made(start, database, tmp_path):
    root = gtav(tmp_path, np.array([[26]], dtype=np.uint8))
    other = [(0, "pavement", "#000000", None), (1, "tree", "#111111", None)]
    with pytest.raises(InvalidSchema, match="none of the classes"):
        start(root, DatasetFormat.GTAV, classes=other)
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Job)) == 0


def test_a_dataset_without_its_domain_is_refused(start, tmp_path):
    with pytest.raises(InvalidInput, match="source or target"):
        start(gtav(tmp_path, np.array([[26]], dtype=np.uint8)), DatasetFormat.GTAV, domain=None)


def test_splits_that_a_dataset_does_not_have_are_no_images(run, tmp_path):
    job = run(gtav(tmp_path, np.array([[26]], dtype=np.uint8)), DatasetFormat.GTAV, splits=[Split.VAL])
    assert (job.state, job.error_code) == (JobState.FAILED, "invalid_input")
