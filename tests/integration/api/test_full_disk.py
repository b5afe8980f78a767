"""A disk that is full, really: blobs lie on a file system of 200 kB that only the API process sees."""

import os
import subprocess

import httpx
import pytest
from sqlalchemy import func, select

from backend.db.tables import Image
from backend.domain.vocabulary import Domain, Split
from tests.factories import empty_project, pack_files, serve

API = "/api/v1"
AS_ROOT = () if os.geteuid() == 0 else ("--user", "--map-root-user")
OWN_DISK = ("unshare", *AS_ROOT, "--mount", "sh", "-c", 'mount -t tmpfs -o size=200k none "$0" && exec "$@"')


@pytest.fixture
def inside(tmp_path) -> list[str]:
    """A command that runs another with a small disk of its own."""
    (tmp_path / "small").mkdir()
    command = [*OWN_DISK, str(tmp_path / "small")]
    try:
        subprocess.run([*command, "true"], check=True, capture_output=True, timeout=10)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this machine lets nobody mount a file system of their own")
    return command


def test_uploads_to_a_full_disk_are_refused_whole_and_what_was_stored_stays(
    inside, settings, database, admin, tmp_path
):
    empty_project(database, admin)
    files = pack_files(Domain.SOURCE, Split.TRAIN)
    with (
        serve(settings.model_copy(update={"storage_url": (tmp_path / "small").as_uri()}), inside=inside) as url,
        httpx.Client(base_url=url, headers=admin.headers) as client,
    ):
        taken, refused = [], None
        for path, label in files:
            got = client.post(
                f"{API}/projects/demo/images",
                files={"image": (path.name, path.read_bytes()), "label_map": (label.name, label.read_bytes())},
                data={"domain": "source", "split": "train"},
            )
            if got.status_code != 201:
                refused = got
                break
            taken.append(got.json()["id"])
        assert taken
        assert refused is not None
        assert (refused.status_code, refused.json()["code"], refused.headers["retry-after"]) == (
            503, "storage_full", "5",
        )  # fmt: skip
        for image_id in taken:
            assert client.get(f"{API}/images/{image_id}/pixels").status_code == 200
            assert client.get(f"{API}/images/{image_id}/labels").status_code == 200
        listed = client.get(f"{API}/projects/demo/images").json()["items"]
        assert [image["id"] for image in listed] == taken
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Image)) == len(taken)
