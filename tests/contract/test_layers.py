"""What the layers promise, and the linter cannot see."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True, timeout=60)


def test_the_layers_hold():
    linter = Path(sys.executable).with_name("lint-imports")
    done = run(linter)
    assert done.returncode == 0, done.stdout


def test_the_api_starts_where_there_is_no_torch(tmp_path):
    code = f"""
import sys
sys.modules["torch"] = sys.modules["models"] = sys.modules["worker"] = None  # importing one of them is an error
from pathlib import Path
from backend.api.app import create_app
from backend.config import Settings
app = create_app(Settings(_env_file=None, data_dir=Path({str(tmp_path)!r})))
assert app.openapi()["paths"]
"""
    done = run(sys.executable, "-c", code)
    assert done.returncode == 0, done.stderr


def test_services_never_commit_nor_open_a_transaction():
    for path in (ROOT / "backend" / "services").glob("*.py"):
        text = path.read_text()
        assert not any(word in text for word in (".commit(", ".rollback(", ".begin(", "database.write(")), path.name


def test_no_file_is_too_long_to_read():
    long = {
        str(path.relative_to(ROOT)): count
        for folder in ("backend", "worker", "models", "tests", "migrations/env.py")
        for path in ((ROOT / folder).rglob("*.py") if (ROOT / folder).is_dir() else [ROOT / folder])
        if (count := len(path.read_text().splitlines())) > 400
    }
    assert not long
