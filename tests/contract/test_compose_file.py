"""What docker-compose.yml promises, read from the file."""

import re
from pathlib import Path
from typing import Any

import yaml

from backend.config import Settings

REPOSITORY = Path(__file__).parents[2]
TEXT = (REPOSITORY / "docker-compose.yml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES = COMPOSE["services"]
EXAMPLE = (REPOSITORY / ".env.example").read_text()

#: Settings by what reads them; the headings of .env.example.
PARTS, API, WORKER = (
    {f"STAL_{name}" for name in re.findall(r"^#STAL_([A-Z_]+)=", section, re.MULTILINE)}
    for section in re.split(r"^# (?:Parts|API|Worker|docker-compose\.yml: .*)$", EXAMPLE, flags=re.MULTILINE)[1:4]
)
FIXED_IN_THE_IMAGE = {"STAL_FRONTEND_DIR"}
#: Only the service that makes the first admin is told the password.
OF_MIGRATE = {"STAL_ADMIN_PASSWORD"}


def test_every_setting_reaches_the_containers_that_read_it():
    assert {f"STAL_{name.upper()}" for name in Settings.model_fields} == PARTS | API | WORKER
    told = {name: set(service["environment"]) for name, service in SERVICES.items()}
    parts = PARTS - FIXED_IN_THE_IMAGE - OF_MIGRATE
    assert told["api"] >= parts | API
    assert told["worker"] >= parts | WORKER
    assert told["worker-gpu"] == told["worker"]
    assert told["migrate"] == (told["api"] & told["worker"]) | OF_MIGRATE
    assert not (told["api"] | told["worker"]) & OF_MIGRATE


def test_what_is_mounted_is_what_the_settings_say():
    for name in ("api", "worker", "worker-gpu"):
        mounted = {one["target"] if isinstance(one, dict) else one.split(":")[1] for one in SERVICES[name]["volumes"]}
        settings = SERVICES[name]["environment"]
        assert {settings["STAL_DATA_DIR"], settings["STAL_IMPORT_ROOT"]} <= mounted
        assert settings.get("STAL_WEIGHTS", "/data") in mounted


def test_every_variable_is_in_the_example_with_its_default():
    for name, operator, default in re.findall(r"(?<!\$)\$\{(\w+)(:-|:\?)?([^}]*)\}", TEXT):
        assert operator, f"{name} is empty where nobody sets it"
        if name.startswith("STAL_"):
            assert f"#{name}=" in EXAMPLE
        else:
            assert f"#{name}={default if operator == ':-' else ''}\n" in EXAMPLE


def test_no_secret_has_a_default():
    assert re.findall(r"\$\{(\w*PASSWORD\w*)(?!:\?|\w)", TEXT) == []


def test_only_the_browsers_ports_are_published_and_the_plain_one_only_to_this_machine():
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert set(published) == {"api", "proxy"}
    assert published["api"] == ["${PUBLISH:-127.0.0.1:8000}:8000"]
    assert SERVICES["proxy"]["profiles"] == ["tls"]


def test_without_a_profile_there_is_one_worker_that_takes_what_it_finds():
    plain = {name for name, service in SERVICES.items() if "profiles" not in service}
    assert plain == {"postgres", "valkey", "migrate", "api", "worker"}
    reserved = SERVICES["worker-gpu"]["deploy"]["resources"]["reservations"]["devices"]
    assert (SERVICES["worker-gpu"]["profiles"], reserved[0]["capabilities"]) == (["gpu"], ["gpu"])
    assert "deploy" not in SERVICES["worker"] or "reservations" not in SERVICES["worker"]["deploy"]["resources"]


def test_every_service_is_confined():
    for name, service in SERVICES.items():
        assert (name, service["read_only"], service["cap_drop"]) == (name, True, ["ALL"])
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["logging"]["options"].keys() == {"max-size", "max-file"}
        assert name == "migrate" or service["deploy"]["resources"]["limits"].keys() == {"memory", "pids"}
        assert ("build" in service) == (service.get("pull_policy") == "build")
