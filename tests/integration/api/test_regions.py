"""Superpixels, pixels and whole images over HTTP: what is shown, what is taken, what it teaches, what it costs."""

import base64

import numpy as np
import pytest
from sqlalchemy import func, select, update

from backend.db.tables import Answer, Project, Query, Round
from backend.domain import rle
from backend.domain.round_config import AcquisitionConfig, Budget, RoundConfig, Unit
from backend.services import manifests, rounds
from tests.factories import as_superpixels, png, project_with_images

API = "/api/v1"
INSIDE = 204  # px of the mask of `factories.superpixel_mask`, counted from its picture
ONE_KIND = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # where no SQL is at stake


@pytest.fixture
def mask(database, scene) -> np.ndarray:
    """Queries 0, 2 and 4 are superpixels of this mask; the others stay windows."""
    made = as_superpixels(database, [scene.query_ids[rank] for rank in (0, 2, 4)])
    assert made.sum() == INSIDE
    return made


@pytest.fixture
def packet(client, scene, mask) -> dict:
    got = client.post(f"{API}/projects/{scene.slug}/packets", json={"size": 12}, headers=scene.annotator.headers)
    assert got.status_code == 200, got.text
    return got.json()


@pytest.fixture
def put(client, scene, packet):
    headers = scene.annotator.headers | {"Lease-Token": packet["lease_token"]}

    def put(rank: int, body: dict):
        url = f"{API}/queries/{scene.query_ids[rank]}/answer"
        return client.put(url, json={"seconds": 2.0} | body, headers=headers)

    return put


def by_rank(packet) -> dict[int, dict]:
    return {query["rank"]: query for query in packet["queries"]}


def drawn(mask: np.ndarray, *, outside: int) -> np.ndarray:
    """Two classes and a void pixel inside, something else outside."""
    ids = np.full(mask.shape, 7, dtype=np.uint8)
    ids[:, 9:] = 2
    ids[8, 8] = 255
    ids[~mask] = outside
    return ids


def as_rle(ids: np.ndarray) -> dict:
    return {"kind": "label_map", "label_map": {"encoding": "rle", "data": rle.encode(ids)}}


def as_png(ids: np.ndarray) -> dict:
    return {"kind": "label_map", "label_map": {"encoding": "png", "data": base64.b64encode(png(ids)).decode()}}


def freeze(database, blobs, scene) -> Round:
    """The round after the scene's, with its manifest."""
    with database.write() as session:
        rounds.close(session, scene.admin.actor, scene.round_id, discard_open=True)
        round_ = rounds.start(session, scene.admin.actor, scene.slug, rounds.Request(), idempotency_key=None)
        manifests.freeze(session, blobs, session.get_one(Project, scene.project_id), round_)
        return round_


def count(database, table) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(table))


def test_a_superpixel_is_leased_with_its_mask_and_a_window_without(packet, mask):
    found = by_rank(packet)
    text = rle.encode(mask.astype(np.uint8))
    for rank, query in found.items():
        if rank in (0, 2, 4):
            assert (query["unit"], query["region"]) == ("superpixel", {"encoding": "rle", "data": text})
            suggested = rle.decode(query["suggestion"]["label_map"]["data"], width=17, height=17)
            assert (suggested[~mask] == 255).all()
        else:
            assert (query["unit"], query["region"]) == ("window", None)
    ones = [int(run.split("x")[1]) for run in text.split(" ") if run.startswith("1x")]
    assert sum(ones) == INSIDE
    assert {run[:2] for run in text.split(" ")} == {"0x", "1x"}


def test_admins_see_the_same_mask_and_unit_in_the_list_of_queries(client, scene, packet):
    got = client.get(f"{API}/rounds/{scene.round_id}/queries", headers=scene.admin.headers).json()["items"]
    leased = by_rank(packet)
    assert len(got) == 12
    for query in got:
        for name in ("unit", "region", "box", "why"):
            assert query[name] == leased[query["rank"]][name]


def test_why_says_how_likely_a_draw_was_and_which_rules_chose(client, database, scene, mask):
    with database.write() as session:
        session.execute(update(Query).where(Query.id == scene.query_ids[2]).values(selection_probability=0.125))
    packet = client.post(
        f"{API}/projects/{scene.slug}/packets", json={"size": 12}, headers=scene.annotator.headers
    ).json()
    why = {rank: query["why"] for rank, query in by_rank(packet).items()}
    assert {rank: one["selection_probability"] for rank, one in why.items() if one["selection_probability"]} == {
        2: 0.125
    }
    assert {one["acquisition_version"] for one in why.values()} == {2}


@pytest.mark.parametrize("encode", [as_rle, as_png])
def test_a_class_outside_of_the_region_is_refused_and_nothing_is_kept(database, put, scene, mask, encode):
    ids = drawn(mask, outside=255)
    ids[0, 0] = 7
    assert not mask[0, 0]
    for wrong, beyond in ((ids, 1), (drawn(mask, outside=3), 17 * 17 - INSIDE)):
        got = put(0, encode(wrong))
        assert (got.status_code, got.json()["code"]) == (422, "malformed_label_map")
        assert got.json()["context"] == {"pixels": beyond}
    assert count(database, Answer) == 0
    with database.read() as session:
        query = session.get_one(Query, scene.query_ids[0])
        assert (query.state, query.revision, query.packet_id is None) == ("open", 0, False)
        assert session.get_one(Round, scene.round_id).num_resolved == 0


@pytest.mark.parametrize("encode", [as_rle, as_png])
def test_void_outside_of_the_region_is_taken_and_kept_as_it_was_drawn(database, put, scene, mask, encode):
    ids = drawn(mask, outside=255)
    got = put(0, encode(ids))
    assert (got.status_code, got.json()["kept_as"]) == (200, "answer"), got.text
    with database.read() as session:
        (answer,) = session.scalars(select(Answer)).all()
    np.testing.assert_array_equal(rle.decode(answer.label_map, width=17, height=17), ids)


def test_a_window_takes_classes_on_all_of_its_box(put, mask):
    assert put(1, as_rle(drawn(mask, outside=3))).status_code == 200


@pytest.mark.parametrize(("wrong", "code"), [(11, "unknown_class"), (254, "unknown_class")])
def test_a_class_beyond_the_schema_is_refused_for_a_superpixel_too(database, put, mask, wrong, code):
    inside = np.full(mask.shape, 255, dtype=np.uint8)
    inside[8, 8] = wrong
    for body in ({"kind": "label_map", "class_id": wrong}, as_rle(inside)):
        got = put(0, body)
        assert (got.status_code, got.json()["code"]) == (422, code)
    assert count(database, Answer) == 0


def test_what_was_said_of_superpixels_teaches_their_pixels_only(database, blobs, put, scene, mask):
    ids = drawn(mask, outside=255)
    for rank, body in (
        (0, {"kind": "label_map", "class_id": 4}),
        (2, as_rle(ids)),
        (4, {"kind": "void"}),
        (1, {"kind": "label_map", "class_id": 5}),
    ):
        assert put(rank, body).status_code == 200
    round_ = freeze(database, blobs, scene)
    with database.read() as session:
        place = {query.rank: (query.image_id, query.x, query.y) for query in session.scalars(select(Query))}
    taught = {
        (image.image_id, answer.box.x, answer.box.y): answer
        for image in manifests.read(blobs, round_.manifest_key).target
        for answer in image.answers
    }
    assert set(taught) == {place[rank] for rank in (0, 1, 2, 4)}
    for rank, expected, coarse in (
        (0, np.where(mask, 4, 255), True),
        (2, ids, False),
        (4, np.full((17, 17), 255), False),
    ):
        answer = taught[place[rank]]
        np.testing.assert_array_equal(answer.mask, mask)
        np.testing.assert_array_equal(answer.label_map, expected)
        assert answer.coarse is coarse
    window = taught[place[1]]
    assert window.mask.all()
    assert window.coarse
    assert (window.label_map == 5).all()
    # one class and void are 1 click; a split is 1, and 1 for each of its classes, of which void is one
    assert round_.effort == {
        "regions": 4,
        "clicks": 1 + (1 + 3) + 1 + 1,
        "pixels": 3 * INSIDE + 289,
        "images": len({place[rank][0] for rank in (0, 1, 2, 4)}),
        "seconds": 8.0,
    }


def test_pixels_beside_the_region_are_no_class_of_a_split(database, blobs, put, scene, mask):
    """Void outside of the region costs nobody a click, even where nothing inside is void."""
    ids = np.where(mask, 3, 255).astype(np.uint8)
    assert put(0, as_rle(ids)).status_code == 200
    assert freeze(database, blobs, scene).effort["clicks"] == 1 + 1


@pytest.fixture
def ready(database, blobs, admin):
    """A source image, and a pool of 2 images of 320 x 240."""
    config = RoundConfig(acquisition=AcquisitionConfig(budget=Budget(amount=10)))
    return project_with_images(database, blobs, admin, source=1, target=2, val=0, config=config)


def config_with(**acquisition) -> dict:
    return {"acquisition": acquisition}


def start(client, admin, body, *, dry_run):
    return client.post(f"{API}/projects/demo/rounds", json=body, headers=admin.headers, params={"dry_run": dry_run})


@ONE_KIND
@pytest.mark.parametrize(
    ("acquisition", "num_queries", "pixels", "clicks", "seconds"),
    [
        ({"unit": "window", "budget": {"amount": 30}}, 30, 30 * 289, 30, 3.0),
        # an image of 76,800 px has superpixels of 192
        ({"unit": "superpixel", "budget": {"amount": 30}}, 30, 30 * 192, 30, 2.0),
        ({"unit": "superpixel", "superpixels": 100, "budget": {"amount": 30}}, 30, 30 * 768, 30, 2.0),
        ({"unit": "superpixel", "budget": {"amount": 1000, "unit": "pixels"}}, 6, 6 * 192, 6, 2.0),
        ({"unit": "superpixel", "budget": {"amount": 9, "unit": "clicks"}}, 9, 9 * 192, 9, 2.0),
        ({"unit": "superpixel", "budget": {"amount": 2, "unit": "images"}}, 40, 40 * 192, 40, 2.0),
        ({"unit": "pixel", "budget": {"amount": 30}}, 30, 30, 30, 1.5),
        ({"unit": "pixel", "budget": {"amount": 7, "unit": "pixels"}}, 7, 7, 7, 1.5),
        ({"unit": "image", "budget": {"amount": 2}}, 2, 2 * 76_800, 4000, 2000.0),
        ({"unit": "image", "budget": {"amount": 2, "unit": "images"}}, 2, 2 * 76_800, 4000, 2000.0),
        ({"unit": "image", "budget": {"amount": 2001, "unit": "clicks"}}, 2, 2 * 76_800, 4000, 2000.0),
        ({"unit": "image", "budget": {"amount": 76_800, "unit": "pixels"}}, 1, 76_800, 2000, 2000.0),
        ({"unit": "window", "budget": {"amount": 3, "scope": "image"}}, 6, 6 * 289, 6, 3.0),
        ({"unit": "window", "budget": {"amount": 3, "scope": "image"}, "max_per_image": 2}, 4, 4 * 289, 4, 3.0),
        ({"unit": "image", "budget": {"amount": 1, "scope": "image"}}, 2, 2 * 76_800, 4000, 2000.0),
        ({"unit": "pixel", "budget": {"amount": 0}}, 0, 0, 0, 1.5),
    ],
)
def test_a_forecast_counts_in_the_unit_that_will_be_asked(
    client, database, ready, admin, acquisition, num_queries, pixels, clicks, seconds
):
    got = start(client, admin, {"config": config_with(**acquisition)}, dry_run=True)
    assert got.status_code == 200, got.text
    assert got.json() == {
        "num_queries": num_queries,
        "pixels": pixels,
        "clicks": clicks,
        "seconds_per_answer": seconds,
        "seconds_are_measured": False,
        "human_hours": pytest.approx(num_queries * seconds / 3600),
        "training_iterations": 2000,
        "final": num_queries == 0,
    }
    assert count(database, Round) == 0


def test_a_forecast_measures_each_unit_by_its_own_answers(client, database, put, scene, mask):
    with database.write() as session:
        session.add_all(
            Answer(query_id=query_id, user_id=who.user_id, kind="void", seconds=5.0, kept_as="opinion")
            for query_id in scene.query_ids[5:]
            for who in (scene.admin, scene.annotator, scene.outsider)
        )  # 21 of windows
    for unit, expected in (("window", (5.0, True)), ("superpixel", (2.0, False))):
        body = {"config": config_with(unit=unit, budget={"amount": 1})}
        got = client.post(
            f"{API}/projects/demo/rounds", json=body, headers=scene.admin.headers, params={"dry_run": True}
        ).json()
        assert (got["seconds_per_answer"], got["seconds_are_measured"]) == expected


@ONE_KIND
@pytest.mark.parametrize(
    ("acquisition", "asked", "limit"),
    [
        ({"unit": "superpixel", "budget": {"amount": 41}}, 41, 40),
        ({"unit": "superpixel", "max_per_image": None, "budget": {"amount": 801}}, 801, 800),
        ({"unit": "superpixel", "max_per_image": None, "superpixels": 7, "budget": {"amount": 15}}, 15, 14),
        ({"unit": "pixel", "max_per_image": None, "budget": {"amount": 161}}, 161, 160),  # 10 x 8 of 33 px
        ({"unit": "image", "budget": {"amount": 3}}, 3, 2),
        ({"unit": "image", "budget": {"amount": 4001, "unit": "clicks"}}, 3, 2),
        ({"unit": "window", "budget": {"amount": 3, "unit": "images"}}, 3, 2),
    ],
)
def test_more_than_the_pool_has_of_a_unit_is_refused(client, database, ready, admin, acquisition, asked, limit):
    for dry_run in (True, False):
        got = start(client, admin, {"config": config_with(**acquisition)}, dry_run=dry_run)
        assert (got.status_code, got.json()["code"]) == (422, "invalid_budget")
        assert got.json()["context"] == {"asked": asked, "limit": limit}
    assert count(database, Round) == 0


UNCOUNTED = [
    {"stratify": True, "budget": {"amount": 100, "unit": "pixels"}},
    {"stratify": True, "budget": {"amount": 10, "unit": "clicks"}},
    {"stratify": True, "budget": {"amount": 2, "scope": "image"}},
    {"stratify": True, "unit": "window", "budget": {"amount": 2, "unit": "images"}},
    {"shadow_share": 0.1, "budget": {"amount": 100, "unit": "pixels"}},
    {"shadow_share": 0.1, "unit": "superpixel", "budget": {"amount": 2, "unit": "images"}},
    {"shadow_share": 1.0, "budget": {"amount": 2, "scope": "image"}},
    {"unit": "image", "budget": {"amount": 1, "unit": "images", "scope": "image"}},
]


@ONE_KIND
@pytest.mark.parametrize("acquisition", UNCOUNTED)
def test_options_that_do_not_fit_the_budget_are_refused_wherever_they_are_said(
    client, database, ready, admin, acquisition
):
    said = config_with(**acquisition)
    project = {"slug": "other", "name": "Other", "classes": [{"class_id": 0, "name": "a", "color": "#000000"}]}
    for got in (
        client.patch(f"{API}/projects/demo", json={"revision": 0, "config": said}, headers=admin.headers),
        client.post(f"{API}/projects", json=project | {"config": said}, headers=admin.headers),
        start(client, admin, {"config": said}, dry_run=True),
        start(client, admin, {"config": said}, dry_run=False),
    ):
        assert (got.status_code, got.json()["code"]) == (422, "invalid_budget"), got.text
    assert (count(database, Round), count(database, Project)) == (0, 1)
    with database.read() as session:
        assert session.scalars(select(Project)).one().revision == 0


def test_a_budget_that_does_not_fit_the_projects_options_is_refused(client, database, ready, admin):
    said = config_with(stratify=True, budget={"amount": 4})
    assert client.patch(f"{API}/projects/demo", json={"revision": 0, "config": said}, headers=admin.headers).is_success
    for dry_run in (True, False):
        got = start(client, admin, {"budget": {"amount": 100, "unit": "pixels"}}, dry_run=dry_run)
        assert (got.status_code, got.json()["code"]) == (422, "invalid_budget")
    assert start(client, admin, {"budget": {"amount": 5}}, dry_run=True).json()["num_queries"] == 5
    assert count(database, Round) == 0


@ONE_KIND
@pytest.mark.parametrize(
    "wrong",
    [
        {"unit": "blob"},
        {"unit": None},
        {"score": "bald"},
        {"superpixels": 0},
        {"superpixels": 20_001},
        {"duplicate_distance": 65},
        {"duplicate_distance": -1},
        {"shadow_share": 1.01},
        {"shadow_share": -0.1},
        {"max_per_image": 0},
        {"budget": {"amount": -1}},
        {"budget": {"amount": 1, "unit": "hours"}},
        {"budget": {"amount": 1, "scope": "group"}},
    ],
)
def test_settings_beyond_their_range_are_refused(client, ready, admin, wrong):
    got = start(client, admin, {"config": config_with(**wrong)}, dry_run=True)
    assert (got.status_code, got.json()["code"]) == (422, "invalid_input")


@pytest.mark.parametrize("unit", list(Unit))
def test_every_setting_comes_back_as_it_was_said_from_the_project_and_its_round(client, ready, admin, unit):
    acquisition = {
        "unit": unit.value,
        "score": "margin",
        "budget": {"amount": 2, "unit": "regions", "scope": "pool"},
        "radius": 5,
        "superpixels": 123,
        "max_per_image": 3,
        "class_balance": True,
        "duplicate_distance": 4,
        "stratify": True,
        "shadow_share": 0.25,
    }
    said = {"revision": 0, "config": {"acquisition": acquisition, "training": {"sieve": 0.75}}}
    changed = client.patch(f"{API}/projects/demo", json=said, headers=admin.headers)
    assert changed.status_code == 200, changed.text
    read = client.get(f"{API}/projects/demo", headers=admin.headers).json()
    round_ = start(client, admin, {}, dry_run=False).json()
    for got in (changed.json(), read, round_):
        assert got["config"]["acquisition"] == acquisition
        assert got["config"]["training"]["sieve"] == 0.75
    assert read["config"] == round_["config"]
