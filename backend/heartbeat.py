"""The worker's heartbeat: a small file in which it says every few seconds how it is. Its writer and its readers.

A health check starts a Python of its own each time, so this imports next to nothing, and knows no settings: where the
file lies is said by the environment, to the worker and to its check alike.
"""

import fcntl
import os
import time

VARIABLE = "STAL_WORKER_HEARTBEAT"
BEAT_SECONDS = 5.0  # s between beats, at most
STALE_SECONDS = 15.0  # s; a worker that has been silent for so long does not answer
_BYTES = 400  # of the file; written in one go, so that nobody reads half of it


def path_of() -> str:
    """`STAL_WORKER_HEARTBEAT`, or a file of this user's in the temporary folder."""
    folder = os.environ.get("TMPDIR") or "/tmp"  # noqa: S108  (opened without following links; a container has only this)
    return os.environ.get(VARIABLE) or f"{folder}/stal-worker-{os.getuid()}"


class Heartbeat:
    """The writer. A second worker with the same file takes another beside it, so no two write the same.

    Attributes:
        path: of the file.

    Raises:
        OSError: no file can be written there.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._file = _open(path)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # until this process ends, however it does
        except BlockingIOError:
            os.close(self._file)
            self.path = f"{path}.{os.getpid()}"
            self._file = _open(self.path)

    def beat(self, trouble: str) -> None:
        """Say that the worker lives.

        Args:
            trouble: why it cannot work, in a sentence; empty: it can.

        Raises:
            OSError: the disk is full, or broken.
        """
        # Since the machine was started: a clock that somebody sets makes no worker young or old.
        line = f"{time.monotonic():.3f} {trouble}".encode()[:_BYTES]
        os.pwrite(self._file, line.ljust(_BYTES), 0)


def read(path: str) -> tuple[float, str] | None:
    """How many seconds ago a worker has last said how it is, and its trouble; None where nobody has."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        moment, _, trouble = os.read(file, _BYTES).decode(errors="replace").partition(" ")
        age = time.monotonic() - float(moment)
    except (OSError, ValueError):
        return None
    finally:
        os.close(file)
    # What was written before the machine was started again may be of any moment, even of one to come.
    return (age if age >= 0 else float("inf")), trouble.strip()


def _open(path: str) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
