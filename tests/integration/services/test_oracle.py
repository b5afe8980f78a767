"""The oracle answers as a person would be asked to: one click a superpixel, a drawing where a window is mixed."""

import io
import math

import numpy as np
import pytest
from PIL import Image as Pillow

from backend.db.tables import Answer, Image, Query
from backend.domain import rle
from backend.domain.vocabulary import AnswerKind
from backend.services import oracle
from tests.factories import as_superpixels, png

VOID = 255


@pytest.fixture
def ask(database, blobs, scene):
    """Give query 0 a reference label and a unit, have the oracle answer it, and read the answer."""
    mask = as_superpixels(database, scene.query_ids[:1])

    def ask(labels: np.ndarray | None, unit: str) -> Answer:
        with database.write() as session:
            query = session.get_one(Query, scene.query_ids[0])
            image = session.get_one(Image, query.image_id)
            if labels is None:
                image.label_key = None
            else:
                whole = np.full((image.height, image.width), 9, dtype=np.uint8)
                whole[query.y : query.y + query.height, query.x : query.x + query.width] = labels
                image.label_key = blobs.put(png(whole))
            query.unit = unit
            if unit != "superpixel":
                query.region = None
            if unit == "pixel":
                query.width = query.height = 1
        with database.write() as session:
            assert oracle.answer_packet(session, scene.admin.actor, blobs, scene.slug, size=1) == 1
        with database.read() as session:
            return session.query(Answer).filter_by(query_id=scene.query_ids[0]).one()

    ask.mask = mask
    return ask


def said(answer: Answer) -> tuple:
    return answer.kind, answer.class_id, answer.label_map, answer.seconds


def test_a_superpixel_gets_the_class_of_most_of_its_pixels_by_one_click(ask):
    labels = np.full((17, 17), 4, dtype=np.uint8)  # outside, of which there may be more
    labels[ask.mask] = 2
    labels[8, 8:11] = 5
    assert said(ask(labels, "superpixel")) == (AnswerKind.LABEL_MAP, 2, None, 2.0)


def test_what_lies_beside_a_superpixel_in_its_box_does_not_count(ask):
    """204 of 289 pixels are its own: of 110 and 94 of these the first are more, whatever the other 85 are."""
    labels = np.full((17, 17), 4, dtype=np.uint8)
    inside = np.argwhere(ask.mask)
    labels[tuple(inside[:110].T)] = 6
    counts = np.bincount(labels.ravel())
    assert counts[4] > counts[6] > np.bincount(labels[ask.mask])[4]
    assert said(ask(labels, "superpixel")) == (AnswerKind.LABEL_MAP, 6, None, 2.0)


def test_a_superpixel_that_is_mostly_void_is_void(ask):
    labels = np.full((17, 17), 4, dtype=np.uint8)
    inside = np.argwhere(ask.mask)
    labels[tuple(inside[:150].T)] = VOID
    assert said(ask(labels, "superpixel")) == (AnswerKind.VOID, None, None, 2.0)


def test_a_superpixel_with_less_void_than_anything_else_gets_a_class(ask):
    labels = np.full((17, 17), VOID, dtype=np.uint8)
    labels[tuple(np.argwhere(ask.mask)[:150].T)] = 3
    assert said(ask(labels, "superpixel")) == (AnswerKind.LABEL_MAP, 3, None, 2.0)


@pytest.mark.parametrize("unit", ["window", "superpixel"])
def test_a_region_of_one_class_gets_it_by_one_click(ask, unit):
    assert said(ask(np.full((17, 17), 7, dtype=np.uint8), unit)) == (AnswerKind.LABEL_MAP, 7, None, 2.0)


def test_a_region_of_void_only_is_void(ask):
    assert said(ask(np.full((17, 17), VOID, dtype=np.uint8), "window")) == (AnswerKind.VOID, None, None, 2.0)


def test_a_pixel_gets_its_class(ask):
    labels = np.full((17, 17), 1, dtype=np.uint8)
    labels[0, 0] = 8
    assert said(ask(labels, "pixel")) == (AnswerKind.LABEL_MAP, 8, None, 2.0)


def test_a_mixed_window_is_drawn(ask):
    labels = np.full((17, 17), 7, dtype=np.uint8)
    labels[3:9, 4:] = 1
    labels[16, 16] = VOID
    answer = ask(labels, "window")
    assert said(answer)[:2] == (AnswerKind.LABEL_MAP, None)
    assert answer.seconds == 6.0
    np.testing.assert_array_equal(rle.decode(answer.label_map, width=17, height=17), labels)


def test_an_image_is_drawn_at_a_second_a_click(database, blobs, scene):
    with database.write() as session:
        query = session.get_one(Query, scene.query_ids[0])
        query.unit, query.x, query.y, query.width, query.height, query.pixels = "image", 0, 0, 320, 240, 76_800
        key = session.get_one(Image, query.image_id).label_key
    labels = np.asarray(Pillow.open(io.BytesIO(blobs.get(key)))).astype(int)
    with database.write() as session:
        oracle.answer_packet(session, scene.admin.actor, blobs, scene.slug, size=1)
    with database.read() as session:
        answer = session.query(Answer).filter_by(query_id=scene.query_ids[0]).one()
    np.testing.assert_array_equal(rle.decode(answer.label_map, width=320, height=240), labels)
    borders = (np.diff(labels, axis=0) != 0).sum() + (np.diff(labels, axis=1) != 0).sum()
    assert answer.seconds == math.ceil(borders / 2.5) + len(np.unique(labels))  # a click each 1/128 of 320 px


def test_without_a_reference_label_there_is_nothing_to_say(ask):
    assert said(ask(None, "superpixel"))[:3] == (AnswerKind.BAD_QUERY, None, None)
