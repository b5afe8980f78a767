"""`stal backup` and `stal restore` as people call them: files, streams and an object store; stopped, and as root."""

import hashlib
import json
import os
import shutil
import stat
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import httpx
import psutil
import pytest
from moto.server import ThreadedMotoServer
from sqlalchemy import select

from backend.cli.backup import backup, restore
from backend.db.base import Base
from backend.db.session import open_database
from backend.db.tables import Checkpoint
from backend.domain.errors import NotFound, ServiceError, StorageUnavailable
from backend.storage import BlobStore, object_reader, object_writer, open_store
from backend.supervisor.trouble import AlreadyRunning
from tests.integration.installations import STAL, run_environment, wait_for


@pytest.fixture
def origin(scene_template, tmp_path):
    """The data folder of an installation that nobody runs."""
    folder = tmp_path / "origin"
    folder.mkdir()
    shutil.copyfile(scene_template.sqlite_path, folder / "stal.db")
    shutil.copytree(scene_template.blobs_path, folder / "blobs")
    weights = os.urandom(20_000_000)  # larger than what is held in memory
    key = open_store((folder / "blobs").as_uri(), {}).put(weights)
    scene, database = scene_template.scenes["sqlite"], open_database(f"sqlite:///{folder / 'stal.db'}")
    with database.write() as session:
        session.add(Checkpoint(project_id=scene.project_id, blob_key=key, size=len(weights), provenance={}))
    database.engine.dispose()
    return folder


def rows(folder: Path) -> dict[str, list[tuple]]:
    database = open_database(f"sqlite:///{folder / 'stal.db'}")
    with database.read() as session:
        found = {
            name: sorted((tuple(row) for row in session.execute(select(table))), key=str)
            for name, table in Base.metadata.tables.items()
        }
    database.engine.dispose()
    return found


def blobs(folder: Path) -> dict[str, bytes]:
    """Without what a killed process has not completed."""
    return {path.name: path.read_bytes() for path in (folder / "blobs").glob("??/*") if "#" not in path.name}


def assert_same(folder: Path, origin: Path) -> None:
    assert rows(folder) == rows(origin)
    assert blobs(folder).keys() == blobs(origin).keys() & blobs(folder).keys()
    for key, data in blobs(folder).items():
        assert hashlib.sha256(data).hexdigest() == key
    named = {value for table in rows(origin).values() for row in table for value in row if isinstance(value, str)}
    assert named & blobs(origin).keys() == blobs(folder).keys()


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """Verbs read `.env` where they are called."""
    monkeypatch.chdir(tmp_path)


def refused(verb: Callable[..., None], *arguments: object, **options: object) -> str:
    with pytest.raises(ServiceError) as error:
        verb(*map(str, arguments), **options)
    return error.value.message


def test_to_a_file_and_back(origin, tmp_path, capsys):
    file, there = tmp_path / "stal.tar", tmp_path / "there"
    file.write_bytes(b"an older backup")
    backup(str(file), data=origin)
    assert hashlib.sha256(file.read_bytes()).hexdigest() in "".join(capsys.readouterr().out.split())
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    restore(str(file), check=True, data=there)
    assert not there.exists()
    restore(str(file), check=False, data=there)
    assert_same(there, origin)
    assert stat.S_IMODE(there.stat().st_mode) == 0o700
    assert "not empty" in refused(restore, file, check=False, data=there)
    file.write_bytes(file.read_bytes()[:-20_000])
    assert "damaged" in refused(restore, file, check=True, data=there)
    assert "cannot be read" in refused(restore, tmp_path / "none.tar", check=True, data=there)
    nowhere = tmp_path / "no-folder" / "stal.tar"
    assert str(nowhere) in refused(backup, nowhere, data=origin)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["origin", "stal.tar", "there"]  # and no half of one


def test_a_backup_that_fails_leaves_the_one_before(origin, tmp_path, monkeypatch):
    file = tmp_path / "stal.tar"
    file.write_bytes(b"yesterday's")

    def fail(*_arguments: object) -> None:
        raise StorageUnavailable("The blob store does not answer.")

    monkeypatch.setattr(BlobStore, "sizes", fail)
    refused(backup, file, data=origin)
    assert file.read_bytes() == b"yesterday's"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["origin", "stal.tar"]


def test_through_streams(origin, tmp_path):
    there, environment = tmp_path / "there", run_environment()
    command = f"{STAL} backup - --data {origin} | tee stal.tar | {STAL} restore - --data {there}"
    done = subprocess.run(
        command, check=False, shell=True, capture_output=True, text=True, env=environment, cwd=tmp_path, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert "SHA-256" in done.stderr
    assert "restored" in done.stdout
    assert_same(there, origin)
    gone = subprocess.run(
        f"{STAL} backup - --data {origin} | head -c 1000", check=False, shell=True, capture_output=True, env=environment
    )
    assert b"Traceback" not in gone.stderr
    assert b"cannot be written to the standard output" in gone.stderr


@pytest.fixture
def s3():
    """The options of a real S3 server with the buckets `backups` and `blobs`."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for bucket in ("backups", "blobs"):
        assert httpx.put(f"http://{host}:{port}/{bucket}").status_code == 200
    yield {
        "aws_endpoint": f"http://{host}:{port}",
        "aws_access_key_id": "stal",
        "aws_secret_access_key": "secret",
        "aws_region": "us-east-1",
        "allow_http": "true",
    }
    server.stop()


def test_to_an_object_store_from_one_and_into_another(origin, tmp_path, s3, monkeypatch):
    url, back = "s3://backups/daily/stal.tar", tmp_path / "back.tar"
    monkeypatch.setenv("STAL_BACKUP_OPTIONS", json.dumps(s3))
    backup(url, data=origin)
    monkeypatch.setenv("STAL_STORAGE_URL", "s3://blobs/restored")
    monkeypatch.setenv("STAL_STORAGE_OPTIONS", json.dumps(s3))
    restore(url, check=False, data=tmp_path / "there")
    store = open_store("s3://blobs/restored", s3)
    assert 0 < len({key: store.get(key) for key, _ in store.sizes()}) <= len(blobs(origin))
    assert not (tmp_path / "there" / "blobs").exists()
    backup(str(back), data=tmp_path / "there")
    monkeypatch.delenv("STAL_STORAGE_URL")
    restore(str(back), check=False, data=tmp_path / "back")
    assert_same(tmp_path / "back", origin)
    assert "There is no s3://" in refused(restore, f"{url}.gz", check=True, data=tmp_path / "x")
    assert "names no object" in refused(backup, "s3://backups/", data=origin)


def test_half_a_backup_never_gets_its_name_in_an_object_store(s3):
    url = "s3://backups/half.tar"
    with suppress(KeyboardInterrupt), object_writer(url, s3) as writer:
        for _ in range(3):
            writer.write(bytes(50_000_000))  # more than one part
        raise KeyboardInterrupt
    with pytest.raises(NotFound), object_reader(url, s3):
        pass
    uploads = httpx.get(f"{s3['aws_endpoint']}/backups?uploads").text
    assert "half.tar" not in uploads


def test_what_the_store_has_lost_is_told_and_is_an_error(origin, tmp_path):
    backup(str(tmp_path / "one.tar"), data=origin)
    restore(str(tmp_path / "one.tar"), check=False, data=tmp_path / "there")
    gone = next((tmp_path / "there" / "blobs").glob("??/*"))
    gone.unlink()
    assert gone.name in refused(backup, tmp_path / "two.tar", data=tmp_path / "there")
    restore(str(tmp_path / "two.tar"), check=True, data=None)


@pytest.mark.parametrize("number", [15, 9])
def test_one_that_is_stopped_half_way_leaves_no_file_or_what_a_second_one_completes(number, origin, tmp_path):
    """The backup comes through a pipe, so that the restore waits in the middle of it."""
    file, there = tmp_path / "stal.tar", tmp_path / "there"
    backup(str(file), data=origin)
    data = file.read_bytes()
    process = psutil.Popen(
        [STAL, "restore", "-", "--data", there], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, env=run_environment(),
    )  # fmt: skip
    process.stdin.write(data[: len(data) // 2])
    process.stdin.flush()
    wait_for(lambda: list((there / "blobs").glob("??/*")))
    with pytest.raises(AlreadyRunning, match="in use by"):
        restore(str(file), check=False, data=there)
    process.send_signal(number)
    process.stdin.close()
    process.stdout.close()
    assert process.wait(timeout=20) != 0
    assert not any(rows(there).values())
    restore(str(file), check=False, data=there)
    assert_same(there, origin)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can restore for somebody else")
def test_what_root_restores_is_the_folders_owners(origin, tmp_path):
    file, there = tmp_path / "stal.tar", tmp_path / "there"
    backup(str(file), data=origin)
    there.mkdir()
    os.chown(there, 12345, 23456)
    restore(str(file), check=False, data=there)
    owners = {(path.stat().st_uid, path.stat().st_gid) for path in there.rglob("*")}
    assert owners == {(12345, 23456)}


def test_one_of_a_newer_stal_is_refused(origin, tmp_path):
    file = tmp_path / "stal.tar"
    backup(str(file), data=origin)
    data = file.read_bytes()
    at = data.index(b'"revision": "') + len(b'"revision": "')
    file.write_bytes(data[:at] + b"f" * 12 + data[at + 12 :])
    assert "newer than this one" in refused(restore, file, check=False, data=tmp_path / "there")
    assert not (tmp_path / "there").exists()
