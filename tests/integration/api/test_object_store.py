"""Blobs in an object store over HTTP: there and back, and away."""

import io
import time

import httpx
import numpy as np
import pytest
from fastapi.testclient import TestClient
from moto.server import ThreadedMotoServer
from PIL import Image as Pillow
from sqlalchemy import func, select

from backend.api.app import create_app
from backend.db.tables import Image
from backend.domain.errors import NotFound, StorageUnavailable
from backend.storage import PATIENCE, open_store
from tests.factories import empty_project, png

API = "/api/v1"
PICTURE = np.random.default_rng(7).integers(0, 256, (40, 60, 3), dtype=np.uint8)


@pytest.fixture
def s3():
    """The options of a real S3 server on this machine with a bucket `blobs`, and the server."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    assert httpx.put(f"{endpoint}/blobs").status_code == 200
    options = {
        "aws_endpoint": endpoint,
        "aws_access_key_id": "stal",
        "aws_secret_access_key": "secret",
        "aws_region": "us-east-1",
        "allow_http": "true",
    }
    yield options, server
    server.stop()


@pytest.fixture
def on_s3(settings, s3):
    options, server = s3
    app = create_app(settings.model_copy(update={"storage_url": "s3://blobs/below", "storage_options": options}))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client, server
    app.state.parts.database.engine.dispose()


def upload(client, admin):
    files = {"image": ("street.png", png(PICTURE))}
    data = {"domain": "target", "split": "train"}
    return client.post(f"{API}/projects/demo/images", files=files, data=data, headers=admin.headers)


def test_a_blob_goes_there_and_back_and_is_forgotten(s3):
    options, _ = s3
    store = open_store("s3://blobs/some/prefix", options)
    data = bytes(range(256)) * 5000
    key = store.put(data)
    assert store.put(data) == key  # twice is harmless
    assert store.get(key) == data
    assert store.get(store.put(b"")) == b""
    listed = httpx.get(f"{options['aws_endpoint']}/blobs").text
    assert f"some/prefix/{key[:2]}/{key}" in listed
    for _ in range(2):
        store.delete(key)  # also what is not there
    with pytest.raises(NotFound):
        store.get(key)
    store.check()


def test_what_the_store_refuses_is_told_soon(s3):
    options, server = s3
    with pytest.raises(StorageUnavailable):
        open_store("s3://no-such-bucket", options).put(b"x")
    server.stop()
    began = time.monotonic()
    with pytest.raises(StorageUnavailable):
        open_store("s3://blobs", options).put(b"x")
    assert time.monotonic() - began < PATIENCE.total_seconds() + 2


def test_an_image_is_uploaded_to_it_and_cropped_from_it(on_s3, database, admin, tmp_path):
    client, _ = on_s3
    empty_project(database, admin)
    image = upload(client, admin)
    assert image.status_code == 201, image.text
    crop = client.get(f"{API}/images/{image.json()['id']}/pixels?x=5&y=6&w=20&h=10", headers=admin.headers)
    assert np.array_equal(np.asarray(Pillow.open(io.BytesIO(crop.content))), PICTURE[6:16, 5:25])
    assert not (tmp_path / "blobs").exists()


def test_an_upload_while_it_is_away_is_503_and_leaves_no_image(on_s3, database, admin):
    client, server = on_s3
    empty_project(database, admin)
    server.stop()
    got = upload(client, admin)
    assert (got.status_code, got.json()["code"], got.headers["retry-after"]) == (503, "storage_unavailable", "5")
    ready = client.get("/readyz").json()["parts"]
    assert ready["database"] == "ok"
    assert ready["storage"] != "ok"
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Image)) == 0
