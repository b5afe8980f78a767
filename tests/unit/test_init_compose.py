"""scripts/init-compose: run once, and again, and where there are GPUs."""

import os
import re
import shutil
import stat
import subprocess
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
SECRETS = ("POSTGRES_PASSWORD", "VALKEY_PASSWORD", "STAL_ADMIN_PASSWORD")


def init(folder: Path, **environment: str) -> dict[str, str]:
    """Run it in a checkout; what .env then sets."""
    (folder / "scripts").mkdir(exist_ok=True)
    shutil.copy(REPOSITORY / "scripts" / "init-compose", folder / "scripts")
    shutil.copy(REPOSITORY / ".env.example", folder)
    subprocess.run(["scripts/init-compose"], check=True, cwd=folder, env=os.environ | environment, capture_output=True)
    return dict(re.findall(r"^(\w+)=(.*)$", (folder / ".env").read_text(), re.MULTILINE))


def test_secrets_are_random_and_the_file_is_its_owners_only(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first, second = init(tmp_path / "a"), init(tmp_path / "b")
    assert set(first) == set(SECRETS)
    drawn = [found[name] for found in (first, second) for name in SECRETS]
    assert len(set(drawn)) == 6
    assert all(re.fullmatch("[0-9a-f]{32}", secret) for secret in drawn)
    assert stat.S_IMODE((tmp_path / "a" / ".env").stat().st_mode) == 0o600
    for name in ("import", "weights"):  # containers read them as another user
        assert stat.S_IMODE((tmp_path / "a" / name).stat().st_mode) == 0o755


def test_what_is_there_stays(tmp_path):
    (tmp_path / ".env").write_text("VALKEY_PASSWORD=mine\n#POSTGRES_PASSWORD=\nSTAL_LEASE_SECONDS=60\n")
    found = init(tmp_path)
    assert (found["VALKEY_PASSWORD"], found["STAL_LEASE_SECONDS"]) == ("mine", "60")
    assert init(tmp_path) == found


def test_where_there_are_gpus_the_worker_that_has_them_is_the_only_one(tmp_path):
    (tmp_path / "tools").mkdir()
    for name, said in (("nvidia-smi", "GPU 0"), ("docker", "map[io.containerd.runc.v2:{} nvidia:{}]")):
        tool = tmp_path / "tools" / name
        tool.write_text(f"#!/bin/sh\necho '{said}'\n")
        tool.chmod(0o755)
    found = init(tmp_path, PATH=f"{tmp_path / 'tools'}{os.pathsep}{os.environ['PATH']}")
    assert (found["COMPOSE_PROFILES"], found["WORKERS"]) == ("gpu", "0")
