"""`stal doctor` says what the place needs that it is called in: an API's, a worker's, or a checkout's."""

import os
import re
from types import SimpleNamespace

import pytest
from alembic import command
from typer import Exit

from backend.cli import doctor as verb
from backend.cli.doctor import doctor
from backend.db.migrate import alembic_config, upgrade
from backend.db.session import open_database
from backend.supervisor.parts import free_port


@pytest.fixture
def examine(monkeypatch, tmp_path, capsys):
    """Calls the doctor where only these packages are installed; gives (sign, words) by part, and its exit code."""
    monkeypatch.chdir(tmp_path)

    def examine(*packages: str, checkout: bool = False, **settings: object) -> tuple[dict[str, tuple[str, str]], int]:
        monkeypatch.setattr(verb, "find_spec", lambda name: name if name in packages else None)
        monkeypatch.setattr(verb, "SOURCES", tmp_path if checkout else tmp_path / "none")
        for name, value in settings.items():
            monkeypatch.setenv(f"STAL_{name.upper()}", str(value))
        code = 0
        try:
            doctor(port=free_port(), data=tmp_path)
        except Exit as ended:
            code = ended.exit_code
        for name in settings:
            monkeypatch.delenv(f"STAL_{name.upper()}")
        said = re.findall(r"^ *(\w[\w ]*?)  (ok|broken|note)  (.*)$", capsys.readouterr().out, re.MULTILINE)
        return {part: (sign, words) for part, sign, words in said}, code

    return examine


@pytest.fixture
def database(tmp_path):
    upgrade(f"sqlite:///{tmp_path / 'stal.db'}")
    return open_database(f"sqlite:///{tmp_path / 'stal.db'}")


AWAY = "redis://127.0.0.1:9/0"


def test_an_api_is_not_asked_for_torch_nor_for_a_browser(examine, database):
    said, code = examine("fastapi", broker_url=AWAY)
    assert said.keys() == {"Python", "packages", "data folder", "browser app", "broker", "database", "blob store"}
    assert said["packages"] == ("ok", "those of the API")
    assert (said["broker"][0], code) == ("broken", 1)
    assert said["database"] == ("ok", "answers, and its schema is the newest")
    assert "GB free" in said["blob store"][1]
    assert examine("fastapi")[0]["broker"][0] == "broken"  # nobody starts one for it


def test_a_worker_is_not_asked_for_the_browser_app(examine, database, tmp_path):
    said, code = examine(
        "torch", broker_url=AWAY, device="cpu", weights=tmp_path / "none", import_root=tmp_path, decoded_gigabytes=1e9
    )
    assert said.keys() == {
        "Python", "packages", "torch", "weights", "import root", "decoded images", "data folder", "broker", "database",
        "blob store",
    }  # fmt: skip
    assert re.fullmatch(r"\d.* with torchvision \d.*, computes on the CPU, as STAL_DEVICE says", said["torch"][1])
    assert said["weights"] == ("broken", f"{tmp_path / 'none'} is not there for {said['weights'][1].split(' for ')[1]}")
    assert said["import root"][0] == "ok"
    assert said["decoded images"][0] == "note"
    assert code == 1


def test_a_gpu_that_is_not_there_is_told_as_that(examine, database):
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("there is one")
    sign, words = examine("torch", device="cuda")[0]["torch"]
    assert (sign, words) == ("broken", "STAL_DEVICE is cuda, but torch sees no GPU. Set it to cpu or auto.")


def test_a_checkout_has_all_of_it(examine, database, monkeypatch):
    monkeypatch.setattr(verb, "TORCH", "print('2.11')")  # to import it takes seconds
    said, code = examine("fastapi", "torch", checkout=True, device="cpu")
    assert {"torch", "port", "browser app", "node", "Chromium"} < said.keys()
    assert "broker" not in said  # `stal up` starts one
    assert code == 0


def test_an_older_and_a_newer_schema_are_told(examine, database, tmp_path):
    command.downgrade(alembic_config(str(database.engine.url)), "-1")
    sign, words = examine("fastapi")[0]["database"]
    assert sign == "broken"
    assert words.endswith("stal migrate")
    with database.write() as session:
        session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = 'f00f00f00f00'")
    assert "newer stal" in examine("fastapi")[0]["database"][1]
    database.engine.dispose()


def test_cookies_that_would_not_come_back_are_told(examine, database):
    assert examine("fastapi", public_url="http://label.example", secure_cookies="true")[0]["cookies"][0] == "broken"
    assert examine("fastapi", public_url="https://label.example")[0]["cookies"][0] == "note"
    said, _ = examine("fastapi", public_url="https://label.example", secure_cookies="true")
    assert said["public URL"] == ("ok", "https://label.example")


def test_a_folder_that_somebody_else_has_is_told_with_both(examine, database, monkeypatch):
    unprivileged = SimpleNamespace(access=lambda *_: False, getuid=lambda: 4711, W_OK=os.W_OK, X_OK=os.X_OK)
    monkeypatch.setattr(verb, "os", unprivileged)  # root may write everywhere
    sign, words = examine("fastapi")[0]["data folder"]
    assert sign == "broken"
    assert "cannot be written by user 4711" in words
