"""Which files are found in which layout, and what is said where none is."""

from pathlib import Path

import pytest

from backend.domain.dataset_formats import DatasetFormat
from backend.domain.errors import InvalidInput
from backend.domain.vocabulary import Domain, Split
from backend.services.layouts import list_entries

CITY = "gtFine/train/aachen/aachen_000000_000019_gtFine"
FILES = {
    DatasetFormat.CITYSCAPES: [
        "leftImg8bit/train/aachen/aachen_000000_000019_leftImg8bit.png",
        f"{CITY}_labelIds.png", f"{CITY}_labelTrainIds.png", f"{CITY}_color.png", f"{CITY}_instanceIds.png",
        "leftImg8bit/train/ulm/ulm_000000_000019_leftImg8bit.png",
        "gtFine/train/ulm/ulm_000000_000019_gtFine_labelTrainIds.png",
        "leftImg8bit/train/jena/jena_000000_000019_leftImg8bit.png",
        "leftImg8bit/val/munster/munster_000001_000019_leftImg8bit.png",
        "gtFine/val/munster/munster_000001_000019_gtFine_labelIds.png",
        "leftImg8bit/test/berlin/berlin_000000_000019_leftImg8bit.png",
        "gtFine/test/berlin/berlin_000000_000019_gtFine_labelIds.png",
    ],
    DatasetFormat.GTAV: ["images/00001.png", "labels/00001.png", "images/00002.png", "labels/00003.png"],
    DatasetFormat.SYNTHIA: [
        "RGB/0000000.png", "GT/LABELS/0000000.png", "GT/COLOR/0000000.png", "Depth/Depth/0000000.png",
    ],
}  # fmt: skip


def folder(root: Path, dataset_format: DatasetFormat) -> Path:
    for name in FILES[dataset_format]:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


def found(root: Path, dataset_format: DatasetFormat | None, **options) -> list[tuple]:
    options = {"domain": Domain.TARGET, **options}
    return [
        (one.image.name, one.label and str(one.label.relative_to(root)), one.split, one.group, one.encoding)
        for one in list_entries(root, dataset_format=dataset_format, **options)
    ]


def test_cityscapes_has_train_and_val_by_city_and_no_test(tmp_path):
    assert found(folder(tmp_path, DatasetFormat.CITYSCAPES), DatasetFormat.CITYSCAPES) == [
        ("aachen_000000_000019_leftImg8bit.png", f"{CITY}_labelIds.png", "train", "aachen", "label_ids"),
        ("jena_000000_000019_leftImg8bit.png", None, "train", "jena", "label_ids"),
        ("ulm_000000_000019_leftImg8bit.png", FILES[DatasetFormat.CITYSCAPES][6], "train", "ulm", "train_ids"),
        ("munster_000001_000019_leftImg8bit.png", FILES[DatasetFormat.CITYSCAPES][9], "val", "munster", "label_ids"),
    ]


def test_one_split_of_cityscapes(tmp_path):
    root = folder(tmp_path, DatasetFormat.CITYSCAPES)
    one = found(root, DatasetFormat.CITYSCAPES, splits=frozenset({Split.VAL}))
    assert [entry[0] for entry in one] == ["munster_000001_000019_leftImg8bit.png"]


def test_gtav_and_synthia_are_pairs_of_the_same_name_all_for_training(tmp_path):
    gtav, synthia = tmp_path / "gtav", tmp_path / "synthia"
    assert found(folder(gtav, DatasetFormat.GTAV), DatasetFormat.GTAV) == [
        ("00001.png", "labels/00001.png", "train", None, "label_ids")
    ]
    assert found(folder(synthia, DatasetFormat.SYNTHIA), DatasetFormat.SYNTHIA) == [
        ("0000000.png", "GT/LABELS/0000000.png", "train", None, "synthia")
    ]


def test_a_limit_takes_a_datasets_images_evenly(tmp_path):
    for number in range(10):
        for kind in ("images", "labels"):
            (tmp_path / kind).mkdir(exist_ok=True)
            (tmp_path / kind / f"{number}.png").touch()
    assert [one[0][0] for one in found(tmp_path, DatasetFormat.GTAV, limit=4)] == ["0", "2", "5", "7"]
    assert len(found(tmp_path, DatasetFormat.GTAV, limit=99)) == 10


@pytest.mark.parametrize("dataset_format", DatasetFormat)
def test_a_folder_of_another_layout_is_told_the_one_that_was_expected(tmp_path, dataset_format):
    wrong = folder(tmp_path, next(one for one in DatasetFormat if one is not dataset_format))
    expected = {"cityscapes": "gtFine/{train,val}/CITY", "gtav": "labels/", "synthia": "GT/LABELS/"}[dataset_format]
    with pytest.raises(InvalidInput) as error:
        found(wrong, dataset_format)
    assert expected in error.value.message
    assert str(tmp_path) in error.value.message


def test_a_dataset_is_taken_as_one_domain(tmp_path):
    with pytest.raises(InvalidInput, match="say which, source or target"):
        found(folder(tmp_path, DatasetFormat.GTAV), DatasetFormat.GTAV, domain=None)
