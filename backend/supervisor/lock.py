"""One installation a data folder: a lock file that says who has it. The kernel lets go of it when that process ends."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from backend.supervisor.trouble import AlreadyRunning

LOCK = "stal.lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """The installation that has a data folder now."""

    pid: int
    url: str
    broker_url: str


@contextmanager
def held(data_dir: Path) -> Iterator[int]:
    """Hold the folder's lock; gives the descriptor to `announce` with.

    Raises:
        AlreadyRunning: another process holds it.
    """
    descriptor = os.open(data_dir / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            there = _read(data_dir)
            who = "another stal" if there is None else f"the stal at {there.url} (process {there.pid})"
            raise AlreadyRunning(
                f"The data folder {data_dir} is in use by {who}. Stop that one, or name another folder with --data."
            ) from None
        yield descriptor
        os.truncate(descriptor, 0)
    finally:
        os.close(descriptor)


def announce(descriptor: int, running: Running) -> None:
    """Say for others who holds the lock."""
    os.truncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(asdict(running)).encode(), 0)


def running(data_dir: Path) -> Running | None:
    """The installation at work on a data folder; None where there is none."""
    try:
        descriptor = os.open(data_dir / LOCK, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read(data_dir)
    finally:
        os.close(descriptor)
    return None


def _read(data_dir: Path) -> Running | None:
    try:
        return Running(**json.loads((data_dir / LOCK).read_text()))
    except (OSError, ValueError, TypeError):
        return None  # it is only just starting
