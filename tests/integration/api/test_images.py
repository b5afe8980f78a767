"""Images: what is uploaded comes back pixel by pixel; what cannot be used is refused whole."""

import io
import struct
import zlib
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image as Pillow
from sqlalchemy import func, select

from backend.db.tables import Image, ImageMap
from backend.domain.vocabulary import Domain, Split
from tests.factories import empty_project, pack_files, png

API = "/api/v1"


@pytest.fixture
def project(database, admin, annotator):
    return empty_project(database, admin, members=[annotator])


@pytest.fixture
def picture() -> np.ndarray:
    return np.random.default_rng(5).integers(0, 256, (60, 80, 3), dtype=np.uint8)


def change_settings(app, changes: dict) -> None:
    parts = app.state.parts
    app.state.parts = replace(parts, settings=parts.settings.model_copy(update=changes))


def upload(client, admin, data: bytes, *, label: bytes | None = None, name="a.png", domain="source", split="train"):
    files = {"image": (name, data)} | ({} if label is None else {"label_map": ("label.png", label)})
    return client.post(
        f"{API}/projects/demo/images", files=files, data={"domain": domain, "split": split}, headers=admin.headers
    )


def nothing_was_kept(database, blobs) -> bool:
    folder = blobs.store.prefix
    with database.read() as session:
        rows = session.scalar(select(func.count()).select_from(Image))
    return rows == 0 and not [path for path in folder.rglob("*") if path.is_file()]


def pixels(response) -> np.ndarray:
    assert response.status_code == 200, response.text
    return np.asarray(Pillow.open(io.BytesIO(response.content)))


def test_an_upload_is_listed_with_its_size_and_the_use_of_its_labels(client, project, admin, picture):
    label = png(np.zeros((60, 80), dtype=np.uint8))
    got = upload(client, admin, png(picture), label=label)
    assert got.status_code == 201, got.text
    image = got.json()
    assert (image["width"], image["height"], image["position"], image["label_use"]) == (80, 60, 0, "training")
    uses = [
        upload(client, admin, png(picture), label=label, domain=domain, split=split).json()["label_use"]
        for domain, split in (("target", "train"), ("target", "val"), ("source", "val"))
    ]
    assert uses == ["reference", "evaluation", "evaluation"]
    assert upload(client, admin, png(picture), name="b.png").json()["label_use"] is None
    listed = client.get(f"{API}/projects/demo/images", headers=admin.headers).json()
    assert [one["position"] for one in listed["items"]] == [0, 1, 2, 3, 4]
    assert client.get(f"{API}/images/{image['id']}", headers=admin.headers).json() == image


def test_lists_are_filtered_and_come_page_by_page(client, scene):
    url, seen, cursor = f"{API}/projects/demo/images", [], None
    for _ in range(2):
        params = {"domain": "target", "split": "train", "limit": 2} | ({"cursor": cursor} if cursor else {})
        page = client.get(url, params=params, headers=scene.annotator.headers).json()
        seen += [(one["domain"], one["split"], one["position"]) for one in page["items"]]
        cursor = page["next_cursor"]
    assert seen == [("target", "train", position) for position in (2, 3, 4, 5)]
    rest = client.get(url, params=params | {"cursor": cursor}, headers=scene.annotator.headers).json()
    assert (rest["items"], rest["next_cursor"]) == ([], None)


def test_a_crop_is_the_pixels_of_the_image(client, project, admin, annotator, picture):
    url = f"{API}/images/{upload(client, admin, png(picture)).json()['id']}/pixels"
    whole = client.get(url, headers=annotator.headers)
    assert np.array_equal(pixels(whole), picture)
    part = client.get(f"{url}?x=5&y=7&w=20&h=10", headers=annotator.headers)
    assert np.array_equal(pixels(part), picture[7:17, 5:25])
    rest = client.get(f"{url}?x=70&y=50", headers=annotator.headers)
    assert np.array_equal(pixels(rest), picture[50:, 70:])
    larger = client.get(f"{url}?x=5&y=7&w=4&h=3&scale=2", headers=annotator.headers)
    assert np.array_equal(pixels(larger), picture[7:10, 5:9].repeat(2, axis=0).repeat(2, axis=1))
    smaller = pixels(client.get(f"{url}?x=0&y=0&w=80&h=60&scale=0.5", headers=annotator.headers)).astype(float)
    mean = picture.reshape(30, 2, 40, 2, 3).astype(float).mean(axis=(1, 3))
    assert np.abs(smaller - mean).max() <= 1  # rounding, twice


def test_a_crop_never_changes_and_is_not_sent_twice(client, project, admin, picture):
    url = f"{API}/images/{upload(client, admin, png(picture)).json()['id']}/pixels?x=1&y=2&w=3&h=4"
    first = client.get(url, headers=admin.headers)
    assert "immutable" in first.headers["cache-control"]
    assert "private" in first.headers["cache-control"]
    tag = first.headers["etag"]
    for told in (tag, f"W/{tag}", f'"other", {tag}'):
        again = client.get(url, headers=admin.headers | {"If-None-Match": told})
        assert (again.status_code, again.content) == (304, b"")
    other = client.get(url.replace("x=1", "x=2"), headers=admin.headers | {"If-None-Match": tag})
    assert other.status_code == 200


@pytest.mark.parametrize(
    "query", ["x=80", "x=79&w=2", "y=60&h=1", "w=0", "x=-1", "scale=0", "scale=33", "scale=nan", "w=80&h=60&scale=32",
              "w=1&h=1&scale=0.1", "x=99999999999999999999"],
)  # fmt: skip
def test_a_crop_outside_or_too_large_is_refused(client, project, admin, picture, query):
    url = f"{API}/images/{upload(client, admin, png(picture)).json()['id']}/pixels"
    got = client.get(f"{url}?{query}", headers=admin.headers)
    assert (got.status_code, got.json()["code"]) == (422, "invalid_input")


def test_the_label_map_that_came_with_an_image_is_for_admins(client, project, admin, annotator, picture):
    ids = np.random.default_rng(0).integers(0, 11, (60, 80), dtype=np.uint8)
    image_id = upload(client, admin, png(picture), label=png(ids)).json()["id"]
    url = f"{API}/images/{image_id}/labels"
    assert np.array_equal(pixels(client.get(url, headers=admin.headers)), ids)
    assert client.get(url, headers=annotator.headers).status_code == 403
    bare = upload(client, admin, png(picture), name="bare.png").json()["id"]
    assert client.get(f"{API}/images/{bare}/labels", headers=admin.headers).json()["code"] == "not_found"


def test_a_map_that_scoring_drew_is_handed_out_as_it_lies(client, database, blobs, scene):
    with database.write() as session:
        image = session.scalars(select(Image).where(Image.domain == Domain.TARGET)).first()
        key = blobs.put(b"drawn by the worker")
        session.add(ImageMap(round_id=scene.round_id, image_id=image.id, kind="entropy", blob_key=key))
    url = f"{API}/images/{image.id}/maps/entropy?round={scene.round_id}"
    assert client.get(url, headers=scene.admin.headers).content == b"drawn by the worker"
    assert client.get(url.replace("entropy", "score"), headers=scene.admin.headers).status_code == 404
    assert client.get(url.replace("entropy", "secret"), headers=scene.admin.headers).status_code == 422
    # The prediction would tell an annotator which suggestions are hidden from them.
    assert client.get(url, headers=scene.annotator.headers).status_code == 403


def test_a_name_is_taken_once_in_its_domain_and_split(client, project, admin, picture):
    assert upload(client, admin, png(picture)).status_code == 201
    got = upload(client, admin, png(picture))
    assert (got.status_code, got.json()["code"]) == (409, "conflict")
    assert upload(client, admin, png(picture), split="val").status_code == 201


def bomb() -> bytes:
    """A PNG of a few hundred bytes that says it has 60000 x 60000 pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    data = zlib.compress(bytes(100_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "data", [b"", b"no image", b"GIF89a" + bytes(40), bomb()], ids=["empty", "text", "gif", "bomb"]
)
def test_what_is_no_image_of_ours_is_refused_whole(client, database, blobs, project, admin, data):
    got = upload(client, admin, data)
    assert (got.status_code, got.json()["code"]) == (422, "unsupported_image")
    assert nothing_was_kept(database, blobs)


def test_a_file_that_was_cut_short_is_refused_whole(client, database, blobs, project, admin, picture):
    jpeg = pack_files(Domain.SOURCE, Split.TRAIN)[0][0].read_bytes()
    for data in (png(picture)[:-2000], jpeg[: len(jpeg) // 2]):
        got = upload(client, admin, data)
        assert (got.status_code, got.json()["code"]) == (422, "unsupported_image")
    assert nothing_was_kept(database, blobs)


def test_a_file_beyond_the_limit_is_refused_whole(client, app, database, blobs, project, admin, picture):
    change_settings(app, {"max_upload_bytes": 1000})
    got = upload(client, admin, png(picture))
    assert (got.status_code, got.json()["code"]) == (422, "unsupported_image")
    assert got.json()["context"] == {"limit": 1000}
    assert nothing_was_kept(database, blobs)


IDS = np.random.default_rng(1).integers(0, 11, (60, 80), dtype=np.uint8)
BLURRED = np.asarray(Pillow.fromarray(IDS * 20).resize((160, 120)).resize((80, 60)))


@pytest.mark.parametrize(
    ("code", "label"),
    [
        ("malformed_label_map", png(IDS[:-1])),
        ("malformed_label_map", png(np.tile(IDS, (3, 3)))),
        ("malformed_label_map", png(np.stack([IDS] * 3, axis=-1))),
        ("malformed_label_map", png(IDS.astype(np.uint16) * 300)),
        ("malformed_label_map", png(IDS > 5)),
        ("unknown_class", png(np.where(IDS == 3, 11, IDS).astype(np.uint8))),
        ("unknown_class", png(BLURRED)),
        ("unsupported_image", png(IDS)[:-900]),
        ("unsupported_image", b"no image"),
    ],
    ids=["smaller", "larger", "rgb", "16 bit", "1 bit", "unknown id", "interpolated", "cut short", "text"],
)
def test_a_label_map_that_does_not_fit_is_refused_with_its_image(
    client, database, blobs, project, admin, picture, code, label
):
    got = upload(client, admin, png(picture), label=label)
    assert (got.status_code, got.json()["code"]) == (422, code), got.text
    assert nothing_was_kept(database, blobs)


def test_an_import_is_a_job_and_its_path_is_held_to_the_allowed_folder(client, app, project, admin, tmp_path):
    body = {"path": str(tmp_path / "data"), "splits": ["train"], "limit": 3}
    got = client.post(f"{API}/projects/demo/imports", json=body, headers=admin.headers)
    assert (got.status_code, got.json()["kind"], got.json()["state"]) == (202, "import_dataset", "queued")
    listed = client.get(f"{API}/projects/demo/jobs", headers=admin.headers).json()["items"]
    assert [job["id"] for job in listed] == [got.json()["id"]]
    change_settings(app, {"import_root": tmp_path / "data"})
    for path, status in ((tmp_path / "data" / "x", 202), (tmp_path, 422), (tmp_path / "data/../x", 422), ("data", 422)):
        got = client.post(f"{API}/projects/demo/imports", json={"path": str(path)}, headers=admin.headers)
        assert got.status_code == status, path


def test_an_import_can_be_cancelled_and_a_rounds_job_cannot(client, scene, database):
    job = client.post(f"{API}/projects/demo/imports", json={"path": "/x"}, headers=scene.admin.headers).json()
    url = f"{API}/jobs/{job['id']}"
    assert client.get(url, headers=scene.annotator.headers).json()["id"] == job["id"]
    assert client.post(f"{url}/cancel", headers=scene.admin.headers).json()["state"] == "cancelled"
    again = client.post(f"{url}/cancel", headers=scene.admin.headers)
    assert (again.status_code, again.json()["code"]) == (409, "illegal_transition")
