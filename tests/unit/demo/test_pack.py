"""The demo pack is whole, small and honest: exact labels, disjoint streets, and a target that looks different."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from demo import make_pack

ROOT = Path(__file__).parents[3]
PACK = ROOT / "demo/pack"
RENDERED = ROOT.parent / "shared/data/source_synth"
COUNTS = {"source/train": 120, "target/train": 90, "target/val": 45}


def files(group: str, kind: str) -> list[Path]:
    domain, part = group.split("/")
    return sorted((PACK / domain / kind / part).iterdir())


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image)


def looks(group: str) -> dict[str, float]:
    """Means over the images of a group, on the scale 0..255."""
    images = [pixels(p).astype(float) for p in files(group, "images")]
    return {
        "brightness": float(np.mean([x.mean() for x in images])),
        "contrast": float(np.mean([x.mean(axis=2).std() for x in images])),
        "colour": float(np.mean([np.ptp(x - x.mean(axis=(0, 1)), axis=2).mean() for x in images])),
        "cast": float(np.mean([np.ptp(x.mean(axis=(0, 1))) for x in images])),
    }


def test_folders_hold_what_the_readme_says():
    assert {p.relative_to(PACK).as_posix() for p in PACK.glob("*/images/*")} == {
        "source/images/train",
        "target/images/train",
        "target/images/val",
    }
    readme = (PACK / "README.md").read_text()
    for group, count in COUNTS.items():
        assert len(files(group, "images")) == count
        streets = len({make_pack.street_of(p.stem) for p in files(group, "images")})
        assert f"| `{group}` | {count} | {streets} |" in readme


def test_size_on_disk():
    assert sum(p.stat().st_size for p in PACK.rglob("*") if p.is_file()) <= 5_000_000


@pytest.mark.parametrize("group", COUNTS)
def test_every_image_has_its_label(group):
    images, labels = files(group, "images"), files(group, "labels")
    assert [p.stem for p in images] == [p.stem for p in labels]
    for image, label in zip(images, labels, strict=True):
        with Image.open(image) as x, Image.open(label) as y:
            assert (x.format, x.mode, y.format, y.mode) == ("JPEG", "RGB", "PNG", "P")
            assert x.size == y.size == (320, 240)
            assert set(np.unique(y)) <= set(range(11))
            assert y.getpalette()[:33] == [v for colour in make_pack.CLASSES.values() for v in colour]


def test_streets_are_disjoint():
    streets = {group: {make_pack.street_of(p.stem) for p in files(group, "images")} for group in COUNTS}
    assert len(set.union(*streets.values())) == sum(map(len, streets.values()))


@pytest.mark.parametrize("group", ["source/train", "target/val"])
def test_every_class_occurs(group):
    assert {int(c) for p in files(group, "labels") for c in np.unique(pixels(p))} == set(range(11))


def test_classes_json():
    schema = json.loads((PACK / "classes.json").read_text())
    assert [c["class_id"] for c in schema["classes"]] == list(range(11))
    assert schema["classes"][4] == {"class_id": 4, "name": "pavement", "color": "#3c28de"}


@pytest.mark.parametrize("group", ["target/train", "target/val"])
def test_target_looks_different(group):
    source, target = looks("source/train"), looks(group)
    assert target["brightness"] < source["brightness"] - 25
    assert target["contrast"] < 0.6 * source["contrast"]
    assert target["colour"] < 0.6 * source["colour"]
    assert target["cast"] > source["cast"] + 5


def test_one_drive_per_street():
    exposures = [make_pack.camera_of(f"s0142_{view}").exposure for view in range(3)]
    low, high = make_pack.RANGES["exposure"]
    assert len(set(exposures)) > 1
    assert np.ptp(exposures) < 0.4 * (high - low)


def test_camera_leaves_its_input_alone_and_repeats():
    image = np.random.default_rng(0).integers(0, 256, (60, 80, 3), dtype=np.uint8)
    before = image.copy()
    first, again = (make_pack.shoot(image, make_pack.camera_of("s0100_0"), np.random.default_rng(7)) for _ in range(2))
    assert np.array_equal(image, before)
    assert np.array_equal(first, again)
    assert first.shape == image.shape


@pytest.mark.skipif(not RENDERED.is_dir(), reason="the rendered streets are not on this machine")
def test_remade_byte_by_byte(tmp_path):
    stems = [files(group, "images")[i].stem for group in COUNTS for i in (0, 17)]
    make_pack.make(RENDERED, tmp_path, only=stems)
    made = sorted(p.relative_to(tmp_path) for p in tmp_path.rglob("*") if p.is_file())
    assert len(made) == 2 * len(stems) + 1
    for path in made:
        assert (tmp_path / path).read_bytes() == (PACK / path).read_bytes(), path
