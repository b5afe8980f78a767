"""Which code this is."""

import subprocess
from functools import cache
from importlib.metadata import version
from pathlib import Path


@cache
def source_commit() -> str:
    """The git commit that the worker runs, or the package's version where there is no checkout."""
    try:
        found = subprocess.run(
            ["git", "rev-parse", "HEAD"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
        )
    except (OSError, subprocess.SubprocessError):
        return f"stal {version('stal')}"
    return found.stdout.strip()
