"""Which code this is."""

import subprocess
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path


ROOT = Path(__file__).parent.parent


@cache
def source_commit() -> str:
    """The git commit that the worker runs: an image's, a checkout's, or the package's version where there is neither."""
    with suppress(OSError):
        if found := (ROOT / "COMMIT").read_text().strip():
            return found
    try:
        done = subprocess.run(
            ["git", "rev-parse", "HEAD"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
        )
    except (OSError, subprocess.SubprocessError):
        return f"stal {version('stal')}"
    return done.stdout.strip()
