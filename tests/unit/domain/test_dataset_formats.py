"""Raw ids of datasets become the class of the same name, wherever a schema has it."""

import numpy as np
import pytest

from backend.domain.class_presets import CLASS_PRESETS
from backend.domain.dataset_formats import LabelEncoding, class_table, to_class_ids
from backend.domain.errors import InvalidSchema, UnknownClass
from backend.domain.label_schema import build_schema

# METHOD.md, section 1.1, typed once more: labelId, trainId, SYNTHIA's id, name.
TABLE = [
    (7, 0, 3, "road"),
    (8, 1, 4, "sidewalk"),
    (11, 2, 2, "building"),
    (12, 3, 21, "wall"),
    (13, 4, 5, "fence"),
    (17, 5, 7, "pole"),
    (19, 6, 15, "traffic light"),
    (20, 7, 9, "traffic sign"),
    (21, 8, 6, "vegetation"),
    (22, 9, None, "terrain"),
    (23, 10, 1, "sky"),
    (24, 11, 10, "person"),
    (25, 12, 17, "rider"),
    (26, 13, 8, "car"),
    (27, 14, None, "truck"),
    (28, 15, 19, "bus"),
    (31, 16, None, "train"),
    (32, 17, 12, "motorcycle"),
    (33, 18, 11, "bicycle"),
]
NAMES = [row[3] for row in TABLE]
COLUMN = {LabelEncoding.LABEL_IDS: 0, LabelEncoding.TRAIN_IDS: 1, LabelEncoding.SYNTHIA: 2}
IN_ORDER = {LabelEncoding.LABEL_IDS: [*range(35), 255], LabelEncoding.TRAIN_IDS: [*range(19), 255]}


def preset_names(preset: str) -> list[str]:
    return [label_class.name for label_class in build_schema(CLASS_PRESETS[preset])]


def mapped(encoding: LabelEncoding, names: list[str], raw_ids: list[int]) -> list[int]:
    return to_class_ids(np.array([raw_ids], dtype=np.uint16), class_table(encoding, names), name="file").tolist()[0]


def test_presets_have_the_classes_of_the_papers_in_their_order():
    assert preset_names("cityscapes-19") == NAMES
    assert preset_names("cityscapes-16") == [n for n in NAMES if n not in ("terrain", "truck", "train")]


@pytest.mark.parametrize("encoding", COLUMN)
@pytest.mark.parametrize("order", [NAMES, NAMES[::-1]], ids=["in the usual order", "backwards"])
def test_every_raw_id_becomes_the_class_of_its_name_and_all_others_void(encoding, order):
    name_of = {row[COLUMN[encoding]]: row[3] for row in TABLE if row[COLUMN[encoding]] is not None}
    raw_ids = IN_ORDER.get(encoding, list(range(23)))
    assert len(name_of) == (16 if encoding is LabelEncoding.SYNTHIA else 19)
    expected = [order.index(name_of[raw_id]) if raw_id in name_of else 255 for raw_id in raw_ids]
    assert mapped(encoding, order, raw_ids) == expected


# Trap T3: with compact ids of 16 classes and 19 outputs, these were taught as the second.
WRONG_PAIRS = [
    (1, "sky", "terrain"),
    (10, "person", "sky"),
    (17, "rider", "person"),
    (8, "car", "rider"),
    (19, "bus", "car"),
    (12, "motorcycle", "truck"),
    (11, "bicycle", "bus"),
]


@pytest.mark.parametrize(("raw_id", "right", "wrong"), WRONG_PAIRS)
def test_synthia_teaches_what_it_shows_whatever_the_number_of_outputs(raw_id, right, wrong):
    of_19, of_16 = (preset_names(f"cityscapes-{count}") for count in (19, 16))
    assert of_19[of_16.index(right)] == wrong  # the mistake is there to be made
    for names in (of_19, of_16):
        assert names[mapped(LabelEncoding.SYNTHIA, names, [raw_id])[0]] == right


def test_names_are_read_as_people_write_them_and_lacking_classes_are_void():
    names = ["Traffic_Light", "SKY", "traffic-sign", "pavement"]
    assert mapped(LabelEncoding.LABEL_IDS, names, [19, 23, 20, 7, 0]) == [0, 1, 2, 255, 255]


def test_a_schema_that_shares_no_class_is_refused_in_words():
    with pytest.raises(InvalidSchema, match="none of the classes that the dataset has: bicycle, building"):
        class_table(LabelEncoding.SYNTHIA, ["pavement", "tree"])


@pytest.mark.parametrize(
    ("encoding", "raw_id"),
    [(LabelEncoding.LABEL_IDS, 35), (LabelEncoding.TRAIN_IDS, 19), (LabelEncoding.SYNTHIA, 23)],
)
def test_an_id_that_the_dataset_does_not_have_is_refused_by_file_and_number(encoding, raw_id):
    assert mapped(encoding, NAMES, [raw_id - 1])
    with pytest.raises(UnknownClass, match=rf"file: .*\[{raw_id}\]"):
        mapped(encoding, NAMES, [0, raw_id])


def test_sixteen_bits_are_read_whole():
    with pytest.raises(UnknownClass, match=r"\[257\]"):  # its low byte would be the sky's
        mapped(LabelEncoding.SYNTHIA, NAMES, [257])
