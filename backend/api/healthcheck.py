"""A container's health check of the API: `python -S -m backend.api.healthcheck [--replace] [PORT]`.

Exit code 0 where it is ready for work. With `--replace` an API that does not answer any more is ended, so that the
container engine starts another; one that answers, and is only not ready, is left alone.
"""

import sys

from backend import probe
from backend.replacement import conclude

READY_SECONDS, LIVE_SECONDS = 6.0, 2.0  # s; /readyz waits 4 s for each part


def main(arguments: list[str]) -> int:
    """Check once; returns the exit code."""
    replace = "--replace" in arguments
    port = next((int(one) for one in arguments if one.isdigit()), 8000)
    try:
        status, body = probe.get("127.0.0.1", port, "/readyz", seconds=READY_SECONDS)
    except OSError as error:
        answers = _lives(port)
        what = "say whether it is ready" if answers else "answer"
        words = f"The API does not {what} ({error})."
        return conclude("api", well=False, answers=answers, words=words, replace=replace)
    well = status == 200
    words = "The API is ready." if well else f"The API is not ready: {body}"
    return conclude("api", well=well, answers=True, words=words, replace=replace)


def _lives(port: int) -> bool:
    try:
        return probe.get("127.0.0.1", port, "/livez", seconds=LIVE_SECONDS)[0] == 200
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
