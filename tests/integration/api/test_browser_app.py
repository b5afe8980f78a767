"""The built browser app comes from the API's own process."""

import zlib
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from backend.api.app import create_app
from tests.factories import settings_for

PAGE, PROGRAM = "<!doctype html><title>stal</title>", "export const answer = 42;\n" * 4000


@pytest.fixture
def client(tmp_path: Path):
    built = tmp_path / "dist"
    (built / "assets").mkdir(parents=True)
    (built / "index.html").write_text(PAGE)
    (built / "assets" / "app.js").write_text(PROGRAM)
    app = create_app(settings_for(tmp_path, frontend_dir=built))
    with TestClient(app) as opened:
        yield opened
    app.state.parts.database.engine.dispose()


def test_every_page_of_the_app_is_its_index(client: TestClient):
    for path in ("/", "/projects/streets/label"):
        assert client.get(path, headers={"Accept": "text/html"}).text == PAGE


def test_the_program_travels_compressed_to_whoever_can_read_it(client: TestClient):
    with client.stream("GET", "/assets/app.js", headers={"Accept-Encoding": "gzip"}) as response:
        sent = b"".join(response.iter_raw())
    assert response.headers["content-encoding"] == "gzip"
    assert len(sent) < len(PROGRAM) / 10
    assert zlib.decompress(sent, wbits=31).decode() == PROGRAM
    plain = client.get("/assets/app.js", headers={"Accept-Encoding": "identity"})
    assert ("content-encoding" in plain.headers, plain.text) == (False, PROGRAM)


def test_an_unknown_call_is_a_problem_and_no_page(client: TestClient):
    answer = client.get("/api/v1/nothing", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
