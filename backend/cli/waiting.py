"""Waiting for work of an installation, with its progress on the terminal."""

import time
from typing import Any

from backend.cli.progress import Meter
from backend.cli.rest import Rest
from backend.cli.terminal import console
from backend.domain.job_state import ACTIVE
from backend.domain.round_state import WORKING

POLL_SECONDS = 0.5  # s between questions


def wait_for_job(rest: Rest, job_id: str) -> dict[str, Any]:
    """The job's last view, once it has ended."""
    with Meter(console) as meter:
        while True:
            job: dict[str, Any] = rest.get(f"/jobs/{job_id}")
            if job["state"] not in ACTIVE:
                return job
            meter.show(job["message"], fraction=job["progress"], eta_seconds=job["eta_seconds"])
            time.sleep(POLL_SECONDS)


def wait_for_round(rest: Rest, round_id: str) -> dict[str, Any]:
    """The round's view, once people are asked, or it has ended."""
    with Meter(console) as meter:
        while True:
            round_: dict[str, Any] = rest.get(f"/rounds/{round_id}")
            if round_["state"] not in WORKING:
                return round_
            job = round_["job"]
            if job is not None:
                what = f"{round_['state']}: {job['message']}"
                meter.show(what, fraction=job["progress"], eta_seconds=job["eta_seconds"])
            time.sleep(POLL_SECONDS)
