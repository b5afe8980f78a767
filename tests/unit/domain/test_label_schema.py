"""Label schemas: ids without gaps, everything else unique, a key for each class while there are any."""

import pytest

from backend.domain.errors import InvalidSchema
from backend.domain.label_schema import CLASS_KEYS, RESERVED_KEYS, build_schema

ROAD, CAR = (0, "road", "#804080", None), (1, "car", "#400080", None)


def many(count: int) -> list[tuple[int, str, str, str | None]]:
    return [(number, f"class {number}", f"#{number:06x}", None) for number in range(count)]


def test_classes_come_in_the_order_of_their_ids_and_get_the_keys_that_are_free():
    schema = build_schema([(1, " Car ", "#ABCDEF", "1"), ROAD, (2, "sky", "#808080", "Ö")])
    assert [(c.class_id, c.name, c.color, c.hotkey) for c in schema] == [
        (0, "road", "#804080", "2"),
        (1, "Car", "#abcdef", "1"),
        (2, "sky", "#808080", "ö"),
    ]


def test_the_first_ten_classes_have_the_digits_as_on_the_keyboard():
    assert [c.hotkey for c in build_schema(many(11))] == [*"1234567890", "q"]


def test_no_class_gets_a_key_that_the_page_needs_and_the_last_have_none():
    keys = [c.hotkey for c in build_schema(many(255))]
    given = [key for key in keys if key is not None]
    assert len(given) == len(set(given)) == len(set(CLASS_KEYS) - RESERVED_KEYS)
    assert keys[len(given) :] == [None] * (255 - len(given))
    assert not RESERVED_KEYS & set(given)


@pytest.mark.parametrize(
    ("rows", "what"),
    [
        ([], "2 to 255 classes; got 0"),
        ([ROAD], "2 to 255 classes; got 1"),
        (many(256), "2 to 255 classes; got 256"),
        ([ROAD, (2, "car", "#400080", None)], r"0 to 1 without gaps; got \[0, 2\]"),
        ([ROAD, (0, "car", "#400080", None)], r"without gaps; got \[0, 0\]"),
        ([(1, "road", "#804080", None), (2, "car", "#400080", None)], "without gaps"),
        ([(-1, "road", "#804080", None), ROAD], "without gaps"),
        ([ROAD, (1, " ROAD", "#400080", None)], "own name; repeated: road"),
        ([ROAD, (1, " ", "#400080", None)], "empty name"),
        ([ROAD, (1, "car", "#804080", None)], "own colour"),
        ([ROAD, (1, "car", "red", None)], "written #rrggbb"),
        ([ROAD, (1, "car", "#80408", None)], "written #rrggbb"),
        ([ROAD, (1, "car", "#400080\n", None)], "written #rrggbb"),
        ([(0, "road", "#804080", "k"), (1, "car", "#400080", "K")], "own key; repeated: k"),
        ([ROAD, (1, "car", "#400080", "ab")], "cannot be a class key"),
        ([ROAD, (1, "car", "#400080", " ")], "cannot be a class key"),
        *[([ROAD, (1, "car", "#400080", key)], "cannot be a class key") for key in "bxvuBXVU,.?["],
    ],
)
def test_a_schema_that_disagrees_with_itself_is_refused(rows, what):
    with pytest.raises(InvalidSchema, match=what):
        build_schema(rows)
