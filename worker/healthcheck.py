"""A container's health check of the worker: `python -S -m worker.healthcheck [--replace]`.

Exit code 0 where its process at work can take a job. With `--replace` a worker that does not even say how it is any
more is ended, so that the container engine starts another.
"""

import sys

from backend import heartbeat
from backend.replacement import conclude


def main(arguments: list[str]) -> int:
    """Check once; returns the exit code."""
    path, replace = heartbeat.path_of(), "--replace" in arguments
    said = heartbeat.read(path)
    if said is None:
        words = f"No worker has said how it is in {path}."
        return conclude("worker", well=False, answers=False, words=words, replace=replace)
    age, trouble = said
    if age > heartbeat.STALE_SECONDS:
        words = f"The worker has not said how it is for {age:.0f} s."
        return conclude("worker", well=False, answers=False, words=words, replace=replace)
    words = trouble or "The worker can work."
    return conclude("worker", well=not trouble, answers=True, words=words, replace=replace)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
