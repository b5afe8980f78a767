"""The format of an import over HTTP."""

import pytest


@pytest.fixture
def start(client, scene):
    def start(**body):
        headers = scene.admin.headers
        return client.post(f"/api/v1/projects/{scene.slug}/imports", headers=headers, json={"path": "/data", **body})

    return start


def test_a_dataset_is_imported_by_its_format(start):
    got = start(format="gtav", domain="source")  # the scene's classes share sky, building, pole, road, fence and car
    assert (got.status_code, got.json()["state"]) == (202, "queued")


def test_without_a_format_the_layout_is_our_own(start):
    assert start().status_code == 202


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"format": "gtav"}, 422, "invalid_input"),
        ({"format": "camvid", "domain": "source"}, 422, "invalid_input"),
    ],
)
def test_what_cannot_be_imported_is_refused(start, body, status, code):
    got = start(**body)
    assert (got.status_code, got.json()["code"]) == (status, code)
