"""The files that `docker build .` is given, without an engine."""

from pathlib import Path

from docker.utils import exclude_paths


def context_files(root: Path) -> list[Path]:
    """Paths relative to `root` of what .dockerignore lets through; the two files that steer a build are not copied."""
    lines = (root / ".dockerignore").read_text().splitlines()
    patterns = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    found = map(Path, exclude_paths(str(root), patterns))
    return sorted(
        path for path in found if (root / path).is_file() and path.name not in ("Dockerfile", ".dockerignore")
    )
